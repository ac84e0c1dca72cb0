package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
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
		if m.Sure {
			return true, c.join(ctx, m.Employee, c.Ref.Actor, "the policy takes the same "+m.By+" for the same person", false)
		}
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
	if err := c.becomes(ctx, process, main, in); err != nil {
		return err
	}
	c.Over = fmt.Sprintf("record %s is %s's: %s goes on", c.Ref.Employee, main, ID{Process: process, Employee: main})
	return nil
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
	if c.isSubject(in) {
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
		says := in.PersonSays
		c.Admitted = &says
	}
	c.settle(ctx, r, activities.Outcome{Step: r.ID, State: state, Detail: fmt.Sprintf("%s: %s", in.By, in.Reason), Verified: workflow.Now(ctx)})
	return nil
}

// isSubject says whether it is the person the case is about who speaks.
func (c *roleCase) isSubject(in StepRequest) bool {
	_, who, _ := strings.Cut(in.By, ":")
	return in.Employee != "" && slices.Contains(append(c.Now.Records, c.Ref.Employee), in.Employee) ||
		strings.EqualFold(who, c.Person.Email) || employee.ID(who) == c.Person.ID
}

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

// chooseLogin finds the login nobody else has: no living account, no deactivated one, no alias. An account of their own
// keeps its login.
func (c *roleCase) chooseLogin(ctx workflow.Context) error {
	for !c.Named {
		if err := c.fresh(ctx); err != nil {
			return err
		}
		if c.gone() {
			return c.called(ctx)
		}
		if c.Now.Accounts["okta"] != "" || len(c.Now.Logins) == 0 {
			c.Named = true
			return c.noLogin(ctx)
		}
		taken, err := c.takenLogins(ctx)
		if err != nil {
			if _, err := c.clock.until(ctx, workflow.Now(ctx).Add(mirrorPatience), "look for a free login", c.stale); err != nil {
				return err
			}
			continue
		}
		if err := c.pickLogin(ctx, taken); err != nil {
			return err
		}
	}
	return nil
}

// noLogin asks HR where neither its record nor the policy gives a login.
func (c *roleCase) noLogin(ctx workflow.Context) error {
	if c.Now.Accounts["okta"] != "" {
		return nil
	}
	c.Named = false
	r := c.step(plan.Identify, plan.IdentityLogin, "")
	if !r.State.AsksForPerson() {
		r.Owner = "HR"
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.NeedsAttention, Problem: activities.InvalidInput,
			Detail: "HR's record has no work address of the company, and the policy makes none (mapping.login.make)", Mend: "enter the work address in Namely"})
	}
	return workflow.Await(ctx, c.stale)
}

func (c *roleCase) takenLogins(ctx workflow.Context) ([]activities.TakenLogin, error) {
	who := activities.Identity{CaseRef: c.Ref, Email: c.Now.Logins[0], EmployeeNumber: string(c.Person.ID)}
	who.Account = c.Now.Accounts["okta"]
	in := activities.FindLogin{Identity: who, Wanted: c.Now.Logins}
	c.busy++
	defer func() { c.busy-- }()
	okta, err := call(ctx, activities.OktaFindLogin, in, "which logins are taken in Okta", lane{})
	if err != nil {
		return nil, err
	}
	if c.Settings.Role.Google == "" || c.Settings.Role.Google == "none" {
		return okta.Taken, nil
	}
	in.Account = c.Now.Accounts["google"]
	google, err := call(ctx, activities.GoogleFindLogin, in, "which addresses are taken in Google", lane{})
	return append(okta.Taken, google.Taken...), err
}

// pickLogin takes the first wanted login that is free or the person's own. Where HR's own address is somebody else's, a
// person decides, unless the policy has the next one taken.
func (c *roleCase) pickLogin(ctx workflow.Context, taken []activities.TakenLogin) error {
	holder := func(login string) *activities.TakenLogin {
		for i, t := range taken {
			if strings.EqualFold(t.Login, login) && t.Number != string(c.Person.ID) {
				return &taken[i]
			}
		}
		return nil
	}
	first := holder(c.Now.Logins[0])
	asked := c.record(plan.StepID(plan.IdentityLogin))
	if first != nil && c.Now.FromHR && c.Settings.Role.TakenFromHR != "number" && (asked == nil || asked.State != plan.Skipped) {
		return c.askLogin(ctx, *first)
	}
	for _, login := range c.Now.Logins {
		if holder(login) == nil {
			c.Login, c.Named = login, true
			c.settleLogin(ctx, first)
			return nil
		}
	}
	return c.askLogin(ctx, *first)
}

func (c *roleCase) settleLogin(ctx workflow.Context, first *activities.TakenLogin) {
	if r := c.record(plan.StepID(plan.IdentityLogin)); r != nil && !r.State.Ended() {
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.Verified, Detail: "the login is " + c.Login, Verified: workflow.Now(ctx)})
	}
	if first != nil {
		c.say(ctx, activities.EntryInfo, "", "The login is %s: %s is taken (%s, %s). HR is asked to enter it in Namely.", c.Login, first.Login, first.Account, first.Status)
	}
}

func (c *roleCase) askLogin(ctx workflow.Context, t activities.TakenLogin) error {
	if err := c.enter(ctx, phaseIdentify); err != nil {
		return err
	}
	r := c.step(plan.Identify, plan.IdentityLogin, "")
	o := activities.Outcome{Step: r.ID, State: plan.NeedsAttention, Problem: activities.Conflict, Account: t.Account,
		Detail: fmt.Sprintf("%s is taken: account %s (%s)", t.Login, t.Account, t.Status),
		Mend:   "have HR give another address in Namely; skip this step to take the next free login"}
	if t.Number != "" {
		o.Detail += " of employee " + t.Number
	}
	if r.State != o.State || r.Outcome.Detail != o.Detail {
		c.settle(ctx, r, o)
	}
	return workflow.Await(ctx, func() bool { return c.stale() || r.State == plan.Pending || r.State == plan.Skipped })
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
