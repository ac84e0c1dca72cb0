package guard

import (
	"time"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

// Guard judges by the policy in force.
type Guard struct {
	policy func() policy.Policy
}

// New makes a guard. p is asked at every judgement, so that an edited policy holds from the next scan on.
func New(p func() policy.Policy) Guard { return Guard{policy: p} }

// Window is how far back events count together.
func (g Guard) Window() time.Duration {
	p := g.policy()
	return p.Long(p.MassGuard.Window)
}

// Holding is how long a batch waits for two people.
func (g Guard) Holding() time.Duration {
	p := g.policy()
	return p.Long(p.MassGuard.Expire)
}

// Weigh is [Weigh] under the policy in force.
func (g Guard) Weigh(b employee.Burst) employee.Verdict { return Weigh(g.policy(), b) }

// Believe is [Believe] under the policy in force.
func (g Guard) Believe(f employee.Feed) []employee.Distrust { return Believe(g.policy(), f) }

// A policy can ask for more people than a small company has, and the guard would be off. So a quarter of the company is
// always enough, down to fewestTogether and fewestAlike people.
const (
	quarter        = 4
	fewestTogether = 3
	fewestAlike    = 2
)

// least is how many people of a company reach a limit.
func least(l policy.Limit, company, fewest int) int {
	return min(l.Least(company), max(fewest, ceil(company, quarter)))
}

func ceil(n, d int) int { return (n + d - 1) / d }
