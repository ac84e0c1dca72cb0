package workflows

import (
	"fmt"
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
	if err := c.confirmRehire(ctx); err != nil || c.Over != "" {
		return err
	}
	if err := c.makeWay(ctx); err != nil {
		return err
	}
	return c.admit(ctx)
}

func (c *roleCase) confirmRehire(ctx workflow.Context) error {
	switch {
	case c.Admitted != nil:
		return nil
	case c.Request.Readmit:
		c.Admitted = &PersonSays{By: c.Request.Actor, Reason: c.Request.Reason, Employee: c.Request.ActorEmployee}
		return nil
	case c.Rehire && !c.Settings.Role.AskRehire:
		c.Admitted = &PersonSays{By: c.Ref.Actor, Reason: "HR made the record active again; the policy asks nobody (onboard.rehire)"}
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

func (c *roleCase) whyAsked() string {
	if c.Now.ShutBy != "" {
		return fmt.Sprintf("HR says that %s works here, and %s has ended their access", c.Ref.Employee, c.Now.ShutBy)
	}
	return fmt.Sprintf("HR made %s active again", c.Ref.Employee)
}

// makeWay tells the offboarding that still runs that its leaver is back, and waits until it takes nothing away any more.
func (c *roleCase) makeWay(ctx workflow.Context) error {
	id := OffboardID(c.Ref.Employee).String()
	told := false
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		c.busy++
		st, err := call(ctx, activities.AskStanding, activities.StandingOf{Employee: c.Ref.Employee}, "does the offboarding still run", lane{})
		if err == nil && st.Leaving && !told {
			change := EmployeeChange{Confirmed: c.Admitted, Event: employee.Event{Kind: employee.Returned, What: []employee.Class{employee.Rehire},
				Employee: c.Ref.Employee, Detected: workflow.Now(ctx)}}
			told = workflow.SignalExternalWorkflow(ctx, id, "", EmployeeChanged.Name, change).Get(ctx, nil) == nil
		}
		c.busy--
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && !st.Leaving:
			return nil
		}
		if _, err := c.clock.until(ctx, workflow.Now(ctx).Add(wait), "the offboarding makes way", func() bool { return false }); err != nil {
			return err
		}
	}
}

func (c *roleCase) admit(ctx workflow.Context) error {
	for patience := mirrorPatience; ; patience = min(2*patience, openRarest) {
		c.busy++
		_, err := call(ctx, activities.CaseAdmit, activities.Admit{CaseRef: c.Ref, By: c.Admitted.By, Reason: c.Admitted.Reason, At: workflow.Now(ctx)}, "let the person in again", lane{})
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

// becomes starts the process that another record's person needs, as a case of its own.
func (c *roleCase) becomes(ctx workflow.Context, process Process, main employee.ID, in RoleInput) error {
	id := ID{Process: process, Employee: main}.String()
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, caseOfItsOwn(id, main, process)), string(process), in)
	err := child.GetChildWorkflowExecution().Get(ctx, nil)
	if alreadyRuns(err) { // it is told that there is something to look at
		change := EmployeeChange{Event: employee.Event{Kind: employee.Changed, Employee: main, Detected: workflow.Now(ctx)}}
		err = workflow.SignalExternalWorkflow(ctx, id, "", EmployeeChanged.Name, change).Get(ctx, nil)
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", id, err)
	}
	return nil
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
