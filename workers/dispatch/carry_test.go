package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/query/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/workers/dispatch"
	"tenure/workflows"
)

// registry is Temporal with these cases running. (That Temporal does as it is asked is seen in e2e.)
type registry struct {
	client.Client
	cases   map[string]activities.CaseView
	ended   map[string]bool // those that can be asked how they stood, but run no more
	first   string          // the first run of every chain, where that matters
	refuses error           // what every case says to an update
	slow    bool            // updates are accepted and take longer than anybody waits
	started []client.StartWorkflowOptions
	updates []client.UpdateWorkflowOptions
	signals []any
}

func (r *registry) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	if _, running := r.cases[o.ID]; running {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("there is one", "", "")
	}
	r.started = append(r.started, o)
	return nil, nil
}

func (r *registry) QueryWorkflow(_ context.Context, id, _, _ string, _ ...any) (converter.EncodedValue, error) {
	v, ok := r.cases[id]
	if !ok {
		return nil, serviceerror.NewNotFound("no such case")
	}
	return value{v}, nil
}

func (r *registry) QueryWorkflowWithOptions(ctx context.Context, o *client.QueryWorkflowWithOptionsRequest) (*client.QueryWorkflowWithOptionsResponse, error) {
	v, err := r.QueryWorkflow(ctx, o.WorkflowID, "", o.QueryType)
	if err == nil && r.ended[o.WorkflowID] && o.QueryRejectCondition == enumspb.QUERY_REJECT_CONDITION_NOT_OPEN {
		return &client.QueryWorkflowWithOptionsResponse{QueryRejected: &query.QueryRejected{}}, nil
	}
	return &client.QueryWorkflowWithOptionsResponse{QueryResult: v}, err
}

func (r *registry) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	r.updates = append(r.updates, o)
	v, ok := r.cases[o.WorkflowID]
	switch {
	case !ok, o.FirstExecutionRunID != "" && r.first != "" && o.FirstExecutionRunID != r.first:
		return nil, serviceerror.NewNotFound("no such case")
	case r.refuses != nil:
		return nil, r.refuses
	}
	return handle{v: v, slow: r.slow && o.WaitForStage == client.WorkflowUpdateStageAccepted}, nil
}

func (r *registry) SignalWorkflow(_ context.Context, _, _, _ string, arg any) error {
	r.signals = append(r.signals, arg)
	return nil
}

type value struct{ v any }

func (v value) HasValue() bool { return true }
func (v value) Get(to any) error {
	b, err := json.Marshal(v.v)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to)
}

type handle struct {
	client.WorkflowUpdateHandle
	v    activities.CaseView
	slow bool
}

func (h handle) Get(ctx context.Context, to any) error {
	if h.slow {
		<-ctx.Done()
		return ctx.Err()
	}
	return value{h.v}.Get(to)
}

var moment = time.Date(2026, 12, 1, 17, 0, 0, 0, time.UTC)

func caseOf(phase string) map[string]activities.CaseView {
	return map[string]activities.CaseView{"offboard/E1": {Case: "offboard/E1", Run: "r1", Employee: "E1", Phase: phase, Effective: moment,
		Headline: "in " + phase, Closed: phase == "closed", HeirID: "E7", LeaseEnds: moment}}
}

// carry carries an ask to the cases of a registry. A refusal is a result.
func (r *registry) carry(t *testing.T, in activities.CarryAsk) activities.CarriedAsk {
	t.Helper()
	in.Person.ID = "E1"
	in.Ask.Key = "slack:1"
	out, err := (&dispatch.Dispatcher{Client: r, Patience: time.Nanosecond}).Carry(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wants(emergency bool, at time.Time) activities.CarryAsk {
	return activities.CarryAsk{Ask: activities.Ask{Verb: activities.VerbOffboard, Actor: "slack:U1", Emergency: emergency}, EffectiveAt: at}
}

func TestCarry_Offboard_StartsAheadOfABatch_AndAnEmergencyAheadOfAll(t *testing.T) {
	r := &registry{}
	r.carry(t, wants(false, time.Time{}))
	r.carry(t, wants(true, time.Time{}))
	back := wants(false, time.Time{})
	back.Ask.Verb, back.Devices = activities.VerbReturnLaptop, []plan.Device{{Serial: "C02"}}
	r.carry(t, back)
	if len(r.started) != 3 || r.started[0].Priority.PriorityKey != 2 || r.started[1].Priority.PriorityKey != 1 || r.started[2].Priority.PriorityKey != 2 {
		t.Errorf("%+v", r.started)
	}
}

// What a case that is there makes of another ask: it is moved, taken up anew, shown, or it refuses.
func TestCarry_Offboard_MeetsTheCaseThatIsThere(t *testing.T) {
	stubborn := temporal.NewNonRetryableApplicationError("the evidence is being sealed", activities.Conflict, nil)
	for _, c := range []struct {
		name, phase string
		actor       string
		emergency   bool
		at          time.Time
		refuses     error
		moved       bool
		text        string
		refused     string
	}{
		{name: "scheduled, now", phase: "scheduled", moved: true, text: "waited already"},
		{name: "scheduled, sooner", phase: "scheduled", at: moment.Add(-time.Hour), moved: true, text: "waited already"},
		{name: "scheduled by HR, later", phase: "scheduled", actor: "namely:watch", at: moment.Add(time.Hour), refused: "no front door puts that off"},
		{name: "scheduled by a person, later", phase: "scheduled", actor: "cli:jo", at: moment.Add(time.Hour), moved: true, text: "waited already"},
		{name: "scheduled, an emergency", phase: "scheduled", emergency: true, moved: true, text: "waited already"},
		{name: "not approved yet", phase: "approval", text: "being offboarded already"},
		{name: "not approved yet, an emergency", phase: "approval", emergency: true, moved: true, text: "waited already"},
		{name: "just opened", phase: "open", text: "being offboarded already"},
		{name: "just opened, an emergency", phase: "open", emergency: true, moved: true, text: "waited already"},
		{name: "not even opened, an emergency", phase: "", emergency: true, moved: true, text: "waited already"},
		{name: "at work", phase: "contain", refuses: stubborn, moved: true, text: "being offboarded already"},
		{name: "at work, an emergency", phase: "lease", emergency: true, refuses: stubborn, moved: true, text: "being offboarded already"},
		{name: "called off, and not shown yet", phase: "contain", moved: true, text: "taken up anew"},
		{name: "called off", phase: "rescind", moved: true, text: "taken up anew"},
		{name: "called off, and it says no", phase: "rescind", refuses: stubborn, moved: true, refused: "being sealed"},
		{name: "closed", phase: "closed", emergency: true, moved: true, text: "taken up anew"},
		{name: "closed, and it says no", phase: "closed", refuses: stubborn, moved: true, refused: "being sealed"},
		{name: "scheduled, and it says no", phase: "scheduled", refuses: stubborn, moved: true, refused: "being sealed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &registry{cases: caseOf(c.phase), refuses: c.refuses}
			v := r.cases["offboard/E1"]
			v.Actor = c.actor
			r.cases["offboard/E1"] = v
			out := r.carry(t, wants(c.emergency, c.at))
			if moved := len(r.updates) == 1; moved != c.moved || !strings.Contains(out.Text, c.text) {
				t.Errorf("asked the case: %v; %+v", moved, out)
			}
			if refused := out.Refusal != nil; refused != (c.refused != "") || refused && !strings.Contains(out.Refusal.Text, c.refused) {
				t.Errorf("%+v", out.Refusal)
			}
			for _, u := range r.updates {
				if in := u.Args[0].(workflows.RescheduleRequest); in.Emergency != c.emergency || in.At.IsZero() {
					t.Errorf("%+v", in)
				}
			}
		})
	}
}

// The case ended between the start that was refused and the question: the next attempt starts a new one.
func TestCarry_Offboard_TheCaseEndsMeanwhile_IsTriedAgain(t *testing.T) {
	r := &vanishing{registry{cases: caseOf("scheduled")}}
	in := wants(false, time.Time{})
	in.Person.ID = "E1"
	_, err := (&dispatch.Dispatcher{Client: r}).Carry(t.Context(), in)
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.NonRetryable() {
		t.Errorf("%v", err)
	}
}

// vanishing is a registry whose cases are gone when one asks for more than whether they are there.
type vanishing struct{ registry }

func (v *vanishing) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	return nil, serviceerror.NewNotFound("no such case")
}

func step(v activities.Verb) activities.CarryAsk {
	return activities.CarryAsk{Ask: activities.Ask{Verb: v, Actor: "slack:U1", Case: "offboard/E1", Run: "r1", Step: "okta.deactivate", Reason: "mended"}}
}

func TestCarry_SlowStep_IsAnsweredBeforeItIsDone(t *testing.T) {
	for _, verb := range []activities.Verb{activities.VerbRetry, activities.VerbDone} {
		r := &registry{cases: caseOf("contain"), slow: true}
		if out := r.carry(t, step(verb)); out.Refusal != nil || !strings.Contains(out.Text, "accepted, and being tried") {
			t.Errorf("%s: %+v", verb, out)
		}
		r.slow = false
		if out := r.carry(t, step(verb)); out.Refusal != nil || out.View == nil || !strings.Contains(out.Text, "done. in contain") {
			t.Errorf("%s: %+v", verb, out)
		}
	}
}

// A button names the very case it was drawn for.
func TestCarry_Button_IsForTheRunItWasDrawnFor(t *testing.T) {
	r := &registry{cases: caseOf("contain")}
	if out := r.carry(t, step(activities.VerbRetry)); out.Refusal != nil || r.updates[0].FirstExecutionRunID != "r1" {
		t.Errorf("%+v, %+v", out, r.updates)
	}
	old := step(activities.VerbRetry)
	old.Ask.Run = "r0"
	if out := r.carry(t, old); out.Refusal == nil || !strings.Contains(out.Refusal.Text, "earlier case") || len(r.updates) != 1 {
		t.Errorf("%+v", out)
	}
	device := step(activities.VerbRetry)
	device.Ask.Run, device.Ask.Step = "r0", "device.checkin:C02"
	r.cases["device-return/E1/C02"] = activities.CaseView{Run: "r0"}
	if out := r.carry(t, device); out.Refusal == nil || !strings.Contains(out.Refusal.Text, "earlier case") || len(r.updates) != 1 {
		t.Errorf("for a device: %+v", out)
	}
}

// A case that was taken up anew has a run of its own that Temporal does not know.
func TestCarry_Button_OfACaseTakenUpAnew(t *testing.T) {
	r := &registry{cases: caseOf("contain"), first: "another"}
	if out := r.carry(t, step(activities.VerbRetry)); out.Refusal != nil || len(r.updates) != 2 {
		t.Errorf("%+v, %+v", out, r.updates)
	}
}

func extend(by employee.ID) activities.CarryAsk {
	return activities.CarryAsk{Ask: activities.Ask{Verb: activities.VerbExtend, Actor: "slack:U7", Case: "offboard/E1", Run: "r1"},
		By: activities.Asker{Actor: "slack:U7", Employee: by, OnlyAsHeir: true}}
}

// Whoever the mailbox was lent to may renew the loan, and sees no more of the case than that.
func TestCarry_Heir_ExtendsAndSeesNothingElse(t *testing.T) {
	r := &registry{cases: caseOf("lease")}
	if out := r.carry(t, extend("E7")); out.Refusal != nil || out.View != nil || strings.Contains(out.Text, "in lease") || !strings.Contains(out.Text, "2026-12-01") {
		t.Errorf("%+v", out)
	}
}

// Whoever is no heir is told the same of every case, and of none.
func TestCarry_NoHeir_LearnsNothing(t *testing.T) {
	stale := extend("E8")
	stale.Ask.Run = "r0"
	var texts []string
	for _, c := range []struct {
		cases map[string]activities.CaseView
		in    activities.CarryAsk
	}{{caseOf("lease"), extend("E8")}, {caseOf("lease"), stale}, {caseOf("closed"), extend("E8")}, {nil, extend("E8")}} {
		out := (&registry{cases: c.cases}).carry(t, c.in)
		if out.Refusal == nil || out.Refusal.Type != activities.Forbidden {
			t.Fatalf("%+v", out)
		}
		texts = append(texts, out.Refusal.Text)
	}
	if len(slices.Compact(texts)) != 1 {
		t.Errorf("%q", texts)
	}
}

// The serial number of a ticket is the ticket's own: nobody has read the device.
func TestCarry_Received_FromATicket_IsSomebodysWord(t *testing.T) {
	ask := activities.Ask{Verb: activities.VerbReceived, Actor: "cli:it", Case: "device-return/E1/C02", Serial: "c02"}
	r := &registry{}
	r.carry(t, activities.CarryAsk{Ask: ask})
	ask.Actor, ask.Ticket = "jira:5b10", "IT-7"
	r.carry(t, activities.CarryAsk{Ask: ask})
	if len(r.signals) != 2 {
		t.Fatalf("%+v", r.signals)
	}
	read, said := r.signals[0].(workflows.LaptopReceipt), r.signals[1].(workflows.LaptopReceipt)
	if read.ByWord || !said.ByWord || said.Note != "ticket IT-7 was moved" {
		t.Errorf("%+v and %+v", read, said)
	}
}

func TestStanding_IsLeaving_WhileACaseIsAtWork(t *testing.T) {
	for _, c := range []struct {
		phase string
		ended bool
		want  bool
	}{{"open", false, false}, {"approval", false, false}, {"scheduled", false, false}, {"contain", false, true}, {"hand_over", false, true},
		{"lease", false, true}, {"watch", false, true}, {"rescind", false, false}, {"closed", false, false}, {"contain", true, false}} {
		r := &registry{cases: caseOf(c.phase), ended: map[string]bool{"offboard/E1": c.ended}}
		got, err := (&dispatch.Dispatcher{Client: r}).Standing(t.Context(), activities.StandingOf{Employee: "E1"})
		if err != nil || got.Leaving != c.want {
			t.Errorf("in %s (ended %v): %+v, %v", c.phase, c.ended, got, err)
		}
	}
	if got, err := (&dispatch.Dispatcher{Client: &registry{}}).Standing(t.Context(), activities.StandingOf{Employee: "E1"}); err != nil || got.Leaving {
		t.Errorf("without a case: %+v, %v", got, err)
	}
}
