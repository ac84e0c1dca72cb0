package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/role"
)

// whoIsIt finds out whether a new record is of somebody who is known: hired again under a new record, or in a second
// position. Nothing is linked on a likeness alone, unless the policy says that it is enough.
func (c *roleCase) whoIsIt(ctx workflow.Context) error {
	for {
		if err := c.fresh(ctx); err != nil {
			return err
		}
		switch {
		case c.Now.Main != c.Ref.Employee:
			return c.handOver(ctx)
		case c.gone() && c.Now.ShutBy == "":
			return c.called(ctx)
		}
		again, err := c.match(ctx)
		if err != nil || !again {
			return err
		}
	}
}

// match asks about, or settles, whoever may be the same person, and says whether to look again.
func (c *roleCase) match(ctx workflow.Context) (again bool, err error) {
	for _, m := range c.Now.Matches {
		if !m.Sure || slices.Contains(c.Unsure, m.Employee) {
			continue
		}
		err := c.join(ctx, m.Employee, c.Ref.Actor, "the policy takes the same "+m.By+" for the same person", false)
		if err == nil || ctx.Err() != nil || retryableTrouble(troubleOf(err).Type) {
			return true, err
		}
		c.say(ctx, activities.EntryFailure, "", "%s could not be taken for the same person: %s. %s", m.Employee, troubleOf(err).Text, troubleOf(err).Mend)
		c.Unsure = append(c.Unsure, m.Employee)
	}
	c.dropMatches(ctx)
	if len(c.Now.Matches) == 0 {
		return false, nil
	}
	if err := c.enter(ctx, phaseIdentify); err != nil {
		return false, err
	}
	for _, m := range c.Now.Matches {
		r := c.step(plan.Identify, plan.IdentityMatch, string(m.Employee))
		if r.State == plan.Pending {
			c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.NeedsAttention, Problem: activities.Ambiguous, Mend: plan.Runbook(r.ID),
				Detail: fmt.Sprintf("the new record %s (%s) has the same %s as %s (%s, %s)", c.Ref.Employee, c.Person.Name(), m.By, m.Employee, m.Name, m.Status)})
		}
	}
	return true, workflow.Await(ctx, c.stale)
}

// dropMatches ends questions that HR has answered by correcting a record.
func (c *roleCase) dropMatches(ctx workflow.Context) {
	for _, r := range c.Steps {
		if r.ID.Action() != plan.IdentityMatch || r.State.Ended() {
			continue
		}
		open := slices.ContainsFunc(c.Now.Matches, func(m activities.Candidate) bool { return string(m.Employee) == r.ID.Object() })
		if !open {
			c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.NotApplicable, Detail: "the records share nothing any more"})
		}
	}
}

func (c *roleCase) join(ctx workflow.Context, to employee.ID, by, reason string, apart bool) error {
	c.busy++
	defer func() { c.busy-- }()
	_, err := call(ctx, activities.CaseJoinRecords, activities.JoinRecords{CaseRef: c.Ref, To: to, By: by, Reason: reason, At: workflow.Now(ctx), Apart: apart},
		"remember who it is", lane{})
	c.changes++
	return err
}

// handOver ends the case of a record that is somebody's whose cases run under another id, and has theirs go on: a move
// where they work here already, an onboarding where they come back.
func (c *roleCase) handOver(ctx workflow.Context) error {
	main, process := c.Now.Main, ProcessMove
	in := RoleInput{Request: RoleRequest{Employee: main, Actor: c.Request.Actor, ActorEmployee: c.Request.ActorEmployee,
		Reason: fmt.Sprintf("record %s is theirs too", c.Ref.Employee), HREdited: c.Request.HREdited, Detected: c.Request.Detected}}
	if c.Now.ShutBy != "" || len(c.Now.Records) == 1 || c.onlyWorking() {
		process, in.Rehire = ProcessOnboard, true
		in.Request.Readmit = c.confirmed()
		in.Request.Actor = c.confirmer(in.Request.Actor)
	}
	c.callBack(ctx, main)
	if err := c.becomes(ctx, process, main, in); err != nil {
		return err
	}
	c.Over = fmt.Sprintf("record %s is %s's: %s goes on", c.Ref.Employee, main, ID{Process: process, Employee: main})
	return nil
}

// callBack calls off an offboarding that waits for a last day, where the person goes on under this record without a day
// in between. One that has begun is left to the onboarding of somebody who comes back, which is confirmed first.
func (c *roleCase) callBack(ctx workflow.Context, main employee.ID) {
	if !c.Now.Ends.IsZero() || c.Now.Stand != role.Here && c.Now.Stand != role.Away {
		return
	}
	change := EmployeeChange{Event: employee.Event{Kind: employee.Staying, What: []employee.Class{employee.DepartureCleared}, Employee: main, Detected: workflow.Now(ctx)}}
	_ = workflow.SignalExternalWorkflow(ctx, OffboardID(main).String(), "", EmployeeChanged.Name, change).Get(ctx, nil) // there may be none
}

// onlyWorking says whether this record is the only one of the person that works: they come back.
func (c *roleCase) onlyWorking() bool { return c.Now.Person.ID == c.Ref.Employee }

// confirmed says whether a person has said who it is, which is also to say that they may come in.
func (c *roleCase) confirmed() bool { return c.confirmer("") != "" }

func (c *roleCase) confirmer(otherwise string) string {
	for _, r := range c.Steps {
		if r.ID.Action() == plan.IdentityMatch && r.State == plan.Verified && r.By != "" {
			return r.By
		}
	}
	return otherwise
}

// onAnswer takes what a person says about who somebody is.
func (c *roleCase) onAnswer(ctx workflow.Context, r *StepRecord, in StepRequest, what string) (bool, error) {
	switch r.ID.Action() {
	case plan.IdentityMatch, plan.IdentityRehire:
	case plan.IdentityLogin:
		if what != "skip" {
			return false, nil
		}
		c.changes++ // the next free login is taken
		return false, nil
	default:
		return false, nil
	}
	if c.isSubject(in, r) {
		return true, refuse(activities.Forbidden, "%s is the person this case is about; somebody else must decide", in.By)
	}
	yes := what == "done"
	if r.ID.Action() == plan.IdentityMatch {
		return true, c.onMatched(ctx, r, in, yes)
	}
	return true, c.onRehire(ctx, r, in, yes)
}

func (c *roleCase) onMatched(ctx workflow.Context, r *StepRecord, in StepRequest, same bool) error {
	r.By = in.By
	if err := c.join(ctx, employee.ID(r.ID.Object()), in.By, in.Reason, !same); err != nil {
		return err
	}
	o := activities.Outcome{Step: r.ID, State: plan.Skipped, Detail: fmt.Sprintf("two people, says %s: %s", in.By, in.Reason)}
	if same {
		o = activities.Outcome{Step: r.ID, State: plan.Verified, Verified: workflow.Now(ctx), Detail: fmt.Sprintf("the same person, says %s: %s", in.By, in.Reason)}
	}
	c.settle(ctx, r, o)
	return nil
}

func (c *roleCase) onRehire(ctx workflow.Context, r *StepRecord, in StepRequest, yes bool) error {
	r.By = in.By
	state := plan.Skipped
	if yes {
		state = plan.Verified
	}
	if err := c.decided(ctx, activities.Decision{What: map[bool]string{true: "readmit", false: "deny"}[yes], By: in.By, Reason: in.Reason, Step: r.ID, State: state}); err != nil {
		return err
	}
	if yes {
		c.letBackIn(in.PersonSays, workflow.Now(ctx))
	}
	c.settle(ctx, r, activities.Outcome{Step: r.ID, State: state, Detail: fmt.Sprintf("%s: %s", in.By, in.Reason), Verified: workflow.Now(ctx)})
	return nil
}

// isSubject says whether it is the person the case is about who speaks, or who they may be.
func (c *roleCase) isSubject(in StepRequest, r *StepRecord) bool {
	_, who, _ := strings.Cut(in.By, ":")
	about := append(slices.Clone(c.Now.Records), c.Ref.Employee, c.Now.Main)
	addresses := []string{c.Person.Email}
	if r.ID.Action() == plan.IdentityMatch {
		about = append(about, employee.ID(r.ID.Object()))
		for _, m := range c.Now.Matches {
			if string(m.Employee) == r.ID.Object() {
				addresses = append(addresses, m.Email)
			}
		}
	}
	return in.Employee != "" && slices.Contains(about, in.Employee) || slices.Contains(about, employee.ID(who)) ||
		slices.ContainsFunc(addresses, func(a string) bool { return a != "" && strings.EqualFold(who, a) })
}
