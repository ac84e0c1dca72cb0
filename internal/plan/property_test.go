package plan

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"tenure/internal/policy"
)

// world is one combination of what can be found about a leaver and of the policy, with its plan.
type world struct {
	name   string
	policy policy.Policy
	facts  Facts
	plan   Plan
}

var (
	worldsOnce sync.Once
	worlds     []world
)

// everyWorld calls f with every combination. The plans are built once for all properties.
func everyWorld(t *testing.T, f func(t *testing.T, w world)) {
	t.Helper()
	worldsOnce.Do(func() {
		for policyName, p := range orders(t) {
			for oktaName, okta := range oktaWorlds() {
				for googleName, google := range googleWorlds() {
					for devicesName, devices := range deviceWorlds() {
						for heirs, managers := range [][]Heir{nil, {manager()}} {
							name := fmt.Sprintf("policy %s, okta %s, google %s, devices %s, %d heirs", policyName, oktaName, googleName, devicesName, heirs)
							facts := Facts{Okta: okta, Google: google, Devices: devices, Managers: managers}
							worlds = append(worlds, world{name, p, facts, build(t, p, leaverFrom("US"), facts)})
						}
					}
				}
			}
		}
	})
	if len(worlds) == 0 {
		t.Fatal("there is no world: building one failed")
	}
	for _, w := range worlds {
		f(t, w)
	}
}

func orders(t *testing.T) map[string]policy.Policy {
	order := func(l policy.Lists) policy.Policy {
		return testPolicy(t, func(p *policy.Policy) { p.Offboard.Order = l })
	}
	usual := testPolicy(t).Order()[0].Actions
	noInbox := append(slices.DeleteFunc(slices.Clone(usual), func(a string) bool { return a == "okta.deactivate" || a == "slack.account" }),
		"google.forwarding", "google.suspend")
	return map[string]policy.Policy{
		"default":           order(policy.Lists{}),
		"late deactivation": order(policy.Lists{LeaseEnd: []string{"google.undelegate", "google.suspend", "okta.groups", "okta.deactivate"}}),
		"deactivate first":  order(policy.Lists{HandOver: []string{"okta.deactivate", "okta.groups", "google.forwarding", "google.delegate", "google.transfer"}}),
		"apps last":         order(policy.Lists{Apps: []string{}, LeaseEnd: []string{"app.revoke", "okta.groups", "google.undelegate", "google.suspend"}}),
		"google by its owner": testPolicy(t, func(p *policy.Policy) {
			p.Apps.Listed["google"] = policy.App{Method: policy.Delegate}
		}),
		"no inbox": order(policy.Lists{Contain: noInbox, HandOver: []string{"okta.deactivate", "google.transfer"}, LeaseEnd: []string{}}),
	}
}

func oktaWorlds() map[string]*OktaFacts {
	worlds := map[string]*OktaFacts{"unreadable": nil, "absent": {}}
	for _, status := range []string{"ACTIVE", "LOCKED_OUT", "DEPROVISIONED"} {
		for _, cascades := range []bool{false, true} {
			for _, scope := range []string{scopeUser, scopeGroup} {
				o := *allFacts().Okta
				o.Status, o.CascadesToGoogle = status, cascades
				o.Apps[0].Scope = scope
				worlds[fmt.Sprintf("%s, cascades %v, google by %s", status, cascades, scope)] = &o
			}
		}
	}
	worlds["without apps"] = &OktaFacts{Exists: true, Status: "ACTIVE", CascadesToGoogle: true}
	return worlds
}

func googleWorlds() map[string]*GoogleFacts {
	return map[string]*GoogleFacts{
		"unreadable": nil, "absent": {}, "active": allFacts().Google,
		"suspended": {Exists: true, Suspended: true}, "without mailbox": {Exists: true},
	}
}

func deviceWorlds() map[string]*DeviceFacts {
	return map[string]*DeviceFacts{
		"unreadable": nil, "none": {},
		"some": {Devices: []Device{laptop("1", "S1"), laptop("2", "S2"), {ID: "3", Serial: "P1", Kind: Mobile}, {ID: "4", Kind: Computer}}},
	}
}

func TestBuild_EveryPlanPassesCheck(t *testing.T) {
	everyWorld(t, func(t *testing.T, w world) {
		if err := Check(w.plan.Steps, w.facts); err != nil {
			t.Errorf("%s: %v", w.name, err)
		}
	})
}

func TestBuild_LosesNoStep(t *testing.T) {
	everyWorld(t, func(t *testing.T, w world) {
		ids, actions := map[StepID]int{}, map[Action]int{}
		for _, s := range w.plan.Steps {
			ids[s.ID]++
			actions[s.ID.Action()]++
		}
		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: %s is planned %d times", w.name, id, n)
			}
		}
		for _, e := range Catalogue() {
			if want := wanted(e.Action, w.facts); actions[e.Action] != want {
				t.Errorf("%s: %d steps of %s, want %d", w.name, actions[e.Action], e.Action, want)
			}
		}
	})
}

// wanted is how many steps of an action there must be: one for each thing found, or one line that says why none.
func wanted(a Action, f Facts) int {
	things := func(known bool, n, line int) int {
		if !known || n == 0 {
			return line
		}
		return n
	}
	switch a {
	case AppRevoke:
		return things(f.Okta != nil, len(okta(f).Apps), 1)
	case JamfLock:
		return things(f.Devices != nil, len(devices(f).Devices), 1)
	case DeviceReturn:
		return things(f.Devices != nil, len(devices(f).Devices), 0) // the line of jamf.lock stands for it
	}
	return 1
}

func okta(f Facts) OktaFacts {
	if f.Okta == nil {
		return OktaFacts{}
	}
	return *f.Okta
}

func devices(f Facts) DeviceFacts {
	if f.Devices == nil {
		return DeviceFacts{}
	}
	return *f.Devices
}

// A step that needed one of a later phase would wait for ever.
func TestBuild_NeedsStandBefore(t *testing.T) {
	everyWorld(t, func(t *testing.T, w world) {
		steps := w.plan.Steps
		for i, s := range steps {
			for _, n := range s.Needs {
				if at := position(steps, n); at < 0 || at >= i {
					t.Errorf("%s: %s needs %s, which stands at %d, itself at %d", w.name, s.ID, n, at, i)
				}
			}
		}
	})
}

// The promise behind the postponing: while we lend a mailbox, nothing of ours in Okta suspends the account.
func TestBuild_NothingCutsGoogleWhileTheMailboxIsLent(t *testing.T) {
	everyWorld(t, func(t *testing.T, w world) {
		steps := w.plan.Steps
		end := position(steps, StepID(GoogleUndelegate))
		if steps[end].Preset.Ended() {
			return
		}
		for _, s := range steps[:end] {
			if w.facts.cutsGoogle(s) {
				t.Errorf("%s: %s would suspend the Google account before google.undelegate", w.name, s.ID)
			}
		}
	})
}

func TestBuild_PresetsSayWhy_AndStepsHaveTitles(t *testing.T) {
	everyWorld(t, func(t *testing.T, w world) {
		for _, s := range w.plan.Steps {
			if s.Preset != "" && s.Note == "" || s.Title == "" || slices.Contains([]State{Verified, Skipped, Pending, Running, Waiting}, s.Preset) {
				t.Errorf("%s: %+v", w.name, s)
			}
		}
	})
}

func TestBuild_CriticalStepsEndBeforehand_OnlyForWantOfAnObjectOrByPolicy(t *testing.T) {
	everyWorld(t, func(t *testing.T, w world) {
		left := w.policy.LeftOut()
		for _, s := range w.plan.Steps {
			if !s.Critical || !s.Preset.Ended() {
				continue
			}
			excused := slices.Contains(left, string(s.ID.Action())) || s.Preset == NotApplicable || s.Preset == AlreadyAbsent
			if !excused {
				t.Errorf("%s: %s is %s from the start", w.name, s.ID, s.Preset)
			}
		}
	})
}

func TestBuild_IsPure(t *testing.T) {
	p, f := testPolicy(t), allFacts()
	first := build(t, p, leaverFrom("US"), f)
	if !reflect.DeepEqual(first, build(t, p, leaverFrom("US"), f)) || !reflect.DeepEqual(f, allFacts()) || p.Hash() != testPolicy(t).Hash() {
		t.Error("building a plan twice gives two plans, or changes what it was built from")
	}
}
