package policy

import (
	"fmt"
	"slices"
	"strings"

	"tenure/internal/nearest"
)

// The phases of an offboarding that hold actions, in the order in which they begin.
const (
	PhaseContain  = "contain"
	PhaseHandOver = "hand_over"
	PhaseApps     = "apps"
	PhaseDevices  = "devices"
	PhaseLeaseEnd = "lease_end"
)

// phases lists the phases in the order in which they begin.
var phases = []string{PhaseContain, PhaseHandOver, PhaseApps, PhaseDevices, PhaseLeaseEnd}

// condition is something that is true when a case begins and that a step can end for good.
type condition string

const (
	googleActive condition = "the Google account active"
	oktaAlive    condition = "the Okta account not deactivated"
)

// rule is what the systems themselves demand of one action's place in an order.
type rule struct {
	action string
	// phases are where the action may stand; the first is its default. What takes access away stays in
	// containment: that is the promise of a minute.
	phases []string
	// optional actions may be left out of an order. The others are what a leaver must not keep.
	optional bool
	needs    []condition // must still hold when the step runs
	ends     []condition // no longer hold after the step
	// after names actions that come first where both are in the order, each with the reason.
	after map[string]string
}

var inContain = []string{PhaseContain}

// rules is every action an order may name, in the default order.
//
// Sources: Google answers mailbox calls only while the account is active, and suspending it ends the delegation
// (Admin SDK and Gmail API documentation, and reports of practitioners about backup codes); factors of a
// deactivated Okta user cannot be unenrolled, a user that is not active cannot be suspended, and deactivation is
// pushed into Google where the app has PUSH_USER_DEACTIVATION (Okta documentation).
var rules = []rule{
	{action: "okta.roles", phases: inContain, needs: []condition{oktaAlive}},
	{action: "okta.suspend", phases: inContain, needs: []condition{oktaAlive}},
	{action: "okta.sessions", phases: inContain, needs: []condition{oktaAlive},
		after: map[string]string{"okta.suspend": "while sign-in is open a new session can begin at once"}},
	{action: "okta.factors", phases: inContain, needs: []condition{oktaAlive},
		after: map[string]string{"okta.suspend": "a person who can still sign in can enrol a new factor"}},
	{action: "okta.grants", phases: inContain, needs: []condition{oktaAlive}},
	{action: "okta.devices", phases: inContain, needs: []condition{oktaAlive}},
	{action: "google.roles", phases: inContain, needs: []condition{googleActive}},
	{action: "google.password", phases: inContain},
	{action: "google.sessions", phases: inContain,
		after: map[string]string{"google.password": "with the old password the person signs in again"}},
	{action: "google.tokens", phases: inContain, needs: []condition{googleActive},
		after: map[string]string{"google.password": "with the old password the person makes new tokens"}},
	{action: "jamf.lock", phases: inContain},
	{action: "slack.account", phases: inContain, optional: true},
	{action: "okta.deactivate", phases: []string{PhaseContain, PhaseHandOver, PhaseApps, PhaseLeaseEnd},
		ends: []condition{oktaAlive}},

	{action: "google.forwarding", phases: []string{PhaseHandOver, PhaseContain}, needs: []condition{googleActive}},
	{action: "google.delegate", phases: []string{PhaseHandOver}, optional: true, needs: []condition{googleActive}},
	{action: "google.autoreply", phases: []string{PhaseHandOver}, optional: true, needs: []condition{googleActive}},
	{action: "google.transfer", phases: []string{PhaseHandOver}},
	{action: "google.groups", phases: []string{PhaseHandOver, PhaseApps, PhaseLeaseEnd}, optional: true},
	{action: "google.hide", phases: []string{PhaseHandOver, PhaseContain, PhaseLeaseEnd}, optional: true},
	{action: "google.orgunit", phases: []string{PhaseHandOver, PhaseLeaseEnd}, optional: true,
		after: map[string]string{"google.delegate": "the delegate must be verified before the move and once more after it"}},

	{action: "okta.groups", phases: []string{PhaseApps, PhaseHandOver, PhaseLeaseEnd}, optional: true},
	{action: "app.revoke", phases: []string{PhaseApps, PhaseLeaseEnd}},

	{action: "device.return", phases: []string{PhaseDevices}},

	{action: "google.undelegate", phases: []string{PhaseLeaseEnd}, optional: true, needs: []condition{googleActive},
		after: map[string]string{"google.delegate": "it ends what the delegation began"}},
	{action: "google.suspend", phases: []string{PhaseLeaseEnd, PhaseHandOver, PhaseContain},
		ends: []condition{googleActive}},
}

func ruleFor(action string) (rule, bool) {
	i := slices.IndexFunc(rules, func(r rule) bool { return r.action == action })
	if i < 0 {
		return rule{}, false
	}
	return rules[i], true
}

// Actions is every action an order may name, in the default order.
func Actions() []string {
	out := make([]string, len(rules))
	for i, r := range rules {
		out[i] = r.action
	}
	return out
}

// DefaultPhase is where an action stands when the policy does not say; empty for an unknown action.
func DefaultPhase(action string) string {
	r, ok := ruleFor(action)
	if !ok {
		return ""
	}
	return r.phases[0]
}

// MayBeLeftOut says whether an order may do without the action.
func MayBeLeftOut(action string) bool {
	r, ok := ruleFor(action)
	return ok && r.optional
}

// Stage is one phase with its actions in order.
type Stage struct {
	Phase   string
	Actions []string
}

// Order is the order in force: every phase, in the order in which they begin. A phase that the policy lists is as
// listed; the others keep their default, less the actions that the policy lists elsewhere.
func (p Policy) Order() []Stage {
	lists := p.Offboard.Order.byPhase()
	moved := map[string]bool{}
	for _, actions := range lists {
		for _, a := range actions {
			moved[a] = true
		}
	}
	var out []Stage
	for _, phase := range phases {
		if lists[phase] != nil {
			out = append(out, Stage{phase, slices.Clone(lists[phase])})
			continue
		}
		out = append(out, Stage{phase, defaultsOf(phase, moved)})
	}
	return out
}

func defaultsOf(phase string, moved map[string]bool) []string {
	var out []string
	for _, r := range rules {
		if r.phases[0] == phase && !moved[r.action] {
			out = append(out, r.action)
		}
	}
	return out
}

// LeftOut lists the actions that the policy's order does without.
func (p Policy) LeftOut() []string {
	in := map[string]bool{}
	for _, s := range p.Order() {
		for _, a := range s.Actions {
			in[a] = true
		}
	}
	var out []string
	for _, a := range Actions() {
		if !in[a] {
			out = append(out, a)
		}
	}
	return out
}

func (l Lists) byPhase() map[string][]string {
	return map[string][]string{
		PhaseContain: l.Contain, PhaseHandOver: l.HandOver, PhaseApps: l.Apps,
		PhaseDevices: l.Devices, PhaseLeaseEnd: l.LeaseEnd,
	}
}

// Placed is one step in its place, for [Clashes].
type Placed struct {
	ID     string // what people call it: the action, or a step id with its object
	Action string
	Phase  string
	// CutsGoogle is set for a step that suspends the Google account of this one person although it acts on Okta:
	// a fact of the company's Okta, which a policy file cannot know.
	CutsGoogle bool
}

// Clash is a pair of steps whose order cannot work.
type Clash struct {
	First, Second Placed
	Why           string // names both steps
	Mend          string
}

// Error says why the order cannot work and what to change.
func (c Clash) Error() string { return c.Why + ": " + c.Mend }

// Clashes finds the pairs of steps whose order cannot work: a step that comes too late because an earlier one has
// ended what it needs, and a step that comes before one that must precede it.
func Clashes(steps []Placed) []Clash {
	var out []Clash
	for i, first := range steps {
		for _, second := range steps[i+1:] {
			if c, found := clash(first, second); found {
				out = append(out, c)
			}
		}
	}
	return out
}

func clash(first, second Placed) (Clash, bool) {
	a, known := ruleFor(first.Action)
	b, alsoKnown := ruleFor(second.Action)
	if !known || !alsoKnown {
		return Clash{}, false
	}
	if why, ok := a.after[second.Action]; ok {
		return Clash{first, second,
			fmt.Sprintf("%s stands before %s, but %s", first.ID, second.ID, why),
			fmt.Sprintf("put %s first", second.ID)}, true
	}
	ended := a.ends
	if first.CutsGoogle {
		ended = append(slices.Clone(ended), googleActive)
	}
	for _, c := range ended {
		if slices.Contains(b.needs, c) {
			return Clash{first, second,
				fmt.Sprintf("%s stands before %s, which needs %s", first.ID, second.ID, c),
				mendFor(first, second, a)}, true
		}
	}
	return Clash{}, false
}

// NeedsGoogle says whether the action works only while the Google account is active.
func NeedsGoogle(action string) bool {
	r, _ := ruleFor(action)
	return slices.Contains(r.needs, googleActive)
}

// mendFor proposes to move the step that ends the condition to its usual phase when that is a later one.
func mendFor(first, second Placed, a rule) string {
	usual := a.phases[0]
	if slices.Index(phases, usual) > slices.Index(phases, first.Phase) &&
		slices.Index(phases, usual) >= slices.Index(phases, second.Phase) {
		return fmt.Sprintf("move %s to %s", first.ID, usual)
	}
	return fmt.Sprintf("put %s after %s", first.ID, second.ID)
}

// misplaced is something wrong with an order, with the place in the file that it is about.
type misplaced struct {
	phase string
	index int // within the phase's list
	text  string
	mend  string
}

// checkOrder finds everything wrong with the order a policy asks for.
func (p Policy) checkOrder() []misplaced {
	lists := p.Offboard.Order.byPhase()
	var out []misplaced
	seen := map[string]string{}
	for _, phase := range phases {
		for i, action := range lists[phase] {
			if text, mend := placeFault(action, phase, seen[action]); text != "" {
				out = append(out, misplaced{phase, i, text, mend})
			}
			seen[action] = phase
		}
	}
	if out = append(out, p.leftOutFaults()...); len(out) > 0 {
		return out
	}
	for _, c := range Clashes(placed(p.Order())) {
		out = append(out, misplaced{c.First.Phase, slices.Index(lists[c.First.Phase], c.First.Action), c.Why, c.Mend})
	}
	return out
}

// placeFault says what is wrong with naming an action in a phase. already is the phase that named it before.
func placeFault(action, phase, already string) (text, mend string) {
	r, known := ruleFor(action)
	switch {
	case !known:
		return fmt.Sprintf("%s is no action", action), nearest.Mend(action, Actions())
	case already != "":
		return fmt.Sprintf("%s stands in the order twice (also in %s)", action, already), "leave one of the two out"
	case !slices.Contains(r.phases, phase):
		return fmt.Sprintf("%s cannot be done in %s", action, phase), "move it to " + strings.Join(r.phases, " or ")
	}
	return "", ""
}

func (p Policy) leftOutFaults() []misplaced {
	var out []misplaced
	left := p.LeftOut()
	for _, action := range left {
		if !MayBeLeftOut(action) {
			phase := DefaultPhase(action)
			out = append(out, misplaced{phase, -1, fmt.Sprintf("the order leaves out %s, without which a leaver keeps access or property", action),
				fmt.Sprintf("add %s to %s", action, phase)})
		}
	}
	lent, ended := !slices.Contains(left, "google.delegate"), !slices.Contains(left, "google.undelegate")
	if lent && !ended {
		out = append(out, misplaced{PhaseLeaseEnd, -1, "google.delegate is in the order without google.undelegate, so the mailbox would be lent for ever",
			"add google.undelegate to lease_end, before google.suspend"})
	}
	return out
}

func placed(order []Stage) []Placed {
	var out []Placed
	for _, s := range order {
		for _, a := range s.Actions {
			out = append(out, Placed{ID: a, Action: a, Phase: s.Phase})
		}
	}
	return out
}
