package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/activities/casefile"
	"tenure/internal/employee"
	"tenure/internal/policy"
	"tenure/simulators/company"
	"tenure/simulators/kit"
	"tenure/workers/dispatch"
	"tenure/workflows"
)

// watchtower is a company of two hundred whose directory is polled; cases are started on a server that only counts.
type watchtower struct {
	*stage
	server *counting
	cases  *casefile.Casefile
	now    time.Time
	calls  map[string]int // to each vendor, when it was looked at last
	slow   time.Duration  // how long HR takes to be read
}

// counting is a Temporal server that remembers what it was asked to start and to tell. No case runs on it.
type counting struct {
	client.Client
	mu      sync.Mutex
	started []string
	told    []string
	at      func() time.Time // the time of the process that asks, where it matters
	last    time.Time        // when it was asked to start something last
}

func (c *counting) SignalWithStartWorkflow(_ context.Context, id, _ string, _ any, _ client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started = append(c.started, id)
	if c.at != nil {
		c.last = c.at()
	}
	return nil, nil
}

func (c *counting) SignalWorkflow(_ context.Context, id, _, _ string, _ any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.started, id) {
		c.told = append(c.told, id)
		return nil
	}
	return serviceerror.NewNotFound("no such case")
}

func newWatchtower(t *testing.T) *watchtower {
	t.Helper()
	s := newStage(t, func(s *stage) {
		s.config.People = slices.DeleteFunc(company.People(), func(p company.Person) bool { return p.Status != "active" || p.Number == "" })[:200]
	})
	w := &watchtower{stage: s, server: &counting{}, now: opening}
	var err error
	w.cases, err = casefile.New(s.store, func() policy.Policy { return s.policy })
	s.must(err)
	w.seen()
	return w
}

// poll looks at the HR system once, five minutes after the last time.
func (w *watchtower) poll() (workflows.WatchDirectoryResult, error) {
	w.Helper()
	w.now = w.now.Add(5 * time.Minute)
	w.light()
	w.env.SetStartTime(w.now)
	w.register()
	w.env.RegisterWorkflowWithOptions(workflows.WatchDirectory, workflow.RegisterOptions{Name: string(workflows.ProcessWatchDirectory)})
	d := &dispatch.Dispatcher{Client: w.server, Outbox: w.store, Policy: func() policy.Policy { return w.policy }}
	for _, b := range append(d.Bindings(), w.hr.Bindings()...) {
		w.env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	if w.slow > 0 {
		w.env.OnActivity(activities.NamelyScanDirectory.Name, mock.Anything, mock.Anything).After(w.slow).Return(w.hr.ScanDirectory)
	}
	w.env.ExecuteWorkflow(string(workflows.ProcessWatchDirectory))
	if err := w.env.GetWorkflowError(); err != nil {
		return workflows.WatchDirectoryResult{}, err
	}
	var out workflows.WatchDirectoryResult
	w.must(w.env.GetWorkflowResult(&out))
	return out, nil
}

func (w *watchtower) polled() workflows.WatchDirectoryResult {
	w.Helper()
	out, err := w.poll()
	w.must(err)
	return out
}

// seen remembers how often each vendor was called until now.
func (w *watchtower) seen() {
	w.calls = map[string]int{}
	for name, k := range w.world.Kits() {
		w.calls[name] = len(k.Calls())
	}
}

// untouched checks that since then no vendor but the HR system was called, for reading or writing, and that one only read;
// and that in Slack nothing happened but announcements.
func (w *watchtower) untouched() {
	w.Helper()
	for name, k := range w.world.Kits() {
		for _, c := range k.Calls()[w.calls[name]:] {
			switch {
			case name == "namely" && c.Method == "GET":
			case name == "slack" && (strings.HasSuffix(c.Path, "chat.postMessage") || c.Method == "GET" || harmless(c)):
			default:
				w.Errorf("%s was called: %s %s", name, c.Method, c.Path)
			}
		}
	}
}

// leave turns people inactive at the same moment, as a bulk edit does.
func (w *watchtower) leave(people []company.Person) {
	for _, p := range people {
		w.world.Namely.SetStatus(p.ProfileID, "inactive")
	}
}

func (w *watchtower) decide(in activities.DecideBatch) activities.BatchDecided {
	w.Helper()
	in.At = w.now
	out, err := w.cases.DecideBatch(w.Context(), in)
	w.must(err)
	return out
}

// Thirty of two hundred people turn inactive at once. Nobody's case starts and no vendor is called, however often the
// directory is polled, until two people have said which twenty-nine are meant; then exactly these begin.
func TestWatch_ThirtyOfTwoHundred_WaitForTwoPeople(t *testing.T) {
	t.Parallel()
	w := newWatchtower(t)
	people := w.config.People[20:50]
	w.leave(people)
	r := w.polled()
	if r.Scan.Held != 30 || r.Scan.Batch != "B1" || r.Dispatched != (activities.Dispatched{}) || fmt.Sprint(r.Announced) != "[batch/B1/held]" {
		t.Fatalf("%+v", r)
	}
	w.posted("Held: batch B1, 30 people", "30 of 200 people", "within one minute", people[0].Number, people[29].Number, "tenure batch release B1")
	for range 3 {
		if r := w.polled(); r.Scan.Events != 0 || r.Announced != nil || r.Dispatched != (activities.Dispatched{}) {
			t.Errorf("%+v", r)
		}
	}
	spared := employee.ID(people[7].Number)
	first := w.decide(activities.DecideBatch{Batch: "B1", Verb: employee.ReleaseBatch, Except: []employee.ID{spared},
		By: activities.Asker{Actor: "slack:U1", Employee: "E900"}, Reason: "the office closes"})
	if first.Done || !strings.Contains(first.Text, "29 of 30") || !strings.Contains(first.Text, string(spared)) {
		t.Errorf("%+v", first)
	}
	if r := w.polled(); r.Dispatched != (activities.Dispatched{}) {
		t.Errorf("one person was enough: %+v", r)
	}
	if len(w.server.started) != 0 {
		t.Fatalf("started %v", w.server.started)
	}
	w.untouched()

	second := w.decide(activities.DecideBatch{Batch: "B1", Verb: employee.ReleaseBatch, Nonce: first.Batch.Proposal.Nonce,
		By: activities.Asker{Actor: "cli:kim", Employee: "E901"}, Reason: "checked with HR"})
	if !second.Done || !strings.Contains(second.Text, "29 released, 1 rejected ("+string(spared)+")") {
		t.Errorf("%+v", second)
	}
	if r := w.polled(); r.Dispatched != (activities.Dispatched{Started: 29}) {
		t.Errorf("%+v", r)
	}
	var want []string
	for _, p := range people {
		if p.Number != string(spared) {
			want = append(want, workflows.OffboardID(employee.ID(p.Number)).String())
		}
	}
	slices.Sort(want)
	slices.Sort(w.server.started)
	if !slices.Equal(w.server.started, want) {
		t.Errorf("started %v\nwant    %v", w.server.started, want)
	}
	if r := w.polled(); r.Dispatched != (activities.Dispatched{}) || len(w.server.started) != 29 {
		t.Errorf("more was started later: %+v", r)
	}
}

// Nobody decides: nothing is done, and it is said once who still has access.
func TestWatch_NobodyDecides_ExpiresSafely(t *testing.T) {
	t.Parallel()
	w := newWatchtower(t)
	w.leave(w.config.People[20:30])
	w.polled()
	w.now = w.now.Add(24 * time.Hour)
	if r := w.polled(); fmt.Sprint(r.Announced) != "[batch/B1/expired]" {
		t.Errorf("%+v", r)
	}
	w.posted("Batch B1 expired", "still have all the access", w.config.People[25].Number)
	if r := w.polled(); r.Announced != nil || len(w.server.started) != 0 {
		t.Errorf("%+v, started %v", r, w.server.started)
	}
	w.untouched()
}

// HR takes the mistake back before anybody decided. Who was opened by hand meanwhile hears of it.
func TestWatch_HRTakesItBack_NothingIsLeftToDecide(t *testing.T) {
	t.Parallel()
	w := newWatchtower(t)
	people := w.config.People[20:30]
	w.leave(people)
	w.polled()
	byHand := workflows.OffboardID(employee.ID(people[3].Number)).String()
	w.server.started = append(w.server.started, byHand)
	for _, p := range people {
		w.world.Namely.SetStatus(p.ProfileID, "active")
	}
	r := w.polled()
	if r.Scan.Held != 0 || r.Dispatched != (activities.Dispatched{Updated: 1, Skipped: 9}) || fmt.Sprint(r.Announced) != "[batch/B1/withdrawn]" {
		t.Errorf("%+v", r)
	}
	if fmt.Sprint(w.server.told) != "["+byHand+"]" {
		t.Errorf("told %v", w.server.told)
	}
}

// Each way in which a reading is not to be believed, end to end: nothing is applied, people hear of it once, the process
// goes on, and the next good reading finds what was missed.
func TestWatch_BadReading_IsThrownAwayAndAnnouncedOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		spoil, mend func(w *watchtower)
		cause       employee.PollCause
		says        string
	}{
		{"people are missing", func(w *watchtower) {
			for _, p := range w.config.People[100:150] {
				w.world.Namely.Remove(p.ProfileID)
			}
		}, nil, employee.HeadcountDrop, "50 of the 200 people"},
		{"nobody has an address", func(w *watchtower) { w.world.Namely.Blank = []string{"email"} }, func(w *watchtower) { w.world.Namely.Blank = nil }, employee.SchemaDrift, "email (200 had one)"},
		{"another token", func(w *watchtower) { w.world.Namely.Owner = w.config.People[5].ProfileID }, func(w *watchtower) { w.world.Namely.Owner = w.bystander().ProfileID }, employee.OwnerChanged, "belonged to"},
		{"an owner who left", func(w *watchtower) { w.leave([]company.Person{w.bystander()}) }, nil, employee.OwnerInactive, "who is inactive"},
		{"a hidden field", func(w *watchtower) { w.world.Namely.Hidden = []string{"departure_date"} }, func(w *watchtower) { w.world.Namely.Hidden = nil }, employee.HiddenFields, "departure_date"},
		{"page 2 is empty", func(w *watchtower) { w.world.Namely.EmptyFrom = 2 }, func(w *watchtower) { w.world.Namely.EmptyFrom = 0 }, employee.ShortFeed, "showed 50"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWatchtower(t)
			c.spoil(w)
			w.leave(w.config.People[60:61])
			r := w.polled()
			if r.Poll.Outcome != employee.PollDiscarded || r.Poll.Distrust.Cause != c.cause || len(r.Announced) != 1 || r.Scan.Events != 0 {
				t.Fatalf("%+v", r)
			}
			w.posted("A reading of Namely was thrown away", c.says, "Why it matters", "What to do")
			if r := w.polled(); r.Announced != nil || r.Poll.Outcome != employee.PollDiscarded {
				t.Errorf("announced again: %+v", r)
			}
			if len(w.server.started) != 0 {
				t.Errorf("started %v", w.server.started)
			}
			w.untouched()
			if c.mend == nil {
				return
			}
			c.mend(w)
			if r := w.polled(); r.Poll.Outcome != employee.PollAccepted || r.Dispatched.Started != 1 || len(r.Announced) != 0 {
				t.Errorf("%+v", r)
			}
			if r := w.polled(); len(r.Announced) != 1 { // two good ones in a row
				t.Errorf("%+v", r)
			}
			w.posted("Namely can be read again")
		})
	}
}

// A token that Namely refuses fails the poll, for there was no reading; what is held and waiting goes on.
func TestWatch_TokenRefused_FailsAndIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	w := newWatchtower(t)
	w.world.Namely.OwnerUsesSSO = true
	for range 2 {
		if _, err := w.poll(); err == nil || !strings.Contains(err.Error(), "SSO") {
			t.Errorf("error %v", err)
		}
	}
	w.posted("Namely cannot be read", "SSO", "integrations")
	if n := w.announcements("Namely cannot be read"); n != 1 {
		t.Errorf("announced %d times", n)
	}
}

// Slack is down: the poll does not wait for it, leavers are dispatched, and the next poll tells what this one could not.
func TestWatch_SlackDown_IsToldLater(t *testing.T) {
	t.Parallel()
	w := newWatchtower(t)
	mend := w.world.Kits()["slack"].Inject(kit.Fault{Status: 503})
	w.leave(w.config.People[20:30])
	before := w.now
	if r := w.polled(); r.Scan.Held != 10 || r.Announced != nil {
		t.Errorf("%+v", r)
	}
	if took := w.env.Now().Sub(before) - 5*time.Minute; took > time.Minute {
		t.Errorf("the poll waited %s", took)
	}
	mend()
	if r := w.polled(); fmt.Sprint(r.Announced) != "[batch/B1/held]" {
		t.Errorf("%+v", r)
	}
}

// HR takes ten minutes to be read: what was released, and that a batch is over, does not wait for it.
func TestWatch_SlowHR_TheRestGoesOn(t *testing.T) {
	t.Parallel()
	w := newWatchtower(t)
	w.leave(w.config.People[20:30])
	w.polled()
	id := employee.ID(w.config.People[20].Number)
	p := w.decide(activities.DecideBatch{Batch: "B1", Verb: employee.ReleaseBatch, Only: []employee.ID{id},
		By: activities.Asker{Actor: "slack:U1", Employee: "E900"}, Reason: "left"}).Batch.Proposal
	w.decide(activities.DecideBatch{Batch: "B1", Verb: employee.ReleaseBatch, Nonce: p.Nonce, By: activities.Asker{Actor: "cli:kim", Employee: "E901"}, Reason: "left"})
	w.slow = 10 * time.Minute
	w.server.at = func() time.Time { return w.env.Now() }
	began := w.now.Add(5 * time.Minute)
	if r := w.polled(); r.Dispatched != (activities.Dispatched{Started: 1}) || r.Poll.Outcome != employee.PollAccepted {
		t.Errorf("%+v", r)
	}
	if waited := w.server.last.Sub(began); waited > time.Minute {
		t.Errorf("who was released waited %s for HR", waited)
	}
}

// A message that Slack does not take keeps no other back.
func TestWatch_OneMessageRefused_TheOthersArrive(t *testing.T) {
	t.Parallel()
	w := newWatchtower(t)
	down := w.world.Kits()["slack"].Inject(kit.Fault{Status: 503})
	w.leave(w.config.People[20:30])
	w.polled()
	down()
	w.world.Kits()["slack"].Inject(kit.Fault{Path: "/api/chat.postMessage", Status: 200, Body: `{"ok":false,"error":"msg_too_long"}`, Times: 1})
	w.now = w.now.Add(2 * time.Hour)
	w.leave(w.config.People[40:50])
	if r := w.polled(); len(r.Announced) != 1 {
		t.Errorf("%+v", r)
	}
	if r := w.polled(); len(r.Announced) != 1 {
		t.Errorf("%+v", r)
	}
	if b1, b2 := w.announcements("Held: batch B1"), w.announcements("Held: batch B2"); b1 != 1 || b2 != 1 {
		t.Errorf("announced %d and %d times", b1, b2)
	}
}

// announcements counts the messages that say a word.
func (w *watchtower) announcements(word string) int {
	n := 0
	for _, room := range w.world.Slack.Snapshot().Channels {
		for _, m := range room.Messages {
			if strings.Contains(m.Text, word) {
				n++
			}
		}
	}
	return n
}
