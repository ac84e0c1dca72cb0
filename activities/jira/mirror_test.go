package jira_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/activities/jira"
	"tenure/internal/plan"
	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
)

var began = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// world is a simulated Jira, the system under test, and one clock for both: waiting moves it.
type world struct {
	*testing.T
	sim    *jirasim.Simulator
	system *jira.System
	env    *testsuite.TestActivityEnvironment
	suite  testsuite.WorkflowTestSuite
	cfg    jira.Config

	mu     sync.Mutex
	now    time.Time
	waited time.Duration
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
	w.waited += d
}

// flavours runs a test against both products.
func flavours(t *testing.T, test func(*world)) {
	for _, f := range []jirasim.Flavour{jirasim.Cloud, jirasim.DataCenter} {
		t.Run(string(f), func(t *testing.T) { test(newWorld(t, &jirasim.Simulator{Flavour: f})) })
	}
}

func newWorld(t *testing.T, sim *jirasim.Simulator, wrap ...func(http.Handler) http.Handler) *world {
	t.Helper()
	w := &world{T: t, sim: sim, now: began}
	w.suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	sim.Clock = w.time
	var h http.Handler = sim
	for _, f := range wrap {
		h = f(h)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	cfg := jira.Config{BaseURL: srv.URL + sim.ContextPath, BrowseURL: "https://jira.example.com", Flavour: jira.DataCenter,
		Token: jirasim.DefaultToken, Project: jirasim.DefaultProject, IssueType: "Task", SubtaskType: "Sub-task", Now: w.time,
		Wait: func(ctx context.Context, d time.Duration) error { w.pass(d); return ctx.Err() }}
	if sim.Flavour != jirasim.DataCenter {
		cfg.Flavour, cfg.Email = jira.Cloud, jirasim.DefaultEmail
	}
	w.start(cfg)
	return w
}

func (w *world) start(cfg jira.Config) {
	w.Helper()
	system, err := jira.New(cfg)
	if err != nil {
		w.Fatal(err)
	}
	w.system, w.cfg = system, cfg
	w.env = w.suite.NewTestActivityEnvironment()
	for _, b := range system.Bindings() {
		w.env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
}

// config is the configuration in use, to be changed and started again.
func (w *world) config() jira.Config { return w.cfg }

// mirror makes one call and wants it to succeed.
func (w *world) mirror(in activities.MirrorCase) activities.MirrorRef {
	w.Helper()
	ref, err := w.try(in)
	if err != nil {
		w.Fatal(err)
	}
	return ref
}

func (w *world) try(in activities.MirrorCase) (activities.MirrorRef, error) {
	w.Helper()
	var ref activities.MirrorRef
	v, err := w.env.ExecuteActivity(activities.JiraMirrorCase.Name, in)
	if err == nil {
		err = v.Get(&ref)
	}
	return ref, err
}

// mirrorInWorkflow makes one call as a workflow does: with Temporal's retries and attempt numbers.
func (w *world) mirrorInWorkflow(in activities.MirrorCase) activities.MirrorRef {
	w.Helper()
	env := w.suite.NewTestWorkflowEnvironment()
	for _, b := range w.system.Bindings() {
		env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	env.ExecuteWorkflow(func(ctx workflow.Context) (activities.MirrorRef, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, HeartbeatTimeout: time.Minute,
			RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, MaximumAttempts: 5}})
		var ref activities.MirrorRef
		err := workflow.ExecuteActivity(ctx, activities.JiraMirrorCase.Name, in).Get(ctx, &ref)
		return ref, err
	})
	if err := env.GetWorkflowError(); err != nil {
		w.Fatal(err)
	}
	var ref activities.MirrorRef
	if err := env.GetWorkflowResult(&ref); err != nil {
		w.Fatal(err)
	}
	return ref
}

func (w *world) issue(key string) jirasim.Issue {
	w.Helper()
	i, found := w.sim.Issue(key)
	if !found {
		w.Fatalf("there is no issue %q", key)
	}
	return i
}

// tickets lists the keys of the issues that are no sub-tasks.
func (w *world) tickets() []string {
	var out []string
	for _, i := range w.sim.Snapshot().Issues {
		if !i.Type.Subtask {
			out = append(out, i.Key)
		}
	}
	return out
}

// view is a case in the middle of it.
func view(version int) activities.CaseView {
	return activities.CaseView{
		Case: "offboard/E1042", Run: "7d3c", Process: "Offboard", Employee: "E1042", Name: "Kim Lee", Email: "kim.lee@example.com",
		Title: "Engineer", Country: "US", Phase: "contain", Headline: "Containing: 1 critical step not verified yet", Actor: "cli:jo",
		Reason: "left", Urgency: "normal", Opened: began, Effective: began, Version: version,
		Steps: []activities.StepView{
			{ID: "okta.suspend", Phase: plan.Contain, Title: "Sign-in to Okta blocked", State: plan.Verified, Critical: true,
				ReadBack: "status SUSPENDED", Executed: began.Add(time.Second), Verified: began.Add(2 * time.Second)},
			{ID: "okta.factors", Phase: plan.Contain, Title: "Okta factors reset", State: plan.Running, Critical: true},
		},
	}
}

func asking(v activities.CaseView) activities.CaseView {
	s := &v.Steps[1]
	s.State, s.Problem, s.Detail, s.Mend = plan.NeedsAttention, activities.Forbidden, "Okta refused", "give the service app the scope"
	s.Owner, s.Due, s.Executed = "IT", began.Add(24*time.Hour), began.Add(3*time.Second)
	return v
}

func ended(v activities.CaseView) activities.CaseView {
	s := &v.Steps[1]
	*s = activities.StepView{ID: s.ID, Phase: s.Phase, Title: s.Title, State: plan.Verified, Critical: true, ReadBack: "0 factors",
		Verified: began.Add(time.Hour)}
	return v
}

func entries(from, to int) []activities.Entry {
	var out []activities.Entry
	for n := from; n <= to; n++ {
		out = append(out, activities.Entry{Seq: n, At: began.Add(time.Duration(n) * time.Second), Kind: activities.EntryInfo, Text: fmt.Sprintf("entry %d", n)})
	}
	return out
}

func input(v activities.CaseView, log ...activities.Entry) activities.MirrorCase {
	return activities.MirrorCase{View: v, Entries: log, Settings: plan.MirrorSettings{JiraProject: jirasim.DefaultProject, JiraType: "Task", JiraSubtask: "Sub-task"}}
}

func (w *world) wantComments(key string, want ...string) {
	w.Helper()
	got := w.issue(key).Comments
	if len(got) != len(want) {
		w.Fatalf("%s has %d comments, want %d: %v", key, len(got), len(want), bodies(got))
	}
	for i, c := range got {
		if !strings.Contains(c.Body, want[i]) {
			w.Errorf("comment %d is %q, want %q in it", i+1, c.Body, want[i])
		}
	}
}

func bodies(comments []jirasim.Comment) []string {
	var out []string
	for _, c := range comments {
		out = append(out, c.Body)
	}
	return out
}

func TestMirror_FirstCall_CreatesTheTicketWithItsMarks(t *testing.T) {
	flavours(t, func(w *world) {
		v := view(3)
		v.Urgency = "emergency"
		v.WorkflowURL = "https://temporal.example.com/wf"
		ref := w.mirror(input(v, entries(1, 2)...))
		if ref.Key != "ITOFF-1" || ref.URL != "https://jira.example.com/browse/ITOFF-1" || ref.Seq != 2 || ref.Version != 3 {
			w.Errorf("ref is %+v", ref)
		}
		i := w.issue(ref.Key)
		if i.Summary != "Offboard: Kim Lee (E1042)" || i.Priority != "High" || len(i.Labels) != 2 || !strings.HasPrefix(i.Labels[0], "tenure-") {
			w.Errorf("ticket is %q, %s, labels %v", i.Summary, i.Priority, i.Labels)
		}
		if p := string(i.Properties["tenure.case"]); !strings.Contains(p, `"case":"offboard/E1042","run":"7d3c","v":3`) {
			w.Errorf("property is %s", p)
		}
		if len(i.Links) != 1 || i.Links[0].GlobalID != "system=tenure&id=offboard/E1042/7d3c" {
			w.Errorf("links are %+v", i.Links)
		}
		w.wantComments(ref.Key, "entry 2")
		if last := i.Comments[0].Body; !strings.HasSuffix(last, "\nref: offboard/E1042/1-2") {
			w.Errorf("the comment does not end with its mark: %q", last)
		}
		if p := string(i.Comments[0].Properties["tenure.entry"]); p != `{"from":1,"to":2}` {
			w.Errorf("the comment's property is %s", p)
		}
		if w.waited != 0 {
			w.Errorf("waited %s for nothing", w.waited)
		}
	})
}

func TestMirror_LostCreate_IsFoundAgainThroughTheIndex(t *testing.T) {
	flavours(t, func(w *world) {
		w.sim.IndexDelay = 40 * time.Second
		w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Times: 1, Drop: kit.DropAfter})
		ref := w.mirrorInWorkflow(input(view(1), entries(1, 1)...))
		if got := w.tickets(); len(got) != 1 || ref.Key != got[0] {
			w.Fatalf("tickets %v, ref %+v", got, ref)
		}
		if w.waited < 40*time.Second || w.waited > jira.DefaultIndexWait {
			w.Errorf("waited %s for an index that is 40 s behind", w.waited)
		}
		w.wantComments(ref.Key, "entry 1")
	})
}

func TestMirror_CreateThatNeverArrived_IsMadeOnceAfterTheIndexWait(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Times: 1, Drop: kit.DropBefore})
	ref := w.mirrorInWorkflow(input(view(1)))
	if got := w.tickets(); len(got) != 1 || ref.Key != got[0] {
		t.Fatalf("tickets %v, ref %+v", got, ref)
	}
	if w.waited != jira.DefaultIndexWait {
		t.Errorf("waited %s, want the whole %s", w.waited, jira.DefaultIndexWait)
	}
}

func TestMirror_JiraDownBeforeAnyCreate_IsNotWaitedForAfterwards(t *testing.T) {
	flavours(t, func(w *world) {
		w.sim.Inject(kit.Fault{Times: 3, Status: 503})
		ref := w.mirrorInWorkflow(input(view(1), entries(1, 1)...))
		if w.waited != 0 || len(w.tickets()) != 1 || ref.Seq != 1 {
			w.Errorf("waited %s, tickets %v, ref %+v: nothing had been posted, so nothing was to be looked for", w.waited, w.tickets(), ref)
		}
	})
}

func TestMirror_RefusedCreate_IsNotWaitedForAfterwards(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Times: 1, Throttle: true})
	w.mirrorInWorkflow(input(view(1)))
	if w.waited != 0 || len(w.tickets()) != 1 {
		t.Errorf("waited %s, tickets %v", w.waited, w.tickets())
	}
}

func TestMirror_EarlierCallUnclear_LooksEvenOnTheFirstAttempt(t *testing.T) {
	flavours(t, func(w *world) {
		first := w.mirror(input(view(1), entries(1, 1)...)) // its answer never reached the workflow
		in := input(view(2), entries(1, 2)...)
		in.Unclear = true
		ref := w.mirror(in)
		if ref.Key != first.Key || len(w.tickets()) != 1 {
			w.Fatalf("first %s, then %s; tickets %v", first.Key, ref.Key, w.tickets())
		}
		w.wantComments(ref.Key, "entry 1", "entry 2")
	})
}

func TestMirror_LateTwinOfAnUnusedTicket_LowestIDIsKept(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{IndexDelay: 10 * time.Minute}) // slower than anybody waits for
	w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Times: 1, Drop: kit.DropAfter})
	ref := w.mirrorInWorkflow(input(view(1)))
	if ref.Key != "ITOFF-2" {
		t.Fatalf("ref is %+v", ref)
	}
	w.pass(10 * time.Minute)
	in := input(view(2), entries(1, 1)...)
	in.Ref = ref
	ref = w.mirror(in)
	if ref.Key != "ITOFF-1" {
		t.Fatalf("kept %s, want the lowest id", ref.Key)
	}
	twin := w.issue("ITOFF-2")
	if twin.Status.Category != "done" || twin.Resolution != "Duplicate" {
		t.Errorf("the twin is %s, %s", twin.Status.Name, twin.Resolution)
	}
	w.wantComments("ITOFF-2", "duplicate of ITOFF-1")
	w.wantComments("ITOFF-1", "entry 1")
}

func TestMirror_LateTwinOfATicketInUse_TheUsedOneIsKept(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{IndexDelay: 10 * time.Minute})
	w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Times: 1, Drop: kit.DropAfter})
	ref := w.mirrorInWorkflow(input(view(1), entries(1, 1)...))
	w.pass(10 * time.Minute)
	in := input(view(2), entries(2, 2)...)
	in.Ref = ref
	for range 2 { // the second call finds the twin closed and says nothing more
		in.Ref = w.mirror(in)
	}
	if in.Ref.Key != "ITOFF-2" {
		t.Fatalf("kept %s, where people already read the case", in.Ref.Key)
	}
	if twin := w.issue("ITOFF-1"); twin.Resolution != "Duplicate" {
		t.Errorf("the twin is %s, %s", twin.Status.Name, twin.Resolution)
	}
	w.wantComments("ITOFF-1", "duplicate of ITOFF-2")
	w.wantComments("ITOFF-2", "entry 1", "entry 2")
}

func TestMirror_CloneByAPerson_IsNotTaken(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{IndexDelay: jirasim.NoIndexDelay})
	w.mirror(input(view(1)))
	own := w.issue("ITOFF-1")
	// Another case's ticket that carries this case's label, as a cloned and edited ticket does.
	other := view(1)
	other.Case = "offboard/E2000"
	w.mirror(input(other))
	req := fmt.Sprintf(`{"update":{"labels":[{"add":%q}]}}`, own.Labels[0])
	w.raw("PUT", "/rest/api/2/issue/ITOFF-2", req)
	in := input(view(2))
	in.Unclear = true
	if ref := w.mirror(in); ref.Key != "ITOFF-1" {
		t.Errorf("took %s", ref.Key)
	}
	if w.issue("ITOFF-2").Status.Category == "done" {
		t.Error("another case's ticket was closed as a duplicate")
	}
}

// raw makes a call as an administrator's script would.
func (w *world) raw(method, path, body string) {
	w.Helper()
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.SetBasicAuth(jirasim.DefaultEmail, jirasim.DefaultToken)
	if w.sim.Flavour == jirasim.DataCenter {
		req.Header.Set("Authorization", "Bearer "+jirasim.DefaultToken)
	}
	w.sim.ServeHTTP(rec, req)
	if rec.Code > 299 {
		w.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
}

func TestMirror_RehiresSecondCase_GetsItsOwnTicket(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{IndexDelay: jirasim.NoIndexDelay})
	first := w.mirror(input(view(1)))
	again := view(1)
	again.Run = "9f00"
	if second := w.mirror(input(again)); second.Key == first.Key {
		t.Errorf("both cases share %s", first.Key)
	}
}

func TestMirror_UnchangedPage_IsNotWrittenAgain(t *testing.T) {
	flavours(t, func(w *world) {
		in := input(view(1))
		in.Ref = w.mirror(in)
		in.View.Version = 2
		in.Ref = w.mirror(in)
		if n := w.sim.CallsTo("PUT", "/rest/api/2/issue/*"); n != 0 || in.Ref.Version != 2 {
			w.Errorf("%d edits for an unchanged page, version %d", n, in.Ref.Version)
		}
		in.View.Headline, in.View.Version = "Contained", 3
		in.Ref = w.mirror(in)
		if n := w.sim.CallsTo("PUT", "/rest/api/2/issue/*"); n != 1 || !strings.Contains(w.issue(in.Ref.Key).Description, "*Contained*") {
			w.Errorf("%d edits for a changed page", n)
		}
	})
}

func TestMirror_OlderView_NeverGoesOverANewer(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	newer := view(5)
	newer.Headline = "Newer"
	ref := w.mirror(input(newer))
	old := input(asking(view(4)), entries(1, 1)...)
	old.View.Headline = "Older"
	old.Ref = activities.MirrorRef{Key: ref.Key} // a late attempt that knows no better
	w.mirror(old)
	i := w.issue(ref.Key)
	if !strings.Contains(i.Description, "*Newer*") || len(i.Subtasks) != 0 {
		t.Errorf("an older view was drawn: %q, sub-tasks %v", i.Description[:40], i.Subtasks)
	}
	w.wantComments(ref.Key, "entry 1") // entries are not versions: they are never lost
}

func TestMirror_Entries_AreBatchedInOrderWithoutTheQuietOnes(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	log := entries(1, 6)
	log[1].Quiet, log[5].Quiet = true, true
	ref := w.mirror(input(view(1), log...))
	w.wantComments(ref.Key, "entry 1")
	body := w.issue(ref.Key).Comments[0].Body
	if strings.Contains(body, "entry 2") || !strings.HasSuffix(body, "ref: offboard/E1042/1-5") || ref.Seq != 6 {
		t.Errorf("seq %d, comment %q", ref.Seq, body)
	}
	if strings.Index(body, "entry 3") > strings.Index(body, "entry 4") {
		t.Errorf("out of order: %q", body)
	}
}

func TestMirror_VeryLongLog_IsSplitAtJirasLimit(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	log := entries(1, 3)
	for i := range log {
		log[i].Text = strings.Repeat("x", 20000)
	}
	ref := w.mirror(input(view(1), log...))
	w.wantComments(ref.Key, "/1-1", "/2-2", "/3-3")
}

func TestMirror_LostComment_IsNotRepeated(t *testing.T) {
	flavours(t, func(w *world) {
		w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue/*/comment", Times: 1, Drop: kit.DropAfter})
		ref := w.mirrorInWorkflow(input(view(1), entries(1, 3)...))
		w.wantComments(ref.Key, "/1-3")
		if len(w.tickets()) != 1 || ref.Seq != 3 {
			w.Errorf("tickets %v, seq %d", w.tickets(), ref.Seq)
		}
	})
}

func TestMirror_EntriesShownBefore_AreNotRepeatedWhenTheRefWasLost(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	ref := w.mirror(input(view(1), entries(1, 2)...))
	if err := w.sim.Comment(ref.Key, "Quoting:\nref: offboard/E1042/1-99", "operator"); err != nil {
		t.Fatal(err)
	}
	in := input(view(2), entries(1, 4)...)
	in.Ref.Key = ref.Key
	w.mirror(in)
	w.wantComments(ref.Key, "/1-2", "Quoting", "/3-4")
}

func TestMirror_AfterAnOutage_CatchesUpInOrderWithOneComment(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	heal := w.sim.Inject(kit.Fault{Status: 502})
	if _, err := w.try(input(view(1), entries(1, 2)...)); err == nil {
		t.Fatal("a Jira that is down was called a success")
	}
	heal()
	ref := w.mirror(input(view(9), entries(1, 8)...))
	w.wantComments(ref.Key, "/1-8")
}

func TestMirror_PropertiesIgnoredByJira_EverythingIsStillFoundAgain(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{Flavour: jirasim.DataCenter, PropertiesIgnored: true})
	in := input(asking(view(1)), entries(1, 2)...)
	first := w.mirror(in)
	if p := string(w.issue(first.Key).Properties["tenure.case"]); !strings.Contains(p, "offboard/E1042") {
		t.Errorf("the ticket's property is %q", p)
	}
	w.pass(jirasim.DefaultIndexDelay)
	in.Unclear, in.Entries = true, entries(1, 3)
	again := w.mirror(in)
	if again.Key != first.Key || len(w.issue(first.Key).Subtasks) != 1 {
		t.Errorf("first %+v, then %+v", first, again)
	}
	w.wantComments(first.Key, "/1-2", "/3-3")
}

func TestMirror_CreateFollowedByACrash_IsOursEvenWithoutItsProperty(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{Flavour: jirasim.DataCenter, PropertiesIgnored: true})
	w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Times: 1, Drop: kit.DropAfter})
	ref := w.mirrorInWorkflow(input(view(1), entries(1, 1)...))
	if got := w.tickets(); len(got) != 1 || ref.Key != got[0] {
		t.Errorf("tickets %v, ref %+v", got, ref)
	}
}

func TestMirror_ManyTicketsWithItsLabel_FindsItsOwnOnALaterPage(t *testing.T) {
	flavours(t, func(w *world) {
		scout := newWorld(w.T, &jirasim.Simulator{})
		label := scout.issue(scout.mirror(input(view(1))).Key).Labels[0]
		for range 60 {
			w.raw("POST", "/rest/api/2/issue", fmt.Sprintf(`{"fields":{"project":{"key":"ITOFF"},"issuetype":{"name":"Task"},"summary":"clone","labels":[%q]},
				"properties":[{"key":"tenure.case","value":{"case":"offboard/E9","run":"x"}}]}`, label))
		}
		w.pass(jirasim.DefaultIndexDelay)
		first := w.mirror(input(view(1)))
		w.pass(jirasim.DefaultIndexDelay)
		in := input(view(2))
		in.Unclear = true
		if again := w.mirror(in); again.Key != first.Key || first.Key != "ITOFF-61" {
			w.Errorf("first %s, then %s", first.Key, again.Key)
		}
	})
}

func TestMirror_AfterTheIndexWait_TwinsAreNotLookedForAnyMore(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Times: 1, Drop: kit.DropBefore})
	in := input(view(1))
	in.Ref = w.mirrorInWorkflow(in)
	searches := func() int { return w.sim.CallsTo("GET", "/rest/api/2/search/jql") }
	before := searches()
	in.Ref = w.mirror(in)
	if searches() != before+1 {
		t.Errorf("%d searches while a twin may show up, want one a call", searches()-before)
	}
	w.pass(jira.DefaultIndexWait + time.Second)
	in.Ref = w.mirror(in) // looks for the last time
	before = searches()
	in.Ref = w.mirror(in)
	if searches() != before {
		t.Error("still looking for a twin")
	}
}

func TestMirror_TwinAPersonHasClosed_IsLeftAlone(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{IndexDelay: 10 * time.Minute})
	w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Times: 1, Drop: kit.DropAfter})
	in := input(view(1), entries(1, 1)...)
	in.Ref = w.mirrorInWorkflow(in)
	if err := w.sim.Transition("ITOFF-1", "Done", "operator"); err != nil {
		t.Fatal(err)
	}
	w.pass(10 * time.Minute)
	w.mirror(in)
	w.wantComments("ITOFF-1")
}
