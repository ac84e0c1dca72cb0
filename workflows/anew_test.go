package workflows_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/workflows"
)

// sequel plays the case that HR began, and then every case that it makes way for, each in an environment of its own, as
// a server does. cues are called at the beginning of each with how much time has passed since the opening.
func (s *stage) sequel(r workflows.OffboardRequest, cues func(scene int, since time.Duration)) (last activities.CaseView, inputs []workflows.OffboardInput) {
	s.Helper()
	in := workflows.OffboardInput{Request: r}
	for scene := 0; ; scene++ {
		inputs = append(inputs, in)
		cues(scene, s.env.Now().Sub(opening))
		s.env.SetDetachedChildWait(false)
		s.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.OffboardID(r.Employee).String(), TaskQueue: activities.QueueLifecycle})
		s.env.ExecuteWorkflow(string(workflows.ProcessOffboard), in)
		var next *workflow.ContinueAsNewError
		if err := s.env.GetWorkflowError(); !errors.As(err, &next) {
			s.must(err)
			var out workflows.OffboardResult
			s.must(s.env.GetWorkflowResult(&out))
			return out.View, inputs
		}
		in = workflows.OffboardInput{}
		s.must(converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
		now := s.env.Now()
		s.light()
		s.env.SetStartTime(now)
		s.register()
	}
}

// leftAnew is what must hold once the second case has run: it was contained soon after the word, it has a card, a ticket
// and evidence of its own, and the first one's is sealed and its card closed.
func (s *stage) leftAnew(first string, v activities.CaseView, inputs []workflows.OffboardInput, word time.Time) {
	s.Helper()
	if len(inputs) != 2 {
		s.Fatalf("%d cases", len(inputs))
	}
	for _, id := range []plan.StepID{"okta.deactivate", "okta.sessions", "google.password", "google.sessions"} {
		if got := step(v, id); !got.State.Proved() || got.Verified.Sub(word) > 2*time.Minute {
			s.Errorf("asked for at %s, %s is %s at %s: %s", word, id, got.State, got.Verified, got.Detail)
		}
	}
	if v.Outcome != "completed" {
		s.Errorf("%s", v.Headline)
	}
	if v.Run == "" || v.Run != inputs[1].Run {
		s.Errorf("the second case is run %q, asked for as %q", v.Run, inputs[1].Run)
	}
	cards, all := s.cards(), 0
	for _, c := range cards {
		if strings.Contains(c.Text, "Closed: "+first) || strings.Contains(c.Text, "Closed: completed") {
			all++
		}
	}
	tickets, _ := s.tickets()
	if len(cards) != 2 || all != 2 || len(tickets) != 2 {
		s.Errorf("%d cards, %d of them closed, %d tickets", len(cards), all, len(tickets))
		for _, c := range cards {
			s.Logf("card %s", c.Text)
		}
	}
	s.told("a new case begins")
	records, err := s.store.CaseEvidence(s.Context(), v.Case)
	s.must(err)
	seals, after := map[string]int{}, 0
	for _, r := range records {
		if seals[r.Run] > 0 {
			after++
		}
		if r.Activity == "case.Seal" {
			seals[r.Run]++
		}
	}
	if len(seals) != 2 || after != 0 {
		s.Errorf("seals of the runs %v, %d records after the seal of their run", seals, after)
	}
	if u := s.oktaUser(); u.Status != "DEPROVISIONED" {
		s.Errorf("Okta: %s", u.Status)
	}
	if u := s.googleUser(); !u.Suspended {
		s.Errorf("Google: %s", u.State())
	}
}

// back says that the laptop is here, in the words of the second case's own return, and that people have seen to what is
// left: a Mac that was locked before cannot be reached to be locked again.
func (s *stage) back(at time.Duration) {
	s.skipAll(at + 20*day)
	s.after(at, func() {
		serial := s.laptop().Serial
		if s.env.SignalWorkflowByID(s.returnID(), workflows.LaptopReceived.Name, workflows.LaptopReceipt{By: "cli:it", Serial: serial, At: s.env.Now()}) != nil {
			s.env.SignalWorkflow(workflows.ShipmentMoved.Name, workflows.ShipmentMove{State: plan.Verified, Text: "back in stock",
				View: activities.ReturnView{Serial: serial, Milestone: activities.InStock}})
		}
	})
}

// A rescinded case that waits for somebody to type a PIN is not in the way of the person who leaves after all.
func TestAnew_RescindedWithAnOpenTask_ThenLeft_ContainedAgain(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*stage){
		"HR": func(s *stage) { s.hears(5*day, employee.Left, time.Time{}) },
		"an emergency": func(s *stage) {
			a := s.ask(5*day, workflows.Reschedule.Name, hurry("slack:U1"))
			s.after(5*day+time.Second, func() { s.agreed(a) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, brisk)
			v, inputs := s.sequel(s.request(), func(scene int, since time.Duration) {
				if scene > 0 {
					s.back(9*day - since)
					return
				}
				s.ask(2*day, workflows.Rescind.Name, says("kim", "wrong person"))
				before := s.see(5*day - time.Minute)
				s.after(5*day-time.Second, func() {
					if got := step(*before, "jamf.unlock:"+plan.StepID(s.laptop().Serial)); before.Phase != "rescind" || !got.State.AsksForPerson() {
						t.Errorf("before the word: %s, %s %s", before.Phase, got.ID, got.State)
					}
				})
				ask(s)
			})
			s.leftAnew("rescinded", v, inputs, opening.Add(5*day))
			if name == "an emergency" && (v.Urgency != "emergency" || v.Actor != "slack:U1") {
				t.Errorf("%s by %s", v.Urgency, v.Actor)
			}
		})
	}
}

// A denied case that cannot show its end, because Slack is away, is not in the way either; and its card says the truth
// once Slack is back.
func TestAnew_DeniedWhileSlackIsAway_ThenLeft_ContainedAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, guarded(1), func(s *stage) { s.policy.Approvals.EmergencyFrom = []string{"slack:UBOSS"} })
	r := s.request()
	r.Reason = "HR made a mistake"
	var mend func()
	v, inputs := s.sequel(r, func(scene int, since time.Duration) {
		if scene > 0 {
			s.after(time.Hour, func() {
				if s.oktaUser().Status != "DEPROVISIONED" {
					t.Errorf("an hour after the word Okta says %s", s.oktaUser().Status)
				}
				mend()
			})
			s.back(9*day - since)
			return
		}
		s.after(30*time.Minute, func() { mend = s.world.Slack.Inject(kit.Fault{Path: "/api/*", Status: 503}) })
		s.ask(time.Hour, workflows.Deny.Name, says("pat", "wrong person"))
		anybody := s.ask(2*day-time.Hour, workflows.Reschedule.Name, hurry("slack:U1"))
		boss := s.ask(2*day, workflows.Reschedule.Name, hurry("slack:UBOSS"))
		s.after(2*day+time.Second, func() {
			s.refused(anybody, activities.Forbidden, "may not make this case an emergency")
			s.agreed(boss)
		})
	})
	s.leftAnew("denied", v, inputs, opening.Add(2*day))
}

func TestAnew_DeniedWhileSlackIsAway_ThenHRSaysLeft_AsksForApprovalAnew(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, guarded(1))
	var mend func()
	var stale string
	v, inputs := s.sequel(s.request(), func(scene int, since time.Duration) {
		if scene > 0 {
			old := &answer{what: "Approve with the nonce of the earlier case"}
			s.after(time.Minute, func() {
				mend()
				s.env.UpdateWorkflow(workflows.Approve.Name, "", old.callback(), workflows.ApproveRequest{PersonSays: says("lee", ""), Nonce: stale})
			})
			s.after(2*time.Minute, func() { s.refused(old, activities.Conflict, "another or an earlier request") })
			s.approve(5*time.Minute, "cli:pat")
			s.back(9*day - since)
			return
		}
		s.after(30*time.Minute, func() {
			stale = s.nonce()
			mend = s.world.Slack.Inject(kit.Fault{Path: "/api/*", Status: 503})
		})
		s.ask(time.Hour, workflows.Deny.Name, says("pat", "wrong person"))
		s.hears(2*day, employee.Left, time.Time{})
	})
	s.leftAnew("denied", v, inputs, opening.Add(2*day+5*time.Minute))
}

// Okta is being given back when the word comes, and does not answer: the next case waits for it a moment and no longer.
func TestAnew_WhileAccessIsGivenBack_ThenLeft_NothingMoreIsGivenBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	word := 2*day + 10*time.Minute
	mend := func() {}
	v, inputs := s.sequel(s.request(), func(scene int, since time.Duration) {
		if scene > 0 {
			mend()
			s.back(9*day - since)
			return
		}
		s.after(2*day-time.Minute, func() { mend = s.world.Okta.Inject(kit.Fault{Status: 503}) })
		s.ask(2*day, workflows.Rescind.Name, says("kim", "wrong person"))
		s.hears(word, employee.Left, time.Time{})
		s.after(word+30*time.Second, func() {
			if u := s.googleUser(); u.RecoveryEmail == s.leaver.Personal {
				t.Error("Google was given back")
			}
		})
	})
	s.leftAnew("rescinded", v, inputs, opening.Add(word))
	for _, c := range s.changes("google") {
		if strings.Contains(c.Path, "undelete") {
			t.Errorf("%s %s", c.Method, c.Path)
		}
	}
}

// The word comes with the very task in which the case would end: it is not lost. The signal and the skip of the last
// open step arrive together, in either order.
func TestAnew_TheWordComesWithTheLastTask_IsNotLost(t *testing.T) {
	t.Parallel()
	for name, signalFirst := range map[string]bool{"signal first": true, "signal last": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, func(s *stage) { s.policy.Slack.Channel, s.policy.Jira.Project = "", "" })
			r := s.request()
			r.EffectiveAt = opening.Add(5 * day)
			_, inputs := s.sequel(r, func(scene int, since time.Duration) {
				if scene > 0 {
					s.hears(time.Second, employee.Staying, time.Time{})
					return
				}
				s.after(day, func() {
					left := func() {
						s.env.SignalWorkflow(workflows.EmployeeChanged.Name, workflows.EmployeeChange{EffectiveAt: opening.Add(20 * day),
							Event: employee.Event{Kind: employee.Departing, Employee: r.Employee, Detected: s.env.Now()}})
					}
					if signalFirst {
						s.env.SignalWorkflow(workflows.EmployeeChanged.Name, workflows.EmployeeChange{Event: employee.Event{Kind: employee.Staying, Employee: r.Employee, Detected: s.env.Now()}})
						left()
						return
					}
					s.env.UpdateWorkflow(workflows.Rescind.Name, "", (&answer{}).callback(), says("kim", "stays"))
					left()
				})
			})
			if len(inputs) != 2 || !inputs[1].Request.EffectiveAt.Equal(opening.Add(20*day)) || inputs[1].Request.Actor != "namely:watch" {
				t.Errorf("%d cases: %+v", len(inputs), inputs[len(inputs)-1].Request)
			}
			s.untouched()
		})
	}
}

// HR takes the word back before the next case begins, or says again what began the first one: there is no next case.
func TestAnew_TakenBackOrToldTwice_NoSecondCase(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.request()
	r.EffectiveAt = opening.Add(5 * day)
	s.after(day, func() {
		tell := func(kind employee.EventKind, detected, at time.Time) {
			s.env.SignalWorkflow(workflows.EmployeeChanged.Name, workflows.EmployeeChange{EffectiveAt: at,
				Event: employee.Event{Kind: kind, Employee: r.Employee, Detected: detected}})
		}
		tell(employee.Staying, s.env.Now(), time.Time{})
		tell(employee.Departing, r.Detected, opening.Add(5*day))
		tell(employee.Departing, s.env.Now(), opening.Add(9*day))
		tell(employee.Staying, s.env.Now(), time.Time{})
	})
	var next *workflow.ContinueAsNewError
	err := s.try(r)
	if errors.As(err, &next) {
		t.Fatal("a second case was begun")
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		t.Fatal("it never ended")
	}
	s.must(err)
	s.untouched()
}
