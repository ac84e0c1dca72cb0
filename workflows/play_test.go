package workflows_test

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/workflows"
)

const day = 24 * time.Hour

// person is the leaver's HR record as Tenure knows it.
func (s *stage) person() employee.Employee {
	s.Helper()
	p, err := s.store.PersonByProfile(s.Context(), s.leaver.ProfileID)
	s.must(err)
	return p
}

// request is the leaver's case as the directory watch would ask for it.
func (s *stage) request() workflows.OffboardRequest {
	p := s.person()
	return workflows.OffboardRequest{Employee: p.ID, ProfileID: p.ProfileID, Actor: "namely:watch", Reason: "HR made the person inactive",
		HREdited: opening.Add(-5 * time.Minute), Detected: opening}
}

// play runs the leaver's case to its end.
func (s *stage) play() activities.CaseView { return s.playRequest(s.request()).View }

func (s *stage) playRequest(r workflows.OffboardRequest) workflows.OffboardResult {
	s.Helper()
	var out workflows.OffboardResult
	s.must(s.try(r))
	s.must(s.env.GetWorkflowResult(&out))
	return out
}

// try runs a case and returns what it failed with.
func (s *stage) try(r workflows.OffboardRequest) error {
	s.Helper()
	s.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.OffboardID(r.Employee).String(), TaskQueue: activities.QueueLifecycle})
	s.env.ExecuteWorkflow(string(workflows.ProcessOffboard), workflows.OffboardInput{Request: r})
	if !s.env.IsWorkflowCompleted() {
		s.Fatal("the case did not end")
	}
	err := s.env.GetWorkflowError()
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) { // ten years of the case's time have passed
		_, tasks := s.tickets()
		for _, t := range tasks {
			s.Logf("task %s (%s): %s", t.Summary, t.Status.Name, t.Description)
		}
		s.Fatal("the case waits for ever")
	}
	return err
}

// after does something when so much of the case's time has passed.
func (s *stage) after(d time.Duration, f func()) { s.env.RegisterDelayedCallback(f, d) }

// answer is what came of a request to a case. It is filled in while the case plays.
type answer struct {
	what      string
	accepted  bool
	completed bool
	refusal   error
}

// ask sends an update to the case when so much of its time has passed.
func (s *stage) ask(at time.Duration, name string, in any) *answer {
	a := &answer{what: name}
	s.after(at, func() { s.env.UpdateWorkflow(name, "", a.callback(), in) })
	return a
}

// askReturn is ask for the leaver's laptop's own process.
func (s *stage) askReturn(at time.Duration, name string, in any) *answer {
	a := &answer{what: name}
	s.after(at, func() { s.must(s.env.UpdateWorkflowByID(s.returnID(), name, name+at.String(), a.callback(), in)) })
	return a
}

func (a *answer) callback() *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnAccept:   func() { a.accepted = true },
		OnReject:   func(err error) { a.refusal = err },
		OnComplete: func(_ any, err error) { a.completed = true; a.refusal = errors.Join(a.refusal, err) },
	}
}

// agreed checks that the case did as it was asked.
func (s *stage) agreed(a *answer) {
	s.Helper()
	if a.refusal != nil || !a.accepted || !a.completed {
		s.Errorf("%s: accepted %v, completed %v, refused with %v", a.what, a.accepted, a.completed, a.refusal)
	}
}

// refused checks that the case said no, with which type and which words.
func (s *stage) refused(a *answer, typ string, words ...string) {
	s.Helper()
	var app *temporal.ApplicationError
	if !errors.As(a.refusal, &app) || app.Type() != typ {
		s.Errorf("%s: refused with %v, want a refusal of type %s", a.what, a.refusal, typ)
		return
	}
	for _, w := range words {
		if !strings.Contains(app.Message(), w) {
			s.Errorf("%s: the refusal %q does not say %q", a.what, app.Message(), w)
		}
	}
}

// see is how the case stands when so much of its time has passed.
func (s *stage) see(at time.Duration) *activities.CaseView {
	v := new(activities.CaseView)
	s.after(at, func() {
		found, err := s.env.QueryWorkflow(workflows.Status.Name)
		s.must(err)
		s.must(found.Get(v))
	})
	return v
}

// says is a person at the command line.
func says(who, why string) workflows.PersonSays {
	return workflows.PersonSays{By: "cli:" + who, Reason: why}
}

// about is what a person says about a step.
func about(id plan.StepID, why string) workflows.StepRequest {
	return workflows.StepRequest{PersonSays: says("kim", why), Step: id}
}

// returnID is the workflow id of the laptop's way back.
func (s *stage) returnID() string {
	return workflows.DeviceReturnID(s.person().ID, s.laptop().Serial).String()
}

// receive says, when so much time has passed, that IT has the leaver's laptop in hand.
func (s *stage) receive(at time.Duration) { s.receiveDevice(at, s.laptop().Serial) }

func (s *stage) receiveDevice(at time.Duration, serial string) {
	s.after(at, func() { s.receiveNow(serial, serial) })
}

// receiveNow reports the serial number that was read off a device to the return of another, or the same.
func (s *stage) receiveNow(of, read string) {
	id := workflows.DeviceReturnID(s.person().ID, of).String()
	s.must(s.env.SignalWorkflowByID(id, workflows.LaptopReceived.Name, workflows.LaptopReceipt{By: "cli:it", Serial: read, At: s.env.Now()}))
}

// hears tells the case what HR changed, when so much time has passed.
func (s *stage) hears(at time.Duration, kind employee.EventKind, effective time.Time) {
	s.after(at, func() {
		s.env.SignalWorkflow(workflows.EmployeeChanged.Name, workflows.EmployeeChange{EffectiveAt: effective,
			Event: employee.Event{Kind: kind, Employee: s.person().ID, Detected: s.env.Now()}})
	})
}

// spoil makes a vendor misbehave from one moment of the case to another; a zero end is for ever.
func (s *stage) spoil(k *kit.Kit, from, to time.Duration, f kit.Fault) {
	var mend func()
	if from == 0 {
		mend = k.Inject(f)
	} else {
		s.after(from, func() { mend = k.Inject(f) })
	}
	if to > 0 {
		s.after(to, func() { mend() })
	}
}

// changes lists what a vendor was asked to change, oldest first, as "METHOD path". Sign-ins and what a vendor
// reads by POST change nothing.
func (s *stage) changes(system string) []kit.Call {
	var out []kit.Call
	for _, c := range s.world.Kits()[system].Calls() {
		if c.Method != http.MethodGet && c.Method != http.MethodHead && !harmless(c) {
			out = append(out, c)
		}
	}
	return out
}

func harmless(c kit.Call) bool {
	for _, suffix := range []string{"/token", "/oauth2/v1/token", "auth.test", "conversations.info", "conversations.history",
		"conversations.replies", "conversations.list", "chat.getPermalink", "users.lookupByEmail", "/search/jql", "/search"} {
		if strings.HasSuffix(c.Path, suffix) {
			return true
		}
	}
	return false
}
