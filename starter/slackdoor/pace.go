package slackdoor

import (
	"sync"
	"time"
)

// askedAtMost is how many asks of one person are taken in a minute. Nobody who means it presses faster, and whoever may
// not ask at all must not fill the inbox, or use up what Slack lets Tenure look up.
const askedAtMost = 20

// pace counts what each person asked in the current minute. It forgets everybody when the minute is over, so it holds
// no more people than can press a button within one.
type pace struct {
	mu    sync.Mutex
	since time.Time
	count map[string]int
}

// takes says whether one more ask of this person is taken.
func (p *pace) takes(user string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count == nil || now.Sub(p.since) >= time.Minute || now.Before(p.since) {
		p.since, p.count = now, map[string]int{}
	}
	p.count[user]++
	return p.count[user] <= askedAtMost
}
