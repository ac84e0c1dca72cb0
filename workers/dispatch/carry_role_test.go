package dispatch_test

import (
	"context"
	"strings"
	"testing"

	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/workers/dispatch"
	"tenure/workflows"
)

// cases are the cases of E1 that run, by process and phase.
func cases(all map[workflows.Process]string) map[string]activities.CaseView {
	out := map[string]activities.CaseView{}
	for p, phase := range all {
		id := workflows.ID{Process: p, Employee: "E1"}.String()
		out[id] = activities.CaseView{Case: id, Run: "r1", Employee: "E1", Phase: phase, Headline: string(p) + " in " + phase, Closed: phase == "closed"}
	}
	return out
}

func roleAsk(v activities.Verb) activities.CarryAsk {
	return activities.CarryAsk{Ask: activities.Ask{Verb: v, Actor: "slack:U1", Reason: "HR confirms it"}, By: activities.Asker{Actor: "slack:U1", Employee: "E7"}}
}

func TestCarry_Role_StartsOrTellsTheCaseThatHasThePerson(t *testing.T) {
	for _, c := range []struct {
		name    string
		verb    activities.Verb
		running map[workflows.Process]string
		started string
		told    string
		text    string
	}{
		{name: "onboard, nothing runs", verb: activities.VerbOnboard, started: "onboard/E1", text: "onboarding of E1 begins now"},
		{name: "onboard, one runs", verb: activities.VerbOnboard, running: map[workflows.Process]string{workflows.ProcessOnboard: "prepare"}, told: "onboard/E1", text: "runs already"},
		{name: "onboard, a move runs", verb: activities.VerbOnboard, running: map[workflows.Process]string{workflows.ProcessMove: "overlap"}, started: "onboard/E1", text: "begins now"},
		{name: "move, nothing runs", verb: activities.VerbMove, started: "move/E1", text: "a look at the role of E1 begins now"},
		{name: "move, one runs", verb: activities.VerbMove, running: map[workflows.Process]string{workflows.ProcessMove: "overlap"}, told: "move/E1", text: "Move in overlap"},
		{name: "move, on leave", verb: activities.VerbMove, running: map[workflows.Process]string{workflows.ProcessLeave: "away", workflows.ProcessMove: "overlap"}, told: "leave/E1", text: "Leave in away"},
		{name: "move, an onboarding runs", verb: activities.VerbMove, running: map[workflows.Process]string{workflows.ProcessOnboard: "prepare"}, told: "onboard/E1", text: "Onboard in prepare"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &registry{cases: cases(c.running)}
			out := r.carry(t, roleAsk(c.verb))
			if out.Refusal != nil || !strings.Contains(out.Text, c.text) || out.Case != c.started+c.told || (out.View != nil) != (c.told != "") {
				t.Errorf("%+v", out)
			}
			if len(r.started) == 1 != (c.started != "") || len(r.signals) == 1 != (c.told != "") {
				t.Errorf("started %+v, told %+v", r.started, r.signals)
			}
		})
	}
}

// recording is a registry that keeps what a case was started with.
type recording struct {
	registry
	inputs []any
}

func (r *recording) ExecuteWorkflow(ctx context.Context, o client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error) {
	r.inputs = append(r.inputs, args...)
	return r.registry.ExecuteWorkflow(ctx, o, workflow, args...)
}

func TestCarry_Onboard_ByHand_LetsSomebodyInAgain(t *testing.T) {
	for verb, readmit := range map[activities.Verb]bool{activities.VerbOnboard: true, activities.VerbMove: false} {
		r := &recording{}
		in := roleAsk(verb)
		in.Person.ID, in.Person.ProfileID = "E1", "p1"
		if _, err := (&dispatch.Dispatcher{Client: r}).Carry(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		got := r.inputs[0].(workflows.RoleInput).Request
		want := workflows.RoleRequest{Employee: "E1", ProfileID: "p1", Actor: "slack:U1", ActorEmployee: "E7", Reason: "HR confirms it", Readmit: readmit}
		if got != want || r.started[0].Priority.PriorityKey != 2 {
			t.Errorf("%+v, %+v", got, r.started)
		}
	}
}

// An onboarding that waits for somebody's word has it when somebody asks for one.
func TestCarry_Onboard_WhereARehireWaits_IsTheWord(t *testing.T) {
	v := cases(map[workflows.Process]string{workflows.ProcessOnboard: "identify"})
	waiting := v["onboard/E1"]
	waiting.Steps = []activities.StepView{{ID: plan.StepID(plan.IdentityRehire), State: plan.NeedsAttention}}
	v["onboard/E1"] = waiting
	r := &registry{cases: v}
	out := r.carry(t, roleAsk(activities.VerbOnboard))
	if out.Refusal != nil || !strings.Contains(out.Text, "is let in") || len(r.signals) != 0 || len(r.updates) != 1 {
		t.Fatalf("%+v, %+v", out, r.updates)
	}
	u := r.updates[0]
	if said := u.Args[0].(workflows.StepRequest); u.UpdateName != "CompleteStep" || said.Step != "identity.rehire" || said.By != "slack:U1" || said.Employee != "E7" || said.Reason == "" {
		t.Errorf("%+v", u)
	}
	if out := r.carry(t, roleAsk(activities.VerbMove)); len(r.updates) != 1 || len(r.signals) != 1 {
		t.Errorf("a move is no such word: %+v", out)
	}
}

func TestCarry_Explain_ShowsTheCaseThatHasThePersonNow(t *testing.T) {
	type running = map[workflows.Process]string
	for _, c := range []struct {
		name    string
		running running
		ended   []string
		want    string
	}{
		{"offboarded", running{workflows.ProcessOffboard: "lease", workflows.ProcessMove: "overlap"}, nil, "offboard/E1"},
		{"being let in again", running{workflows.ProcessOffboard: "rehired", workflows.ProcessOnboard: "identify"}, nil, "onboard/E1"},
		{"back again", running{workflows.ProcessOffboard: "closed", workflows.ProcessOnboard: "settle"}, []string{"offboard/E1"}, "onboard/E1"},
		{"on leave, and moving", running{workflows.ProcessLeave: "away", workflows.ProcessMove: "overlap"}, nil, "leave/E1"},
		{"moving", running{workflows.ProcessMove: "overlap"}, nil, "move/E1"},
		{"offboarded long ago", running{workflows.ProcessOffboard: "closed", workflows.ProcessMove: "closed"}, []string{"offboard/E1", "move/E1"}, "offboard/E1"},
		{"moved long ago", running{workflows.ProcessMove: "closed"}, []string{"move/E1"}, "move/E1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &registry{cases: cases(c.running), ended: map[string]bool{}}
			for _, id := range c.ended {
				r.ended[id] = true
			}
			out := r.carry(t, activities.CarryAsk{Ask: activities.Ask{Verb: activities.VerbExplain, Actor: "slack:U1"}})
			if out.Refusal != nil || out.Case != c.want || out.View == nil || out.View.Case != c.want {
				t.Errorf("%+v", out)
			}
		})
	}
	out := (&registry{}).carry(t, activities.CarryAsk{Ask: activities.Ask{Verb: activities.VerbExplain, Actor: "slack:U1"}})
	if out.Refusal == nil || out.Refusal.Type != activities.NotFound {
		t.Errorf("without any case: %+v", out)
	}
}

// The buttons on a card of an onboarding reach it.
func TestCarry_Onboard_IsAskedLikeAnyCase(t *testing.T) {
	for _, c := range []struct {
		verb activities.Verb
		step plan.StepID
		want string
	}{
		{activities.VerbRescind, "", "Rescind"}, {activities.VerbHold, "", "Hold"}, {activities.VerbRelease, "", "Release"},
		{activities.VerbRetry, "okta.create", "RetryStep"}, {activities.VerbDone, "identity.match:E7", "CompleteStep"},
		{activities.VerbSkip, "identity.match:E7", "SkipStep"}, {activities.VerbSkip, "retriever.deploy", "SkipStep"},
	} {
		r := &registry{cases: cases(map[workflows.Process]string{workflows.ProcessOnboard: "identify"})}
		in := activities.CarryAsk{Ask: activities.Ask{Verb: c.verb, Actor: "slack:U1", Case: "onboard/E1", Run: "r1", Step: c.step, Reason: "seen"}}
		if out := r.carry(t, in); out.Refusal != nil || len(r.updates) != 1 || r.updates[0].UpdateName != c.want || r.updates[0].WorkflowID != "onboard/E1" {
			t.Errorf("%s %s: %+v, %+v", c.verb, c.step, out, r.updates)
		}
	}
}

// Whoever has two records has one case, under the id of the first.
func TestCarry_SecondRecord_IsTheFirstOnesCase(t *testing.T) {
	o := newOffice(t)
	i := o.hire("E900", pending)
	o.scan()
	o.join("E900", "E1")
	r := &registry{}
	d := &dispatch.Dispatcher{Client: r, Outbox: o.store}
	for _, v := range []activities.Verb{activities.VerbOnboard, activities.VerbMove, activities.VerbOffboard} {
		in := roleAsk(v)
		in.Ask.Key, in.Person = "slack:1", o.people[i]
		if _, err := d.Carry(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for _, o := range r.started {
		ids = append(ids, o.ID)
	}
	if strings.Join(ids, " ") != "onboard/E1 move/E1 offboard/E1" {
		t.Errorf("%v", ids)
	}
	r.cases = caseOf("contain")
	if s, err := d.Standing(t.Context(), activities.StandingOf{Employee: "E900"}); err != nil || !s.Leaving {
		t.Errorf("%+v, %v", s, err)
	}
}
