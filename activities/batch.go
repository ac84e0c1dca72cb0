package activities

import (
	"time"

	"tenure/internal/employee"
)

// Activities on what the directory watch holds back. They are local activities: none of them reaches a vendor, and
// what is released runs when the outbox is dispatched next.
var (
	// BatchList lists the batches in a state; without one, all of them, newest first.
	BatchList = define[ListBatches, Batches](QueueLifecycle, "batch.List", Local)
	// BatchShow is one batch.
	BatchShow = define[ShowBatch, employee.Batch](QueueLifecycle, "batch.Show", Local)
	// BatchDecide takes what one person says about a batch: a proposal, or the confirmation of somebody else's. It does
	// not ask whether the person may: the caller has.
	BatchDecide = define[DecideBatch, BatchDecided](QueueLifecycle, "batch.Decide", Local)
	// BatchExpire closes the batches whose time is over.
	BatchExpire = define[ExpireBatches, Batches](QueueLifecycle, "batch.Expire", Local)
	// GuardRaise asks for one batch to be let through, or confirms that somebody else asked.
	GuardRaise = define[RaiseGuard, GuardRaised](QueueLifecycle, "guard.Raise", Local)
	// WatchStatus says how the watch stands.
	WatchStatus = define[AskWatch, WatchState](QueueLifecycle, "watch.Status", Local)
	// WatchAccept believes a reading that was discarded, on a person's word given twice.
	WatchAccept = define[AcceptReading, ReadingAccepted](QueueLifecycle, "watch.Accept", Local)
	// WatchNews lists what must be announced and has not been, WatchTold remembers that it was.
	WatchNews = define[AskNews, News](QueueLifecycle, "watch.News", Local)
	WatchTold = define[TellNews, Nothing](QueueLifecycle, "watch.Told", Local)
)

// ListBatches asks for batches.
type ListBatches struct {
	State employee.BatchState `json:"state,omitempty"` // empty: all
}

// Batches are batches.
type Batches struct {
	Batches []employee.Batch `json:"batches"`
}

// ShowBatch asks for one batch.
type ShowBatch struct {
	Batch string `json:"batch"`
}

// DecideBatch is what one person says about a batch: release these (or all but those), or reject these. With a Nonce and
// no list it confirms the proposal that showed the nonce.
type DecideBatch struct {
	Batch  string             `json:"batch"`
	Verb   employee.BatchVerb `json:"verb"`
	Only   []employee.ID      `json:"only,omitempty"`
	Except []employee.ID      `json:"except,omitempty"`
	Nonce  string             `json:"nonce,omitempty"`
	By     Asker              `json:"by"`
	Reason string             `json:"reason"`
	At     time.Time          `json:"at"`
}

// BatchDecided is what came of it.
type BatchDecided struct {
	Batch employee.Batch `json:"batch"`
	// Done says that it was the second person's word and is carried out: dispatch the outbox now. Otherwise
	// Batch.Proposal waits for a second person, who needs its nonce.
	Done bool   `json:"done"`
	Text string `json:"text"` // one sentence for the asker and the channel
}

// ExpireBatches asks to close what nobody decided upon.
type ExpireBatches struct {
	At time.Time `json:"at"`
}

// RaiseGuard asks to let one batch of up to People people through within Lasts. With a Nonce alone it confirms.
type RaiseGuard struct {
	People int           `json:"people,omitempty"`
	Lasts  time.Duration `json:"lasts,omitempty"`
	Nonce  string        `json:"nonce,omitempty"`
	By     Asker         `json:"by"`
	Reason string        `json:"reason"`
	At     time.Time     `json:"at"`
}

// GuardRaised is what came of it.
type GuardRaised struct {
	Raise employee.Raise `json:"raise"`
	Done  bool           `json:"done"`
	Text  string         `json:"text"`
}

// AskWatch asks how the watch stands.
type AskWatch struct{}

// WatchState is how the watch stands.
type WatchState struct {
	// Poll is the last look at the HR system; zero before the first.
	Poll employee.Poll `json:"poll,omitzero"`
	// Accepted is the last reading that was believed.
	Accepted employee.Mark `json:"accepted,omitzero"`
	// Waiting and Held count events that are to be dispatched, and that must not be.
	Waiting int `json:"waiting"`
	Held    int `json:"held"`
	// Gone is whom HR does not show any more without having said that they left; they have their access.
	Gone []employee.ID `json:"gone,omitempty"`
	// Batches are those that are held now.
	Batches []employee.Batch `json:"batches,omitempty"`
	// Raise is the raise that is asked for or open.
	Raise *employee.Raise `json:"raise,omitempty"`
}

// AcceptReading believes what was discarded. Without a nonce it answers with one, and with what would be believed;
// with it, the next reading of that kind is.
type AcceptReading struct {
	Nonce  string    `json:"nonce,omitempty"`
	By     Asker     `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// ReadingAccepted is what came of it.
type ReadingAccepted struct {
	Distrust employee.Distrust `json:"distrust"`
	Nonce    string            `json:"nonce,omitempty"` // to be given back; empty once it is done
	Done     bool              `json:"done"`
	Text     string            `json:"text"`
}

// AskNews asks what must be announced at a moment.
type AskNews struct {
	At time.Time `json:"at"`
}

// News is what must be announced and has not been.
type News struct {
	Poll          employee.Poll  `json:"poll,omitzero"`
	Announcements []Announcement `json:"announcements,omitempty"`
}

// TellNews says that announcements were made.
type TellNews struct {
	Keys []string  `json:"keys"`
	At   time.Time `json:"at"`
}
