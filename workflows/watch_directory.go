package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
)

// WatchDirectoryResult is what one poll of the HR system saw and started.
type WatchDirectoryResult struct {
	Scan       activities.ScanResult `json:"scan"`
	Dispatched activities.Dispatched `json:"dispatched"`
	// Poll is how the look at the HR system ended: accepted, or why not and since when.
	Poll employee.Poll `json:"poll,omitzero"`
	// Announced are the keys of what was announced: a held batch, an expired one, a reading that was thrown away.
	Announced []string `json:"announced,omitempty"`
}

// patience is how long a poll waits for the HR system before it does the rest beside the reading, and moment how often
// then: what was released must not wait for it, nor a batch that expires.
const (
	patience = 20 * time.Second
	moment   = 5 * time.Minute
)

// WatchDirectory polls the HR system once, on a Temporal Schedule: one scan that commits the snapshot and the events
// that follow from it together, then the events are dispatched that are not held. The outbox is worked off even when the
// scan fails, or takes long, so that events of an earlier poll do not wait for the HR system; and before anybody is told
// anything, so that no leaver waits for Slack.
//
// A reading that was thrown away is no failure of the process: the result says why. One that never came is.
func WatchDirectory(ctx workflow.Context) (WatchDirectoryResult, error) {
	var r WatchDirectoryResult
	var scanErr error
	read := false
	workflow.Go(ctx, func(ctx workflow.Context) {
		r.Scan, scanErr = call(ctx, activities.NamelyScanDirectory, activities.ScanDirectory{}, "read every profile", lane{})
		read = true
	})
	for wait := patience; !read; wait = moment {
		ok, err := workflow.AwaitWithTimeout(ctx, wait, func() bool { return read })
		if err != nil {
			return r, err
		}
		if !ok {
			_ = r.follow(ctx) // once more when it is read
		}
	}
	err := r.follow(ctx)
	thrownAway := scanErr != nil && r.Poll.Outcome == employee.PollDiscarded
	if scanErr != nil && !thrownAway {
		return r, scanErr
	}
	return r, err
}

// follow does what follows from the readings so far: it dispatches what may be, and tells people what they must know.
func (r *WatchDirectoryResult) follow(ctx workflow.Context) error {
	sum, err := call(ctx, activities.OutboxDispatch, activities.DispatchOutbox{}, "start what follows", lane{})
	r.Dispatched.Started += sum.Started
	r.Dispatched.Updated += sum.Updated
	r.Dispatched.Skipped += sum.Skipped
	news, newsErr := call(ctx, activities.WatchNews, activities.AskNews{At: workflow.Now(ctx)}, "what people must know", lane{})
	if newsErr != nil {
		return errors.Join(err, newsErr)
	}
	r.Poll = news.Poll
	keys, newsErr := announce(ctx, news.Announcements)
	r.Announced = append(r.Announced, keys...)
	if err != nil {
		return err
	}
	return newsErr
}

// announceWithin is how long a poll tries to tell people one thing. What is not told then is told by the next one: a poll
// that waited for Slack would keep the schedule from looking at the HR system.
const announceWithin = 30 * time.Second

// announce posts what must be known, alarms before anything else, and remembers what was. Slack being down is no trouble
// of the watch, and one message that Slack does not take keeps no other back: they are posted beside each other.
func announce(ctx workflow.Context, all []activities.Announcement) (keys []string, err error) {
	for _, alarm := range []bool{true, false} {
		keys = append(keys, post(ctx, all, alarm)...)
	}
	if len(keys) == 0 {
		return nil, nil
	}
	_, err = call(ctx, activities.WatchTold, activities.TellNews{Keys: keys, At: workflow.Now(ctx)}, "remember what was told", lane{})
	return keys, err
}

// post posts the alarms or the others, and returns the keys of those that arrived.
func post(ctx workflow.Context, all []activities.Announcement, alarms bool) (keys []string) {
	p := profileOf(activities.SlackAnnounce.Kind)
	posting := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: activities.SlackAnnounce.Queue, StartToCloseTimeout: announceWithin / 2, ScheduleToCloseTimeout: announceWithin,
		HeartbeatTimeout: p.heartbeat, RetryPolicy: &p.retry, Priority: temporal.Priority{PriorityKey: p.priority},
	})
	var posts []workflow.Future
	var posted []string
	for _, a := range all {
		if a.Channel == "" || a.Alarm != alarms {
			continue
		}
		posting := workflow.WithActivityOptions(posting, withSummary(posting, a.Key))
		posts, posted = append(posts, workflow.ExecuteActivity(posting, activities.SlackAnnounce.Name, a)), append(posted, a.Key)
	}
	for i, f := range posts {
		if f.Get(ctx, nil) == nil {
			keys = append(keys, posted[i])
		}
	}
	return keys
}

func withSummary(ctx workflow.Context, key string) workflow.ActivityOptions {
	options := workflow.GetActivityOptions(ctx)
	options.Summary = "announce " + key
	return options
}
