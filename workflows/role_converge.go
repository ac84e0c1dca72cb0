package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
)

// round brings accounts to the role by these actions, in order: neighbours of one system in one call. What had ended
// before is done again, because what is asked for may be another thing by now; what is as it was is not told again.
func (c *roleCase) round(ctx workflow.Context, phase plan.Phase, actions ...plan.Action) {
	var line []*StepRecord
	for _, a := range actions {
		r := c.step(phase, a, "")
		if r.State == plan.Skipped && r.By != "" && c.Did == c.fingerprint() {
			continue // a person has decided, and nothing has changed since
		}
		line = append(line, r)
	}
	for len(line) > 0 && ctx.Err() == nil && !c.closing && c.Settings.Role.On {
		n := 1
		for n < len(line) && line[n].ID.System() == line[0].ID.System() {
			n++
		}
		c.redo(ctx, line[:n]...)
		line = line[n:]
	}
}

// step is the record of an action, taken up when it is new.
func (c *roleCase) step(phase plan.Phase, a plan.Action, object string) *StepRecord {
	s := plan.RoleStep(a, object).In(phase)
	r := c.record(s.ID)
	if r == nil {
		c.Steps = append(c.Steps, &StepRecord{Step: s, State: plan.Pending})
		r = c.Steps[len(c.Steps)-1]
	}
	return r
}

// redo performs steps of one system, and tells of each outcome that is another than before.
func (c *roleCase) redo(ctx workflow.Context, records ...*StepRecord) {
	was := make([]StepRecord, len(records))
	now := workflow.Now(ctx)
	for i, r := range records {
		was[i] = *r
		r.State, r.Attempts = plan.Running, r.Attempts+1
		if r.Started.IsZero() {
			r.Started = now
		}
	}
	c.busy++
	out, err := c.act(ctx, records)
	c.busy--
	for i, r := range records {
		o := outcomeFor(r, out, err)
		if was[i].Attempts > 0 && holds(was[i].Outcome, o) {
			r.Outcome = seenAgain(was[i].Outcome, o)
			r.State = r.Outcome.State
			continue
		}
		c.settle(ctx, r, o)
	}
}

// holds says whether an outcome is the one before: what was proved is so still, and nothing had to be done for it; or
// what could not be done cannot be done for the same reason.
func holds(was, now activities.Outcome) bool {
	if was.State.Proved() && now.State.Proved() {
		return now.Executed.IsZero()
	}
	return now.State == was.State && now.State != plan.Pending && now.Detail == was.Detail && now.Problem == was.Problem
}

// seenAgain is an outcome that was found to hold still: what was done is what was done then.
func seenAgain(was, now activities.Outcome) activities.Outcome {
	if now.State.Proved() && !was.Executed.IsZero() {
		was.ReadBack, was.Verified = now.ReadBack, now.Verified
		return was
	}
	return now
}

// actOn performs steps of one system.
func (c *roleCase) actOn(ctx workflow.Context, records []*StepRecord) ([]activities.Outcome, error) {
	switch first := records[0]; first.ID.System() {
	case "okta":
		return c.actOnOkta(ctx, records)
	case "google":
		return c.actOnGoogle(ctx, records)
	case "retriever":
		return c.actOnOrder(ctx, first)
	case "tell":
		return c.actOnTell(ctx, first)
	default:
		return nil, refuse(activities.Unsupported, "no system performs %s", first.ID)
	}
}

func (c *roleCase) stepIDs(records []*StepRecord) []plan.StepID {
	ids := make([]plan.StepID, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	return ids
}

// wantedLogin is what the person is to be called: the login that was chosen, or the address that HR gives. Where there is
// neither, an account keeps the login that it has.
func (c *roleCase) wantedLogin() string {
	if c.Login == "" && c.Now.FromHR && len(c.Now.Logins) > 0 {
		return c.Now.Logins[0]
	}
	return c.Login
}

// login is what the person is called, as far as it is known.
func (c *roleCase) login() string {
	for _, login := range []string{c.wantedLogin(), c.OktaLogin} {
		if login != "" {
			return login
		}
	}
	return c.Person.Email
}

// number is the employee number by which an account is known: the leading record's. An account that was never seen is
// looked for by the number under which the person is known longest.
func (c *roleCase) number(system string) string {
	if c.Now.Accounts[system] == "" {
		return string(c.Now.Main)
	}
	return string(c.Person.ID)
}

func (c *roleCase) actOnOkta(ctx workflow.Context, records []*StepRecord) ([]activities.Outcome, error) {
	keep := c.keep(workflow.Now(ctx))
	if slices.ContainsFunc(records, func(r *StepRecord) bool { return r.ID.Action() == plan.OktaJoin }) {
		c.expectGroups(ctx)
	}
	in := activities.ConvergeOkta{CaseRef: c.Ref, Account: c.Now.Accounts["okta"], Login: c.wantedLogin(), EmployeeNumber: c.number("okta"),
		Steps: c.stepIDs(records), Role: c.Now.Role, Given: c.Now.Given, Keep: keep,
		Mail: c.Settings.Role.ActivationMail, Paused: c.Paused}
	out, err := call(ctx, activities.OktaConvergeUser, in, summary(records), lane{})
	if err != nil {
		return nil, err
	}
	c.Now.Given, c.OktaStatus = withOverlap(out.Given, c.Now.Given, c.Now.Role), out.Status
	if out.Login != "" {
		c.OktaLogin = out.Login
	}
	c.Paused = shutBy(c.Paused, out.Steps, plan.OktaPause, plan.OktaResume, plan.OktaOpen)
	c.Now.Given.Paused, c.Now.Given.GooglePaused = c.Paused, c.GooglePaused
	c.Edited = append(c.Edited, out.Changed...)
	c.Gained, c.Lost = union(c.Gained, out.Joined), union(c.Lost, out.Quit)
	if slices.ContainsFunc(records, func(r *StepRecord) bool { return r.ID.Action() == plan.OktaQuit }) {
		c.Manual = out.Manual
	}
	if out.Account != "" && c.Now.Accounts["okta"] == "" {
		c.Now.Accounts["okta"] = out.Account
		c.remember(ctx, "okta", out.Account)
	}
	c.keepGiven(ctx)
	return out.Steps, nil
}

// shutBy says whether it is this case, or a leave before it, that has shut an account, after these outcomes.
func shutBy(was bool, steps []activities.Outcome, shuts plan.Action, opens ...plan.Action) bool {
	for _, o := range steps {
		switch a := o.Step.Action(); {
		case a == shuts && o.State == plan.Verified && !o.Executed.IsZero():
			was = true
		case slices.Contains(opens, a) && o.State.Proved():
			was = false
		}
	}
	return was
}

// union adds to a list what is not in it.
func union(list, more []string) []string {
	for _, g := range more {
		if !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	return list
}

// remember keeps which account is the person's in the identity ledger.
func (c *roleCase) remember(ctx workflow.Context, system, account string) {
	in := activities.LinkAccounts{CaseRef: c.Ref, Accounts: activities.Accounts{system: account}, Method: "converged"}
	if _, err := call(ctx, activities.CaseLink, in, "remember the account", lane{}); err != nil && ctx.Err() == nil {
		c.say(ctx, activities.EntryFailure, "", "The identity ledger refused what was found: %s", troubleOf(err).Text)
	}
}

func (c *roleCase) actOnGoogle(ctx workflow.Context, records []*StepRecord) ([]activities.Outcome, error) {
	in := activities.ConvergeGoogle{CaseRef: c.Ref, Account: c.Now.Accounts["google"], Email: c.login(), Former: c.formerLogin(), Steps: c.stepIDs(records), Person: c.Person,
		OrgUnit: c.Now.Role.OrgUnit, EmployeeNumber: c.number("google"), Create: c.Settings.Role.Google == "direct",
		Suspend: c.Settings.Role.LeaveGoogle == "suspend", Paused: c.GooglePaused || c.Admitted != nil}
	if c.Now.Manager != nil {
		in.ManagerEmail = c.Now.Manager.Email
	}
	out, err := call(ctx, activities.GoogleConvergeUser, in, summary(records), lane{})
	if err != nil {
		return nil, err
	}
	if out.Account != "" && c.Now.Accounts["google"] == "" {
		c.Now.Accounts["google"] = out.Account
		c.remember(ctx, "google", out.Account)
	}
	if was := c.GooglePaused; in.Suspend || was {
		c.GooglePaused = shutBy(was, out.Steps, plan.GooglePause, plan.GoogleResume, plan.GoogleAccount)
		if c.GooglePaused != was {
			c.Now.Given.GooglePaused = c.GooglePaused
			c.keepGiven(ctx)
		}
	}
	return out.Steps, nil
}

// adjust brings both accounts to the role: what is new first, and what is no longer given once that is there.
func (c *roleCase) adjust(ctx workflow.Context, phase plan.Phase) {
	c.round(ctx, phase, plan.OktaProfile, plan.OktaJoin)
	c.missing(ctx)
	if c.mayQuit() {
		c.round(ctx, phase, plan.OktaQuit)
		c.keep(workflow.Now(ctx)) // what has been left is kept no more
		for i, k := range c.Kept {
			c.Kept[i].Tried = !workflow.Now(ctx).Before(k.Until)
		}
	}
	if c.hasGoogle() {
		c.round(ctx, phase, plan.GoogleProfile)
	}
	c.Did = c.fingerprint()
}

// mayQuit says whether what the role no longer gives may be taken away: what it gives instead is there, or is not only
// for want of a person who mends something. Nobody keeps old access for long because a new group is misspelt.
func (c *roleCase) mayQuit() bool {
	join := c.record(plan.StepID(plan.OktaJoin))
	return join == nil || join.State.Ended() || join.State.AsksForPerson() && join.Outcome.Problem != activities.Unavailable
}

// hasGoogle says whether Tenure keeps the Google account in step. One that Okta provides for has what Okta pushes, and two
// who write the same thing undo each other's work.
func (c *roleCase) hasGoogle() bool {
	return c.Settings.Role.Google == "direct"
}

// formerLogin is what the person was called before this case.
func (c *roleCase) formerLogin() string {
	for _, e := range c.Edited {
		if e.Name == "login" {
			return e.Was
		}
	}
	return ""
}

// missing asks HR for what the policy needs and the record does not say.
func (c *roleCase) missing(ctx workflow.Context) {
	faults := c.Now.Role.Faults
	if c.Now.Stand == role.Expected && c.Now.Starts.IsZero() {
		faults = append(slices.Clone(faults), role.Fault{Rule: "start_date", Text: "HR has the person as pending and names no first day", Mend: "enter the start date in Namely"})
	}
	r := c.record(plan.StepID(plan.IdentityHR))
	switch {
	case len(faults) == 0 && (r == nil || r.State.Ended()):
	case len(faults) == 0:
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.Verified, Detail: "HR's record is complete", Verified: workflow.Now(ctx)})
	default:
		r = c.step(plan.Identify, plan.IdentityHR, "")
		var texts, mends []string
		for _, f := range faults {
			texts = append(texts, f.Text)
			if !slices.Contains(mends, f.Mend) {
				mends = append(mends, f.Mend)
			}
		}
		o := activities.Outcome{Step: r.ID, State: plan.NeedsAttention, Problem: activities.InvalidInput,
			Detail: strings.Join(texts, "; "), Mend: strings.Join(mends, "; ")}
		if r.State != o.State || r.Outcome.Detail != o.Detail {
			r.Owner = "HR"
			c.settle(ctx, r, o)
		}
	}
}

// retryStep tries a step again because a person asked for it.
func (c *roleCase) retryStep(ctx workflow.Context, r *StepRecord) {
	c.changes++ // look once more: what kept it may have been mended in HR's records
	if err := c.fresh(ctx); err != nil {
		return
	}
	switch {
	case r.ID.Action() == plan.IdentityHR:
		c.missing(ctx)
	case r.ID.System() == "identity" || r.ID.Action() == stepCase:
		r.State = plan.Pending // whoever waits for it looks again
	default:
		if r.ID.Action() == plan.RetrieverDeploy && r.State == plan.NeedsAttention {
			r.Command = "" // that order is dead, and a person wants another
		}
		c.redo(ctx, r)
	}
	c.changes++ // the rest of the role is looked at again too
}

// roleReadable says whether Tenure can read back what a person says was done.
func roleReadable(r *StepRecord) bool {
	return r.ID.System() == "okta" || r.ID.System() == "google" || r.ID.Action() == plan.IdentityHR || r.ID.Action() == plan.IdentityLogin
}

// follow asks for a long step until it has ended; after the deadline it is somebody's job, and is asked for still.
func (c *roleCase) follow(ctx workflow.Context, r *StepRecord, every, deadline time.Duration) {
	name := string(r.ID)
	if c.lanes[name] {
		return
	}
	c.lanes[name] = true
	workflow.GoNamed(ctx, name, func(ctx workflow.Context) {
		defer func() { c.lanes[name] = false }()
		for !r.State.Ended() && ctx.Err() == nil {
			if _, err := c.clock.until(ctx, workflow.Now(ctx).Add(every), "ask for "+name, r.State.Ended); err != nil || r.State.Ended() {
				return
			}
			c.ask(ctx, r, deadline)
		}
	})
}

func (c *roleCase) ask(ctx workflow.Context, r *StepRecord, deadline time.Duration) {
	c.busy++
	found, err := c.act(ctx, []*StepRecord{r})
	c.busy--
	if err != nil || r.State.Ended() {
		return // the vendor did not answer; the next question does
	}
	o := outcomeFor(r, found, nil)
	if o.State == plan.Waiting && workflow.Now(ctx).Sub(r.Started) > deadline {
		o.State, o.Problem, o.Mend = plan.NeedsAttention, activities.Unavailable, plan.Runbook(r.ID)
	}
	if o.State != r.State || o.Detail != r.Outcome.Detail {
		c.settle(ctx, r, o)
	}
}

// overtaken says whether the gate kept something back: where the person stands has changed since the last look.
func (c *roleCase) overtaken() bool {
	return slices.ContainsFunc(c.Steps, func(r *StepRecord) bool {
		return r.State == plan.NotApplicable && r.Outcome.Problem == activities.Conflict
	})
}
