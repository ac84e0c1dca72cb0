package retriever

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"tenure/activities"
)

// Shared is what all workers of a company have in common; *store.Store is one.
type Shared interface {
	// SharedRead is what some worker kept last under a name, and when it had read it; nil when there is nothing.
	SharedRead(ctx context.Context, name string) (body []byte, readAt time.Time, err error)
	// ClaimRead makes who the only one to read under the name for so long, and says whether it is.
	ClaimRead(ctx context.Context, name, who string, lasts time.Duration) (bool, error)
	// KeepRead keeps what who read and ends its claim.
	KeepRead(ctx context.Context, name, who string, body []byte, readAt time.Time) error
	// DropClaim ends who's claim without an answer.
	DropClaim(ctx context.Context, name, who string) error
	// Spend counts one call against a budget of so many in any twenty-four hours. When it is used up, ok is false
	// and free is when the next call may be made.
	Spend(ctx context.Context, name string, most int) (ok bool, free time.Time, err error)
}

// DefaultReadsPerDay is what Retriever allows, for everything together.
const DefaultReadsPerDay = 500

// How the day's reads are divided. Retriever does not say when its day begins, whether others of the company read with
// the same key, or what a read that failed costs: some are left alone. Of the rest, sweeps may use this much, so that
// there are always some for orders, which read before and after every POST.
const (
	usableShare = 0.96
	sweepShare  = 0.60 // of the returns
	deployShare = 0.10 // of the deployments: few travel at a time, and each for days
)

// The names under which workers share.
const (
	sharedOrders      = "retriever.orders"
	sharedDeployments = "retriever.deployments"
	sharedReads       = "retriever.reads"
)

// claimLasts is how long a worker may sweep before another takes it for dead: as long as one attempt may take.
const claimLasts = 30 * time.Second

// elsewhere is how soon a worker asks again that found another one sweeping.
const elsewhere = 10 * time.Second

// usedUp is why nothing was read: the budget says no. It is found by type, whatever it is wrapped in.
type usedUp struct{ *activities.Problem }

// Unwrap gives the problem.
func (u *usedUp) Unwrap() error { return u.Problem }

// shared is the shelf that all workers reach.
type shared[T row[T]] struct {
	Shared
	name string // of the list
	// rest is how long nobody sweeps after a sweep that failed: every try costs a read, and while Retriever is away
	// all cases would try in turn.
	rest time.Duration
}

// last reads the shelf. What another version wrote in another form counts as nothing.
func (s *shared[T]) last(ctx context.Context) (swept[T], error) {
	body, _, err := s.SharedRead(ctx, s.name)
	if err != nil {
		return swept[T]{}, away(err)
	}
	var last swept[T]
	if len(body) == 0 || json.Unmarshal(body, &last) != nil {
		return swept[T]{}, nil
	}
	return last, nil
}

func (s *shared[T]) claim(ctx context.Context) (turn[T], error) {
	t := &sharedTurn[T]{shared: s, who: rand.Text()} // new each time: a worker waits for its own failed turn too
	mine, err := s.ClaimRead(ctx, s.name, t.who, claimLasts)
	if err != nil {
		return nil, away(err)
	}
	if !mine {
		return nil, &activities.Problem{Type: activities.Unavailable, Text: "another worker is reading Retriever's list of orders, or failed to a moment ago", Delay: elsewhere}
	}
	return t, nil
}

type sharedTurn[T row[T]] struct {
	*shared[T]
	who  string
	kept bool
}

func (t *sharedTurn[T]) keep(ctx context.Context, sweep swept[T]) error {
	body, err := json.Marshal(sweep)
	if err == nil {
		err = t.KeepRead(ctx, t.name, t.who, body, sweep.At)
	}
	t.kept = err == nil
	return away(err)
}

// end gives the turn to the next. After a failure of Retriever's it lasts a while longer.
func (t *sharedTurn[T]) end(ctx context.Context, err error) {
	if t.kept {
		return
	}
	ended := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var spent *usedUp
	if err == nil || ended || errors.As(err, &spent) {
		err = t.DropClaim(ctx, t.name, t.who)
	} else {
		_, err = t.ClaimRead(ctx, t.name, t.who, t.rest)
	}
	if err != nil && activity.IsActivity(ctx) {
		activity.GetLogger(ctx).Warn("the turn to read Retriever's list lasts until it runs out", "error", err)
	}
}

// away is a store that does not answer.
func away(err error) error {
	if err == nil {
		return nil
	}
	return &activities.Problem{Type: activities.Unavailable, Text: "what the workers share could not be reached", Cause: err}
}

// spend counts one read before it is made, of whatever kind. An order that cannot be read waits; what is not counted could use up in an
// hour what all returns of the day need.
func (s *System) spend(ctx context.Context) error {
	if s.cfg.Shared == nil {
		return nil
	}
	ok, free, err := s.cfg.Shared.Spend(ctx, sharedReads, int(usableShare*float64(s.cfg.ReadsPerDay)))
	switch {
	case err != nil:
		return away(err)
	case ok:
		return nil
	}
	p := activities.Problemf(activities.RateLimited, "the reads that Retriever allows a day (%d) are used up until %s", s.cfg.ReadsPerDay, free.UTC().Format("2006-01-02 15:04 UTC"))
	p.Mend = "nothing to do: it goes on by itself; if this happens often, ask Retriever for more and set retriever.reads_per_day"
	p.Delay = max(free.Sub(s.cfg.Now()), time.Minute)
	return &usedUp{p}
}

// pace spreads the sweeps of a list over the day, which may use so much of its reads: the more pages one has, the
// longer until the next.
func (c Config) pace(share float64) func(pages int) time.Duration {
	return func(pages int) time.Duration {
		if c.Shared == nil {
			return 0
		}
		return time.Duration(float64(pages) * float64(24*time.Hour) / (share * float64(c.ReadsPerDay)))
	}
}

// checkShare refuses a budget that leaves nothing to read with.
func (c Config) checkShare() error {
	if c.ReadsPerDay < 10 {
		return errors.New("retriever.reads_per_day must be at least 10: leave it out for Retriever's own 500")
	}
	return nil
}
