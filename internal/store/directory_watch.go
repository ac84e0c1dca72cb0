package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"tenure/internal/employee"
)

// The rows of the table watch.
const (
	watchPoll     = "poll"     // how the last look ended
	watchMark     = "mark"     // the last reading that was believed
	watchTrouble  = "trouble"  // the last poll that was not accepted
	watchBaseline = "baseline" // whose day nobody waits for
	watchStale    = "stale"    // records that are older than those that are stored
	watchPruned   = "pruned"   // when old rows were thrown away last
	watchAccepted = "accept/"  // what somebody believes, by cause
)

// watchCase is the case under which the watch's own evidence stands: its workflow.
const watchCase = "watch-directory/all"

// believe asks the judge whether to believe a reading, and takes people's word where they gave it.
func (c scan) believe(ctx context.Context, before snapshot, people []employee.Employee) error {
	seen := make(map[string]bool, len(people))
	for _, e := range people {
		seen[e.ProfileID] = true
	}
	f := employee.Feed{Now: c.reading}
	for profile, p := range before {
		if p.missing {
			continue
		}
		f.Known++
		if !seen[profile] {
			f.Missing++
		}
	}
	if _, err := getWatch(ctx, c.tx, watchMark, &f.Before); err != nil {
		return err
	}
	forget(&f.Before, f.Now)
	for _, d := range c.judge.Believe(f) {
		taken, err := c.takeWord(ctx, d)
		if err != nil {
			return err
		}
		if !taken {
			return &d
		}
	}
	return nil
}

// acceptance is what a person believes.
type acceptance struct {
	Distrust  employee.Distrust `json:"distrust"`
	By        string            `json:"by"`
	Person    employee.ID       `json:"person,omitempty"`
	Reason    string            `json:"reason"`
	Nonce     string            `json:"nonce"`
	At        time.Time         `json:"at"`
	Confirmed bool              `json:"confirmed"`
}

// acceptedFor is how long a person's word holds. It is about the reading that was shown, not about whatever looks like it
// on another day.
const acceptedFor = time.Hour

func (a acceptance) covers(d employee.Distrust, at time.Time) bool {
	return a.Confirmed && at.Before(a.At.Add(acceptedFor)) && d.Acceptable && a.Distrust.Cause == d.Cause && a.Distrust.Subject == d.Subject && d.Missing <= a.Distrust.Missing
}

// takeWord believes what a person accepted. Once a reading is accepted the word is used up, see accepted.
func (c scan) takeWord(ctx context.Context, d employee.Distrust) (bool, error) {
	var a acceptance
	found, err := getWatch(ctx, c.tx, watchAccepted+string(d.Cause), &a)
	if err != nil || !found || !a.covers(d, c.at) {
		return false, err
	}
	return true, c.store.guardNote(ctx, c.tx, watchCase, "believed/"+a.Nonce, a.By, "read on the word of "+a.By+": "+d.What, nil)
}

// accepted remembers a reading that was believed. Whatever people said about the one before it is over.
func (c scan) accepted(ctx context.Context) error {
	if _, err := c.tx.ExecContext(ctx, `DELETE FROM watch WHERE name LIKE '`+watchAccepted+`%'`); err != nil {
		return wrap("use acceptance", err)
	}
	if err := putWatch(ctx, c.tx, watchMark, c.reading); err != nil {
		return err
	}
	return putPoll(ctx, c.tx, employee.Poll{Outcome: employee.PollAccepted, At: c.at, Profiles: c.reading.Profiles})
}

// Fail keeps that a look at the HR system gave nothing that could be applied: it was discarded, or there was nothing.
func (d *Directory) Fail(ctx context.Context, at time.Time, profiles int, how employee.PollOutcome, why employee.Distrust) error {
	return d.store.write(ctx, func(tx *sql.Tx) error {
		return putPoll(ctx, tx, employee.Poll{Outcome: how, At: at, Profiles: profiles, Distrust: &why})
	})
}

// putPoll keeps how the last look ended. Polls that end alike for the same reason are one trouble, with one beginning.
func putPoll(ctx context.Context, tx *sql.Tx, p employee.Poll) error {
	var last employee.Poll
	if _, err := getWatch(ctx, tx, watchPoll, &last); err != nil {
		return err
	}
	if p.Since = p.At; last.Outcome == p.Outcome && troubleOf(last) == troubleOf(p) {
		p.Since = last.Since
	}
	if p.Outcome == employee.PollAccepted {
		p.Streak = last.Streak + 1
	}
	if broken := p.Outcome != employee.PollAccepted || p.Streak < employee.Mended; broken {
		if p.Broken = last.Broken; p.Broken.IsZero() && p.Outcome != employee.PollAccepted {
			p.Broken = p.At
		}
	}
	if p.Outcome != employee.PollAccepted {
		if err := putWatch(ctx, tx, watchTrouble, p); err != nil {
			return err
		}
	}
	return putWatch(ctx, tx, watchPoll, p)
}

func troubleOf(p employee.Poll) string {
	if p.Distrust == nil {
		return ""
	}
	return string(p.Distrust.Cause) + " " + p.Distrust.Subject
}

// Watch is how the watch stands.
type Watch struct {
	Poll     employee.Poll // the last look; zero before the first
	Accepted employee.Mark // the last reading that was believed
	Trouble  employee.Poll // the last look that was not accepted, also after it was mended
	Waiting  int           // events that are to be dispatched
	Held     int           // events that must not be
	// Gone is whom HR does not show any more without having said that they left.
	Gone []Gone
	// Unscheduled is whose departure date is older than the first scan.
	Unscheduled []Unscheduled
}

// Watch says how the watch stands.
func (s *Store) Watch(ctx context.Context) (w Watch, err error) {
	for name, v := range map[string]any{watchPoll: &w.Poll, watchMark: &w.Accepted, watchTrouble: &w.Trouble, watchBaseline: &w.Unscheduled} {
		if _, err := getWatch(ctx, s.db, name, v); err != nil {
			return w, err
		}
	}
	if w.Gone, err = s.Gone(ctx); err != nil {
		return w, err
	}
	if w.Waiting, err = s.count(ctx, waiting); err != nil {
		return w, err
	}
	w.Held, err = s.count(ctx, held)
	return w, err
}

// Acceptance is a person's word that a reading that was discarded is right.
type Acceptance struct {
	By     string
	Person employee.ID
	Reason string
	// Nonce is what the first call answered with; without it nothing is accepted yet.
	Nonce string
	At    time.Time
}

// Accept takes a person's word, given twice: the first call says what would be believed and answers with a nonce; with
// the nonce, the next reading that shows the same is believed. The error is a *[Refused].
func (s *Store) Accept(ctx context.Context, in Acceptance) (what employee.Distrust, nonce string, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		var p employee.Poll
		if _, err := getWatch(ctx, tx, watchPoll, &p); err != nil {
			return err
		}
		if in.By == "" {
			return refused(RefusedInput, "say who asks", "accepting a reading lacks who accepts it")
		}
		if p.Distrust == nil {
			return refused(RefusedConflict, "there is nothing to accept", "the last reading was accepted at %s", p.At.UTC().Format(time.RFC3339))
		}
		if what = *p.Distrust; !what.Acceptable {
			return refused(RefusedConflict, what.Mend, "the last reading cannot be accepted on anybody's word: %s", what.What)
		}
		var a acceptance
		if _, err := getWatch(ctx, tx, watchAccepted+string(what.Cause), &a); err != nil {
			return err
		}
		if in.Nonce == "" {
			nonce, err = s.offer(ctx, tx, a, what, in)
			return err
		}
		if !in.At.Before(a.At.Add(acceptedFor)) {
			return refused(RefusedConflict, "ask again without the nonce and look at what it says", "what was shown with %s is more than an hour old", in.Nonce)
		}
		if a.Nonce != in.Nonce || a.Distrust.Subject != what.Subject || what.Missing > a.Distrust.Missing {
			return refused(RefusedConflict, "ask again without the nonce and look at what it says", "the last reading is not the one that %s was shown for", in.Nonce)
		}
		a.By, a.Person, a.Reason, a.At, a.Confirmed = in.By, in.Person, in.Reason, in.At, true
		if err := putWatch(ctx, tx, watchAccepted+string(what.Cause), a); err != nil {
			return err
		}
		return s.guardNote(ctx, tx, watchCase, "accepted/"+a.Nonce, in.By, "the next reading is believed although "+what.What+because(in.Reason), nil)
	})
	return what, nonce, err
}

// offer makes the nonce; asked again about the same, it is the same one.
func (s *Store) offer(ctx context.Context, tx *sql.Tx, a acceptance, d employee.Distrust, in Acceptance) (string, error) {
	if a.Nonce != "" && a.Distrust == d && a.By == in.By && !a.Confirmed {
		return a.Nonce, nil
	}
	nonce, err := newNonce()
	if err != nil {
		return "", err
	}
	return nonce, putWatch(ctx, tx, watchAccepted+string(d.Cause), acceptance{Distrust: d, By: in.By, Person: in.Person, Reason: in.Reason, Nonce: nonce, At: in.At})
}

func getWatch(ctx context.Context, q querier, name string, v any) (found bool, err error) {
	var body string
	err = q.QueryRowContext(ctx, `SELECT body FROM watch WHERE name = $1`, name).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), v)
	}
	return err == nil, wrap("read the watch", err)
}

func putWatch(ctx context.Context, tx *sql.Tx, name string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return wrap("encode the watch", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO watch (name, body) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET body = excluded.body`, name, string(body))
	return wrap("write the watch", err)
}

// Told says which of these announcements were made already.
func (s *Store) Told(ctx context.Context, keys []string) (map[string]bool, error) {
	told := map[string]bool{}
	for _, key := range keys {
		var n int
		if err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM told WHERE announcement = $1`, key).Scan(&n); err != nil {
			return nil, wrap("read announcements", err)
		}
		told[key] = n > 0
	}
	return told, nil
}

// Tell remembers that announcements were made.
func (s *Store) Tell(ctx context.Context, keys []string, at time.Time) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, key := range keys {
			_, err := tx.ExecContext(ctx, `INSERT INTO told (announcement, at) VALUES ($1, $2) ON CONFLICT (announcement) DO NOTHING`, key, stamp(at))
			if err != nil {
				return wrap("keep announcement", err)
			}
		}
		return nil
	})
}

// Unscheduled is somebody who was there, working, at the first scan with a departure date: a baseline starts nothing, so
// no case waits for that day.
type Unscheduled struct {
	Employee employee.ID   `json:"employee"`
	Day      employee.Date `json:"day"`
}

// baseline remembers whose day nobody waits for.
func (c scan) baseline(ctx context.Context, people []employee.Employee) error {
	var all []Unscheduled
	for _, e := range people {
		if e.Status != employee.Inactive && !e.DepartureDate.IsZero() {
			all = append(all, Unscheduled{e.ID, e.DepartureDate})
		}
	}
	if len(all) == 0 {
		return nil
	}
	return putWatch(ctx, c.tx, watchBaseline, all)
}

// BatchesSince is the batches that were opened or closed after an instant, or are held, newest first.
func (s *Store) BatchesSince(ctx context.Context, at time.Time) ([]employee.Batch, error) {
	all, err := s.Batches(ctx, "")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(b employee.Batch) bool {
		return b.State != employee.BatchHeld && b.Closed.Before(at)
	}), nil
}
