package workflows

import (
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

// WatchDirectory polls the HR system once, on a Temporal Schedule: one scan that commits the snapshot and the events
// that follow from it together, then the events are dispatched that are not held. The outbox is worked off even when the
// scan fails, so that events of an earlier poll do not wait for the HR system to come back; and before anybody is told
// anything, so that no leaver waits for Slack.
//
// A reading that was thrown away is no failure of the process: the result says why. One that never came is.
func WatchDirectory(ctx workflow.Context) (WatchDirectoryResult, error) {
	var r WatchDirectoryResult
	var scanErr, err error
	r.Scan, scanErr = call(ctx, activities.NamelyScanDirectory, activities.ScanDirectory{}, "read every profile", lane{})
	r.Dispatched, err = call(ctx, activities.OutboxDispatch, activities.DispatchOutbox{}, "start what follows", lane{})
	news, newsErr := call(ctx, activities.WatchNews, activities.AskNews{At: workflow.Now(ctx)}, "what people must know", lane{})
	r.Poll = news.Poll
	if newsErr == nil {
		r.Announced, newsErr = announce(ctx, news.Announcements)
	}
	thrownAway := scanErr != nil && r.Poll.Outcome == employee.PollDiscarded
	switch {
	case scanErr != nil && !thrownAway:
		return r, scanErr
	case err != nil:
		return r, err
	}
	return r, newsErr
}

// announceWithin is how long a poll tries to tell people something. What is not told then is told by the next one: a poll
// that waited for Slack would keep the schedule from looking at the HR system.
const announceWithin = 30 * time.Second

// announce posts what must be known, and remembers what was. Slack being down is no trouble of the watch.
func announce(ctx workflow.Context, all []activities.Announcement) (keys []string, err error) {
	p := profileOf(activities.SlackAnnounce.Kind)
	posting := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: activities.SlackAnnounce.Queue, StartToCloseTimeout: announceWithin / 2, ScheduleToCloseTimeout: announceWithin,
		HeartbeatTimeout: p.heartbeat, RetryPolicy: &p.retry, Priority: temporal.Priority{PriorityKey: p.priority},
	})
	for _, a := range all {
		if a.Channel == "" {
			continue
		}
		posting := workflow.WithActivityOptions(posting, withSummary(posting, a.Key))
		if workflow.ExecuteActivity(posting, activities.SlackAnnounce.Name, a).Get(posting, nil) != nil {
			break
		}
		keys = append(keys, a.Key)
	}
	if len(keys) == 0 {
		return nil, nil
	}
	_, err = call(ctx, activities.WatchTold, activities.TellNews{Keys: keys, At: workflow.Now(ctx)}, "remember what was told", lane{})
	return keys, err
}

func withSummary(ctx workflow.Context, key string) workflow.ActivityOptions {
	options := workflow.GetActivityOptions(ctx)
	options.Summary = "announce " + key
	return options
}
