package slack

import (
	"context"
	"sync"
	"time"

	"tenure/activities"
)

// longestWait is how long an activity waits for its turn before it hands the waiting back to Temporal.
const longestWait = 5 * time.Second

// burst is how many posts may go at once after a quiet time: Slack tolerates short bursts and says no number.
const burst = 3

// readsToPosts is how far apart two looks into a history, or a thread, are kept, in tenths of what is between two posts:
// 43 a minute where Slack takes a message a second. Tier 3, to which both methods belong, allows about 50 a minute for the
// whole workspace; a look that is refused would be tried again, and keep every other waiting.
const readsToPosts = 14

// pacer keeps the posts of this process to one channel apart: Slack takes about one message a second per channel,
// whichever case it belongs to.
type pacer struct {
	every time.Duration
	mu    sync.Mutex
	free  map[string]time.Time // when the channel's next turn is
}

func newPacer(every time.Duration) *pacer {
	return &pacer{every: every, free: map[string]time.Time{}}
}

// wait takes the channel's next turn and waits for it. When many wait already it takes none and says by when to
// come back.
func (p *pacer) wait(ctx context.Context, channel string) error {
	now := time.Now()
	p.mu.Lock()
	turn := p.free[channel]
	if saved := now.Add(-(burst - 1) * p.every); turn.Before(saved) {
		turn = saved
	}
	ahead := turn.Sub(now)
	if ahead > longestWait {
		p.mu.Unlock()
		return &activities.Problem{Type: activities.RateLimited, Text: "many calls are waiting for the same turn at Slack", Mend: mendSlack, Delay: ahead}
	}
	p.free[channel] = turn.Add(p.every)
	p.mu.Unlock()
	return sleep(ctx, ahead)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
