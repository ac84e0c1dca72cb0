package casefile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/evidence"
	"tenure/internal/store"
)

// Given remembers what a role has given.
func (c *Casefile) Given(ctx context.Context, in activities.RoleGiven) (activities.Nothing, error) {
	if in.Employee == "" {
		return activities.Nothing{}, refuse(activities.InvalidInput, "give the employee's id, for example E1042", "it is missing whose role has given something")
	}
	return activities.Nothing{}, activities.Classify(c.store.KeepGiven(ctx, in.Employee, in.Given))
}

// Admit takes down what keeps somebody out, whichever case put it up, and keeps who decided that as evidence. It refuses
// (Conflict) what HR does not bear out: nobody is let in of whom no record says that they work here, or are to. And it
// refuses what came to pass after the decision: who confirmed a rehire did not know of it.
func (c *Casefile) Admit(ctx context.Context, in activities.Admit) (activities.Nothing, error) {
	if in.Employee == "" || in.By == "" || in.At.IsZero() {
		return activities.Nothing{}, refuse(activities.InvalidInput, "say who is let in again, on whose word, and when that was said", "who is let in again, by whom or when is missing")
	}
	records, err := c.recordsOf(ctx, in.Employee, "")
	if err != nil {
		return activities.Nothing{}, err
	}
	if s := standAt(c.policy(), records, nil, c.now()); s.gone() {
		return activities.Nothing{}, refuse(activities.Conflict, "have HR make the record active, or give the person a new one; then confirm it again",
			"%s cannot be let in again: %s", in.Employee, s.why)
	}
	if err := c.admit(ctx, in); err != nil {
		return activities.Nothing{}, err
	}
	return activities.Nothing{}, activities.Classify(c.accessChanged(ctx, in.CaseRef, "admitted"))
}

// Shut puts the fence of a case up; see [Gate.Shut].
func (c *Casefile) Shut(ctx context.Context, in activities.ShutOut) (activities.Nothing, error) {
	g := NewGate(c.store, c.policy)
	g.Now = c.now
	if err := g.Shut(ctx, in.CaseRef); err != nil {
		return activities.Nothing{}, activities.Classify(err)
	}
	return activities.Nothing{}, activities.Classify(c.accessChanged(ctx, in.CaseRef, "shut"))
}

// accessChanged lets others hear that somebody was shut out or let in again: whoever reports to them has another manager
// by it. HR may say the same, or never.
func (c *Casefile) accessChanged(ctx context.Context, ref activities.CaseRef, what string) error {
	return c.store.Hear(ctx, employee.Event{Key: strings.Join([]string{string(employee.Changed), string(ref.Employee), "access", what, ref.Case, ref.Run}, "/"),
		Kind: employee.Changed, What: []employee.Class{employee.AccessChanged}, Employee: ref.Employee, Detected: c.now().UTC()})
}

func (c *Casefile) admit(ctx context.Context, in activities.Admit) error {
	for {
		fence, stands, err := c.store.Fence(ctx, in.Employee)
		if err != nil || !stands {
			return activities.Classify(err)
		}
		if fence.At.After(in.At) {
			return refuse(activities.Conflict, "look at that case; if the person is to come in all the same, confirm it again",
				"%s ended the access of %s at %s, after %s had decided to let them in again", fence.Case, in.Employee, fence.At.UTC().Format(time.RFC3339), in.By)
		}
		// The decision is on record before it takes effect: a crash in between leaves a person shut out, and the next
		// attempt finds the record.
		text := words("let in again by "+in.By, in.Reason) + "; " + fence.Case + " of " + fence.At.UTC().Format(time.RFC3339) + " keeps them out no more"
		if err := c.decisionKept(ctx, in.CaseRef, activities.CaseAdmit.Name, in.By, text, in.At, fence.Case, fence.Run); err != nil {
			return activities.Classify(err)
		}
		if _, err := c.store.LowerFence(ctx, in.Employee, fence.Case, fence.Run); err != nil {
			return activities.Classify(err)
		}
	}
}

// JoinRecords remembers that two records are one person's, or two people's, and keeps who said so as evidence. What
// contradicts an earlier decision is a Conflict, and so are two records that have accounts of their own in one system:
// a case ends the access of one account, and the other would be left open.
func (c *Casefile) JoinRecords(ctx context.Context, in activities.JoinRecords) (activities.Nothing, error) {
	if in.Employee == "" || in.To == "" || in.By == "" {
		return activities.Nothing{}, refuse(activities.InvalidInput, "name both records and who says whose they are", "a record, the other one, or on whose word is missing")
	}
	if in.Employee == in.To {
		return activities.Nothing{}, refuse(activities.InvalidInput, "name two records", "%s is to be compared with itself", in.To)
	}
	for _, id := range []employee.ID{in.Employee, in.To} {
		if _, err := c.recordsOf(ctx, id, ""); err != nil {
			return activities.Nothing{}, err
		}
	}
	if err := c.mayJoin(ctx, in); err != nil {
		return activities.Nothing{}, err
	}
	write, text := c.store.JoinRecords, fmt.Sprintf("the records %s and %s are one person's, by %s", in.Employee, in.To, in.By)
	if in.Apart {
		write, text = c.store.KeepApart, fmt.Sprintf("the records %s and %s are two people's, by %s", in.Employee, in.To, in.By)
	}
	err := write(ctx, in.Employee, in.To, in.By, in.Reason, in.At)
	var conflict *store.JoinConflict
	if errors.As(err, &conflict) {
		return activities.Nothing{}, refuse(activities.Conflict, "find out which is right; what was decided first holds", "%w", err)
	}
	if err == nil {
		err = c.decisionKept(ctx, in.CaseRef, activities.CaseJoinRecords.Name, in.By, words(text, in.Reason), in.At, string(in.Employee), string(in.To), fmt.Sprint(in.Apart))
	}
	return activities.Nothing{}, activities.Classify(err)
}

// mayJoin refuses to join records with accounts of their own, if they are not one person's already.
func (c *Casefile) mayJoin(ctx context.Context, in activities.JoinRecords) error {
	one, err := c.store.MainID(ctx, in.Employee)
	if err != nil {
		return activities.Classify(err)
	}
	other, err := c.store.MainID(ctx, in.To)
	if err != nil || in.Apart || one == other {
		return activities.Classify(err)
	}
	mine, err := c.store.Accounts(ctx, one)
	if err != nil {
		return activities.Classify(err)
	}
	theirs, err := c.store.Accounts(ctx, other)
	if err != nil {
		return activities.Classify(err)
	}
	var both []string
	for system, account := range mine {
		if theirs[system] != "" && theirs[system] != account {
			both = append(both, system)
		}
	}
	if len(both) == 0 {
		return nil
	}
	slices.Sort(both)
	return refuse(activities.Conflict, "keep the records apart: each account is ended with its own record; or have one account deactivated and its record ended first, and go on with the other",
		"%s and %s have accounts of their own in %s", in.Employee, in.To, strings.Join(both, " and "))
}

// decisionKept writes one record of what somebody decided about a person. The same decision again is on record already.
func (c *Casefile) decisionKept(ctx context.Context, ref activities.CaseRef, activity, by, text string, at time.Time, about ...string) error {
	key := strings.Join(append([]string{activity, ref.Case, ref.Run, at.UTC().Format(time.RFC3339Nano)}, about...), "/")
	_, _, err := c.store.AppendEvidence(ctx, key, evidence.Record{
		Run: ref.Run, System: "case", Activity: activity,
		Personal:  evidence.Personal{Case: ref.Case, Employee: ref.Employee, Actor: by, Detail: text},
		HREdited:  ref.HREdited,
		Effective: ref.Effective, Detected: ref.Detected, Executed: at,
	})
	return err
}

// words are what was done, and why where that was said.
func words(what, reason string) string {
	if reason == "" {
		return what
	}
	return what + ": " + reason
}
