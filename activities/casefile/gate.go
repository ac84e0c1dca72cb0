package casefile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/policy"
	"tenure/internal/role"
	"tenure/internal/store"
)

// Gate keeps people out whom HR says are gone, whatever a case believes. A vendor's package asks it right before and
// right after anything that gives access; it reads HR's records and the fence each time, and remembers nothing. It
// implements [activities.Gate] and is safe for concurrent use.
type Gate struct {
	store  Records
	policy func() policy.Policy
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

var _ activities.Gate = (*Gate)(nil)

// NewGate is the gate over a store. Neither may be nil; the policy is asked every time.
func NewGate(s Records, p func() policy.Policy) *Gate {
	return &Gate{store: s, policy: p}
}

func (g *Gate) clock() time.Time {
	if g.Now != nil {
		return g.Now()
	}
	return time.Now()
}

// MayGive lets those be given what their role gives who work here, or are to. Somebody on leave gets it when they come
// back.
func (g *Gate) MayGive(ctx context.Context, c activities.CaseRef) error {
	return g.may(ctx, c, "nothing is given to %s", role.Here, role.Expected)
}

// MayOpen lets those sign in who work here now.
func (g *Gate) MayOpen(ctx context.Context, c activities.CaseRef) error {
	return g.may(ctx, c, "%s may not sign in", role.Here)
}

func (g *Gate) may(ctx context.Context, c activities.CaseRef, what string, stands ...role.Stand) error {
	what = fmt.Sprintf(what, c.Employee)
	records, err := g.store.Records(ctx, c.Employee)
	if errors.Is(err, store.ErrNotFound) {
		return &activities.Problem{Type: activities.Conflict, Text: what + ": HR knows nobody of that id", Mend: "check the id with `tenure list`"}
	}
	if err != nil {
		return err
	}
	fence, err := foreignFence(ctx, g.store, c)
	if err != nil {
		return err
	}
	return standAt(g.policy(), records, fence, g.clock()).refusal(what, stands...)
}

// Shut puts the fence of this run of the case up. Those of others stay: what an earlier case shut, a later one does not
// open by a rescind.
func (g *Gate) Shut(ctx context.Context, c activities.CaseRef) error {
	main, err := g.store.MainID(ctx, c.Employee)
	if err == nil {
		err = g.store.RaiseFence(ctx, store.Fence{Employee: main, Case: c.Case, Run: c.Run, Actor: c.Actor, At: g.clock()})
	}
	if err != nil {
		return fmt.Errorf("keep %s out from now on: %w", c.Employee, err)
	}
	slog.InfoContext(ctx, "nothing gives this person access any more", "EmployeeID", c.Employee, "Case", c.Case)
	return nil
}

// Lift takes the fence of this run of the case down. Where another case keeps the person out, they stay out, and that is
// a Conflict: this rescind does not bring them back.
//
// Without a mapping in the policy nothing but a rescind ever gives access, and nobody could be let in again after a
// rehire: then what an earlier case left behind is taken down too, for the person has had access since.
func (g *Gate) Lift(ctx context.Context, c activities.CaseRef) error {
	caseID, run := c.Case, c.Run
	if !g.policy().Maps() {
		caseID, run = "", ""
	}
	lowered, err := g.store.LowerFence(ctx, c.Employee, caseID, run)
	if err != nil {
		return fmt.Errorf("let %s in again: %w", c.Employee, err)
	}
	if lowered {
		slog.InfoContext(ctx, "this case keeps the person out no more", "EmployeeID", c.Employee, "Case", c.Case)
	}
	other, err := foreignFence(ctx, g.store, c)
	if err != nil || other == nil {
		return err
	}
	return &activities.Problem{Type: activities.Conflict, Text: fmt.Sprintf("%s keeps %s out as well, since %s", other.Case, c.Employee, clockAt(other.At)),
		Mend: "rescind that case too, or start `tenure onboard` for the person and confirm it"}
}

// foreignFence is what keeps somebody out, other than this run of this case; nil for nothing.
func foreignFence(ctx context.Context, s Records, c activities.CaseRef) (*store.Fence, error) {
	f, stands, err := s.Fence(ctx, c.Employee)
	if err != nil || !stands || f.Case == c.Case && f.Run == c.Run {
		return nil, err
	}
	return &f, nil
}

// Records is what of the store tells whose HR records there are, and what keeps a person out; *store.Store is it.
type Records interface {
	// Records is every HR record of the person who has this one, the main one first.
	Records(ctx context.Context, id employee.ID) ([]employee.Employee, error)
	// MainID is the id under which the cases of a record's person run.
	MainID(ctx context.Context, id employee.ID) (employee.ID, error)
	Fence(ctx context.Context, id employee.ID) (store.Fence, bool, error)
	RaiseFence(ctx context.Context, f store.Fence) error
	LowerFence(ctx context.Context, id employee.ID, caseID, run string) (bool, error)
}
