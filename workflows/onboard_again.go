package workflows

import (
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// wayClear lets somebody in whose access was ended before: a person confirms it where the policy says so, the
// offboarding that still runs is wound down, and only then does its fence come down.
func (c *roleCase) wayClear(ctx workflow.Context) error {
	if !c.comesBack() && !c.Request.Readmit && c.Now.ShutBy == "" || c.Admitted != nil && c.Now.ShutBy == "" {
		return nil
	}
	shut := c.Now.ShutBy != ""
	if err := c.confirmRehire(ctx); err != nil || c.Over != "" {
		return err
	}
	if err := c.makeWay(ctx); err != nil || c.Over != "" {
		return err
	}
	if err := c.admit(ctx); err != nil || c.Over != "" {
		return err
	}
	// An offboarding that is wound down leaves the account suspended where it had not deactivated it yet; whoever let the
	// person in again said that it is to be opened.
	door, _, _ := strings.Cut(c.Admitted.By, ":")
	c.Paused = c.Paused || shut || peopleAsk(door)
	return nil
}

func (c *roleCase) confirmRehire(ctx workflow.Context) error {
	switch {
	case c.Admitted != nil:
		return nil
	case c.Request.Readmit:
		c.letBackIn(PersonSays{By: c.Request.Actor, Reason: c.Request.Reason, Employee: c.Request.ActorEmployee}, c.Request.Detected)
		return nil
	case c.Rehire && !c.Settings.Role.AskRehire:
		c.letBackIn(PersonSays{By: c.Ref.Actor, Reason: "HR made the record active again; the policy asks nobody (onboard.rehire)"}, c.Ref.Detected)
		return nil
	}
	if err := c.enter(ctx, phaseIdentify); err != nil {
		return err
	}
	r := c.step(plan.Identify, plan.IdentityRehire, "")
	if r.State == plan.Pending {
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.NeedsAttention, Problem: activities.Forbidden, Detail: c.whyAsked(), Mend: plan.Runbook(r.ID)})
	}
	for !r.State.Ended() {
		if err := workflow.Await(ctx, func() bool { return r.State.Ended() || c.stale() }); err != nil {
			return err
		}
		if err := c.fresh(ctx); err != nil {
			return err
		}
		if !c.stands(ctx) {
			c.Over = "HR says that the person does not work here: " + c.Now.Why
			return nil
		}
	}
	if c.Admitted == nil {
		c.Over = "not let in: " + r.Outcome.Detail
	}
	return nil
}

// letBackIn remembers who let the person in again, and when that was said: what ends their access later is not undone by
// it.
func (c *roleCase) letBackIn(by PersonSays, at time.Time) {
	c.Admitted, c.AdmittedAt = &by, at
}

func (c *roleCase) whyAsked() string {
	if c.Now.ShutBy != "" {
		return fmt.Sprintf("HR says that %s works here, and %s has ended their access", c.Ref.Employee, c.Now.ShutBy)
	}
	return fmt.Sprintf("HR made %s active again", c.Ref.Employee)
}

// makeWay tells the offboarding that still runs that its leaver is back, and waits until it takes nothing away any more.
// What HR says counts until the last: nobody's offboarding is wound down who is gone by then.
func (c *roleCase) makeWay(ctx workflow.Context) error {
	for wait := time.Second; ; wait = min(2*wait, 10*time.Minute) {
		c.changes++
		if err := c.fresh(ctx); err != nil {
			return err
		}
		if !c.stands(ctx) {
			c.Over = "HR says that the person does not work here: " + c.Now.Why
			return nil
		}
		leaving, err := c.stillLeaving(ctx)
		if err != nil || !leaving {
			c.endWait(ctx)
			return err
		}
		c.showWait(ctx)
		if _, err := c.clock.until(ctx, workflow.Now(ctx).Add(wait), "the offboarding makes way", c.unheard); err != nil {
			return err
		}
	}
}

// stillLeaving asks whether the offboarding takes anything away still, and tells it once that its leaver is back.
func (c *roleCase) stillLeaving(ctx workflow.Context) (bool, error) {
	c.busy++
	defer func() { c.busy-- }()
	st, err := call(ctx, activities.AskStanding, activities.StandingOf{Employee: c.Ref.Employee}, "does the offboarding still run", lane{})
	switch {
	case ctx.Err() != nil:
		return true, ctx.Err()
	case err != nil:
		return true, nil // it is asked again
	case st.Leaving && !c.Told:
		change := EmployeeChange{Confirmed: c.Admitted, Event: employee.Event{Kind: employee.Returned, What: []employee.Class{employee.Rehire},
			Employee: c.Ref.Employee, Detected: workflow.Now(ctx)}}
		c.Told = workflow.SignalExternalWorkflow(ctx, OffboardID(c.Ref.Employee).String(), "", EmployeeChanged.Name, change).Get(ctx, nil) == nil
	}
	return st.Leaving, nil
}

// stepWay is the wait for an offboarding that makes way.
const stepWay plan.Action = "tenure.way"

func (c *roleCase) showWait(ctx workflow.Context) {
	r := c.step(plan.Identify, stepWay, "")
	if r.State != plan.Waiting {
		r.Title = "The offboarding makes way"
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.Waiting, Detail: OffboardID(c.Ref.Employee).String() + " is wound down"})
	}
}

func (c *roleCase) endWait(ctx workflow.Context) {
	if r := c.record(plan.StepID(stepWay)); r != nil && !r.State.Ended() {
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.Verified, Detail: OffboardID(c.Ref.Employee).String() + " takes nothing away any more", Verified: workflow.Now(ctx)})
	}
}

func (c *roleCase) admit(ctx workflow.Context) error {
	for patience := mirrorPatience; ; patience = min(2*patience, openRarest) {
		c.busy++
		_, err := call(ctx, activities.CaseAdmit, activities.Admit{CaseRef: c.Ref, By: c.Admitted.By, Reason: c.Admitted.Reason, At: c.AdmittedAt}, "let the person in again", lane{})
		c.busy--
		if err == nil {
			c.say(ctx, activities.EntryInfo, "", "Let in again by %s: %s", c.Admitted.By, c.Admitted.Reason)
			c.changes++
			return c.fresh(ctx)
		}
		if ctx.Err() != nil {
			return err
		}
		t := troubleOf(err)
		if !retryableTrouble(t.Type) {
			c.Over = "not let in: " + t.Text
			return nil
		}
		if _, err := c.clock.until(ctx, workflow.Now(ctx).Add(patience), "let the person in again", func() bool { return false }); err != nil {
			return err
		}
	}
}

// becomes starts the process that a person needs, as a case of its own; one that runs is told that there is something to
// look at.
func (c *caseCore) becomes(ctx workflow.Context, process Process, main employee.ID, in RoleInput) error {
	id := ID{Process: process, Employee: main}.String()
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	for attempt := 1; ; attempt++ {
		child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, caseOfItsOwn(id, main, process)), string(process), in)
		err := child.GetChildWorkflowExecution().Get(ctx, nil)
		if alreadyRuns(err) {
			change := EmployeeChange{Event: employee.Event{Kind: employee.Changed, Employee: main, Detected: workflow.Now(ctx)}}
			err = workflow.SignalExternalWorkflow(ctx, id, "", EmployeeChanged.Name, change).Get(ctx, nil)
		}
		switch {
		case err == nil:
			return nil
		case attempt == 3: // twice it had ended in the moment in which it was to be told
			return fmt.Errorf("start %s: %w", id, err)
		}
	}
}

// caseOfItsOwn are the options of a case that another one starts and that outlives it.
func caseOfItsOwn(id string, who employee.ID, process Process) workflow.ChildWorkflowOptions {
	return workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: activities.QueueLifecycle, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, StaticSummary: string(process) + " of " + string(who),
		TypedSearchAttributes: temporal.NewSearchAttributes(attrEmployee.ValueSet(string(who)), attrProcess.ValueSet(string(process))),
	}
}

func alreadyRuns(err error) bool { return temporal.IsWorkflowExecutionAlreadyStartedError(err) }
