package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

// Build plans the whole offboarding of one person. It is pure: at is when the plan is made and nothing else of the
// clock is used. No step is ever dropped: what needs not be done, or not by Tenure, is in the plan with a preset
// and a note. A system whose facts are nil could not be read; its steps are planned as if the account existed.
//
// The error says what about the person is missing, or names the steps whose order cannot work.
func Build(p policy.Policy, e employee.Employee, f Facts, at time.Time) (Plan, error) {
	if e.ID == "" {
		return Plan{}, fmt.Errorf("the leaver has no employee id; take the person from the directory")
	}
	b := builder{policy: p, person: e, facts: f, heir: firstHeir(f.Managers, e)}
	steps := b.postpone(followGroups(inOrder(b.steps())))
	if err := Check(steps, f); err != nil {
		return Plan{}, fmt.Errorf("policy %s cannot be carried out for %s: %w", p.Source, e.ID, err)
	}
	return Plan{PolicyHash: p.Hash(), BuiltAt: at, Steps: steps, Heir: b.heir, Settings: SettingsFor(p, e, b.heir)}, nil
}

// ContainSteps is the part of the plan that needs no facts, so that containment waits for none: everything the
// policy does in containment but for the devices, which have to be found first (see [LockSteps]).
//
// okta.deactivate is among it where policy says so. Hold it back while the facts say that Okta's deactivations
// cascade to Google, or while Okta could not be read: Build then moves it behind google.suspend.
func ContainSteps(p policy.Policy, e employee.Employee) []Step {
	b := builder{policy: p, person: e}
	var out []Step
	for _, stage := range p.Order() {
		if Phase(stage.Phase) != Contain {
			continue
		}
		for _, a := range stage.Actions {
			if Action(a) != JamfLock {
				out = append(out, b.single(Action(a), Contain))
			}
		}
	}
	return out
}

// EffectiveAt is the moment at which somebody leaves on a given day: the policy's hour on the clocks of the
// leaver's own zone.
func EffectiveAt(p policy.Policy, e employee.Employee, day employee.Date) time.Time {
	return policy.Instant(day, p.Offboard.At, p.Zone(e))
}

// builder makes the steps of one plan.
type builder struct {
	policy policy.Policy
	person employee.Employee
	facts  Facts
	heir   *Heir
}

func firstHeir(heirs []Heir, leaver employee.Employee) *Heir {
	for _, h := range heirs {
		if h.Employee != leaver.ID && !strings.EqualFold(h.Email, leaver.Email) && h.Email != "" {
			return &h
		}
	}
	return nil
}

// steps is every action in the policy's order, and those that the policy leaves out, so that people see that
// they were.
func (b builder) steps() []Step {
	var out []Step
	for _, stage := range b.policy.Order() {
		for _, a := range stage.Actions {
			out = append(out, b.expand(Action(a), Phase(stage.Phase))...)
		}
	}
	for _, a := range b.policy.LeftOut() {
		s := b.single(Action(a), Phase(policy.DefaultPhase(a)))
		s.Preset, s.Note = IgnoredByPolicy, "the policy's order leaves it out"
		out = append(out, s)
	}
	return b.withNeeds(out)
}

// expand is the steps of one action: one per application or device where it has an object.
func (b builder) expand(a Action, phase Phase) []Step {
	switch a { //nolint:exhaustive // the others have no object
	case AppRevoke:
		return b.apps(phase)
	case JamfLock:
		return b.locks(phase)
	case DeviceReturn:
		return b.returns(phase)
	}
	return []Step{b.single(a, phase)}
}

// single is the step of an action that has no object.
func (b builder) single(a Action, phase Phase) Step {
	s := b.step(a, "", phase)
	s.Preset, s.Note = b.preset(a)
	return s
}

// step is a step without preset.
func (b builder) step(a Action, object string, phase Phase) Step {
	e, _ := Lookup(a)
	title := e.Title
	if b.heir == nil && e.Nobody != "" {
		title = e.Nobody
	}
	if b.heir != nil {
		title = policy.Fill(title, "{heir}", b.heir.Name)
	}
	return Step{ID: a.For(object), Phase: phase, Title: title, Critical: e.Critical}
}

// needs are the steps that must be proved, or waived by a person, before another one begins.
//
// google.suspend does not wait for google.transfer: a suspended account can still be transferred from, and one
// that nobody suspends because a transfer hangs stays open.
var needs = map[Action]Action{
	GoogleOrgUnit: GoogleDelegate,   // a unit without Gmail would end the delegation: move only what is verified
	GoogleSuspend: GoogleUndelegate, // a delegate left behind is let in again when a rehire is un-suspended
}

func (b builder) withNeeds(steps []Step) []Step {
	planned := map[StepID]bool{}
	for _, s := range steps {
		planned[s.ID] = !s.Preset.Ended()
	}
	for i, s := range steps {
		if n, ok := needs[s.ID.Action()]; ok && planned[StepID(n)] {
			steps[i].Needs = append(steps[i].Needs, StepID(n))
		}
		if s.App != nil && s.App.Scope == scopeGroup && s.Preset == "" && planned[StepID(OktaGroups)] {
			steps[i].Needs = append(steps[i].Needs, StepID(OktaGroups))
		}
	}
	return steps
}

// followGroups moves the applications that go with a group behind okta.groups where the policy's order has them
// before it: they would wait for it in a phase that ends without it.
func followGroups(steps []Step) []Step {
	groups := position(steps, StepID(OktaGroups))
	if groups < 0 {
		return steps
	}
	var out, moved []Step
	for i, s := range steps {
		if i < groups && slices.Contains(s.Needs, StepID(OktaGroups)) {
			s.Phase = steps[groups].Phase
			moved = append(moved, s)
			continue
		}
		out = append(out, s)
		if i == groups {
			out = append(out, moved...)
		}
	}
	return out
}

// postpone moves what would suspend the Google account through Okta behind the end of the lease: the Okta user
// stays suspended, which blocks every sign-in, until the mailbox is no longer lent and Google is suspended by us.
func (b builder) postpone(steps []Step) []Step {
	suspend := position(steps, StepID(GoogleSuspend))
	var out, moved []Step
	for i, s := range steps {
		if s.ID.Action() == OktaDeactivate && b.facts.cannotWait() {
			s.Note = "the user is " + b.facts.Okta.Status + ", which Okta does not suspend, so it is deactivated at once; Okta suspends the Google account with it, and the mailbox can be lent only after somebody has unsuspended it"
		}
		cuts := b.facts.cutsGoogle(s)
		if i < suspend && (cuts || needsOneOf(s, moved)) {
			s.Phase = steps[suspend].Phase
			if cuts {
				s.Note = b.whyPostponed()
				s.Needs = append(s.Needs, StepID(GoogleSuspend))
			}
			moved = append(moved, s)
			continue
		}
		out = append(out, s)
		if i == suspend {
			out = append(out, sortedLast(moved)...)
		}
	}
	return out
}

func needsOneOf(s Step, others []Step) bool {
	return slices.ContainsFunc(others, func(o Step) bool { return slices.Contains(s.Needs, o.ID) })
}

// sortedLast puts okta.deactivate behind its companions: it ends what they need.
func sortedLast(steps []Step) []Step {
	var out, last []Step
	for _, s := range steps {
		if s.ID.Action() == OktaDeactivate {
			last = append(last, s)
			continue
		}
		out = append(out, s)
	}
	return append(out, last...)
}

func (b builder) whyPostponed() string {
	what := "Okta would suspend the Google account with this step and end the loan of the mailbox"
	if b.facts.Okta == nil {
		what = "Okta could not be read, and it may suspend the Google account with this step and end the loan of the mailbox"
	}
	return what + ": done after google.suspend; until then the Okta user stays suspended"
}

func position(steps []Step, id StepID) int {
	for i, s := range steps {
		if s.ID == id {
			return i
		}
	}
	return -1
}
