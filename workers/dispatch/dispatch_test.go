package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/guard"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/workers/dispatch"
	"tenure/workflows"
)

// server remembers what Temporal was asked to start and to tell. (That Temporal does as it is asked is seen in e2e.)
type server struct {
	client.Client
	mu      sync.Mutex
	inputs  map[string]workflows.OffboardInput
	roles   map[string]workflows.RoleInput
	words   map[string][]workflows.EmployeeChange // what each case was told, with its start or after
	options map[string]client.StartWorkflowOptions
	views   map[string]activities.CaseView // what a case says when it is asked
	order   []string
	calls   int
	down    bool
	stuck   string // the case that cannot be reached
	ends    string // the case that ends when it was asked
}

func newServer() *server {
	return &server{inputs: map[string]workflows.OffboardInput{}, roles: map[string]workflows.RoleInput{}, words: map[string][]workflows.EmployeeChange{},
		options: map[string]client.StartWorkflowOptions{}, views: map[string]activities.CaseView{}}
}

func (s *server) SignalWithStartWorkflow(_ context.Context, id, _ string, word any, o client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.down || id == s.stuck {
		return nil, errors.New("no connection")
	}
	switch in := args[0].(type) {
	case workflows.OffboardInput:
		s.inputs[id] = in
	case workflows.RoleInput:
		s.roles[id] = in
	}
	s.options[id] = o
	s.words[id] = append(s.words[id], word.(workflows.EmployeeChange))
	s.order = append(s.order, "start "+id)
	return nil, nil
}

func (s *server) SignalWorkflow(_ context.Context, id, _, _ string, word any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.down || id == s.stuck {
		return errors.New("no connection")
	}
	if !s.runs(id) {
		return serviceerror.NewNotFound("no such case")
	}
	s.words[id] = append(s.words[id], word.(workflows.EmployeeChange))
	s.order = append(s.order, "tell "+id)
	return nil
}

func (s *server) runs(id string) bool {
	_, offboard := s.inputs[id]
	_, role := s.roles[id]
	return offboard || role
}

func (s *server) QueryWorkflowWithOptions(_ context.Context, o *client.QueryWorkflowWithOptionsRequest) (*client.QueryWorkflowWithOptionsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, answers := s.views[o.WorkflowID]
	switch {
	case !s.runs(o.WorkflowID):
		return nil, serviceerror.NewNotFound("no such case")
	case !answers:
		return nil, serviceerror.NewQueryFailed("it cannot be replayed")
	}
	if o.WorkflowID == s.ends {
		delete(s.roles, o.WorkflowID)
	}
	return &client.QueryWorkflowWithOptionsResponse{QueryResult: value{v}}, nil
}

// begins has a case run already.
func (s *server) begins(ids ...string) {
	for _, id := range ids {
		s.roles[id] = workflows.RoleInput{}
	}
}

// did is what Temporal was asked since it was looked at last, in the order of the alphabet.
func (s *server) did() string {
	order := slices.Sorted(slices.Values(s.order))
	s.order = nil
	return strings.Join(order, ", ")
}

// post is a company of a hundred with its outbox and the dispatcher that works it off.
type post struct {
	*dispatch.Dispatcher
	t      *testing.T
	server *server
	store  *store.Store
	policy policy.Policy
	people []employee.Employee
	now    time.Time
}

func newPost(t *testing.T) *post {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "tenure.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	p, err := policy.Parse("p.yaml", []byte("version: 1\ncompany: {name: Example Company, domain: example.com}\ntime_zones: {default: America/New_York}\noffboard: {custodian: it@example.com}\n"))
	if err != nil {
		t.Fatal(err)
	}
	o := &post{t: t, server: newServer(), store: s, policy: p, now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)}
	o.Dispatcher = &dispatch.Dispatcher{Client: o.server, Outbox: s, Policy: func() policy.Policy { return o.policy }, Now: func() time.Time { return o.now }}
	for i := range 100 {
		o.people = append(o.people, employee.Employee{ID: employee.ID(fmt.Sprint("E", i)), ProfileID: fmt.Sprint("p", i), Status: employee.Active,
			Email: fmt.Sprintf("e%d@example.com", i)})
	}
	o.scan()
	return o
}

func (o *post) scan() {
	o.t.Helper()
	o.now = o.now.Add(5 * time.Minute)
	d := o.store.Directory(guard.New(func() policy.Policy { return o.policy }))
	if _, err := d.Apply(o.t.Context(), employee.Scan{At: o.now, People: slices.Clone(o.people)}); err != nil {
		o.t.Fatal(err)
	}
}

// edit is HR changing one person.
func (o *post) edit(i int, f func(*employee.Employee)) {
	f(&o.people[i])
	o.people[i].UpdatedAt = o.now
}

func (o *post) dispatched(want activities.Dispatched) {
	o.t.Helper()
	if got, err := o.Dispatch(o.t.Context(), activities.DispatchOutbox{}); err != nil || got != want {
		o.t.Errorf("dispatched %+v, %v; want %+v", got, err, want)
	}
}

func leaves(e *employee.Employee) { e.Status = employee.Inactive }
func works(e *employee.Employee)  { e.Status = employee.Active }

func on(d employee.Date) func(*employee.Employee) {
	return func(e *employee.Employee) { e.DepartureDate = d }
}

func TestDispatch_HeldEvents_AreNotThere(t *testing.T) {
	o := newPost(t)
	for i := range 10 {
		o.edit(i, leaves)
	}
	o.scan()
	o.dispatched(activities.Dispatched{})
	say := func(by, nonce string, except ...employee.ID) employee.Batch {
		t.Helper()
		got, err := o.store.DecideBatch(t.Context(), "B1", store.Decision{By: by, Verb: employee.ReleaseBatch, Except: except, Nonce: nonce, At: o.now})
		if err != nil {
			t.Fatal(err)
		}
		return got.Batch
	}
	b := say("cli:jo", "", "E4")
	o.dispatched(activities.Dispatched{})
	say("cli:kim", b.Proposal.Nonce)
	o.dispatched(activities.Dispatched{Started: 9})
	if _, started := o.server.inputs["offboard/E4"]; started || len(o.server.inputs) != 9 {
		t.Errorf("started %v", o.server.order)
	}
	o.dispatched(activities.Dispatched{})
}

// One case that cannot be reached keeps nobody else's waiting, and its person's later events stay behind the one that
// failed.
func TestDispatch_OneUndeliverable_TheOthersGoOn(t *testing.T) {
	o := newPost(t)
	o.server.stuck = "offboard/E1"
	o.edit(1, on(employee.Date{Year: 2026, Month: time.December, Day: 18}))
	o.scan()
	o.edit(1, on(employee.Date{Year: 2026, Month: time.December, Day: 20}))
	o.edit(2, leaves)
	o.edit(3, func(e *employee.Employee) { e.Title = "Head" })
	o.scan()
	sum, err := o.Dispatch(t.Context(), activities.DispatchOutbox{})
	if err == nil || strings.Count(err.Error(), "of E1") != 1 {
		t.Errorf("error %v", err)
	}
	if sum != (activities.Dispatched{Started: 1, Skipped: 1}) || fmt.Sprint(o.server.order) != "[start offboard/E2]" {
		t.Errorf("%+v, %v", sum, o.server.order)
	}
	o.server.stuck = ""
	o.dispatched(activities.Dispatched{Started: 2})
}

// Nobody who leaves waits for five thousand who were renamed.
func TestDispatch_LeaversBeforeTrivia(t *testing.T) {
	o := newPost(t)
	for i := range 90 {
		o.edit(i, func(e *employee.Employee) { e.Department = "Sales" })
	}
	o.scan()
	o.edit(95, leaves)
	o.scan()
	o.Outbox = &grudging{Store: o.store}
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err == nil {
		t.Error("marked all the same")
	}
	if fmt.Sprint(o.server.order) != "[start offboard/E95]" {
		t.Errorf("%v", o.server.order)
	}
}

// grudging is a store that takes no mark of what nobody acts on.
type grudging struct{ *store.Store }

func (*grudging) MarkUnused(context.Context, map[string][]int64) error { return errors.New("not now") }

// Temporal is away: that is tried with a few people, and not with everybody.
func TestDispatch_NobodyCanBeReached_StopsEarly(t *testing.T) {
	o := newPost(t)
	for i := range 60 {
		o.now = o.now.Add(2 * time.Hour)
		o.edit(i, leaves)
		o.scan()
	}
	o.server.down = true
	_, err := o.Dispatch(t.Context(), activities.DispatchOutbox{})
	if err == nil || strings.Count(err.Error(), "deliver event") != 10 {
		t.Errorf("error %v", err)
	}
	o.server.down = false
	o.dispatched(activities.Dispatched{Started: 60})
}

// However many events are wrong in themselves, those behind them are delivered.
func TestDispatch_ManyWrongEvents_TheOthersGoOn(t *testing.T) {
	o := newPost(t)
	for i := range 20 {
		o.now = o.now.Add(2 * time.Hour)
		o.edit(i, leaves)
		o.scan()
	}
	o.Outbox = &strangers{Store: o.store}
	sum, err := o.Dispatch(t.Context(), activities.DispatchOutbox{})
	if err == nil || sum.Started != 1 || fmt.Sprint(o.server.order) != "[start offboard/E19]" {
		t.Errorf("%+v, %v", sum, err)
	}
}

// strangers is a store that has lost everybody but E19.
type strangers struct{ *store.Store }

func (s *strangers) Records(ctx context.Context, id employee.ID) ([]employee.Employee, error) {
	if id == "E19" {
		return s.Store.Records(ctx, id)
	}
	return nil, fmt.Errorf("employee %s: %w", id, store.ErrNotFound)
}

// Temporal was down while HR changed its mind: what is not so any more is not begun. (A departure date that is gone would
// otherwise lie in the year zero, and the case begin at once.)
func TestDispatch_TakenBackWhileItWaited_IsNotBegun(t *testing.T) {
	o := newPost(t)
	o.server.down = true
	o.edit(1, leaves)
	o.edit(2, on(employee.Date{Year: 2026, Month: time.December, Day: 18}))
	o.scan()
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err == nil {
		t.Fatal("dispatched without a server")
	}
	o.edit(1, works)
	o.edit(2, on(employee.Date{}))
	o.scan()
	o.server.down = false
	o.dispatched(activities.Dispatched{Skipped: 4})
	if len(o.server.order) != 0 {
		t.Errorf("Temporal was asked: %v", o.server.order)
	}
}

func TestDispatch_DepartureDate_IsTheHourInThePersonsZone(t *testing.T) {
	o := newPost(t)
	day := employee.Date{Year: 2026, Month: time.December, Day: 18}
	past := employee.Date{Year: 2026, Month: time.October, Day: 1}
	o.policy.TimeZones.Countries = map[string]string{"KR": "Asia/Seoul"}
	o.Policy = func() policy.Policy { return o.policy }
	o.edit(1, func(e *employee.Employee) { e.DepartureDate, e.Home.Country = day, "KR" })
	o.edit(2, on(past))
	o.scan()
	o.dispatched(activities.Dispatched{Started: 2, Skipped: 1}) // the move to Korea is nobody's business yet
	if at := o.server.inputs["offboard/E1"].Request.EffectiveAt; !at.Equal(time.Date(2026, 12, 18, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("E1 leaves at %s", at)
	}
	late := o.server.inputs["offboard/E2"].Request
	if !late.EffectiveAt.Before(o.now) || !late.HREdited.After(late.EffectiveAt) || late.Reason != "HR set a departure date, after the day itself" {
		t.Errorf("a day that is over already: %+v", late)
	}
}

// What no process acts on is marked as such, to be found when one does.
func TestDispatch_WhatNobodyActsOn_IsKept(t *testing.T) {
	o := newPost(t)
	o.people = append(o.people, employee.Employee{ID: "E900", ProfileID: "p900", Email: "new@example.com", Status: employee.Pending})
	o.edit(1, func(e *employee.Employee) { e.Title, e.ManagerProfileID = "Head", "p7" })
	o.edit(2, leaves)
	o.scan()
	o.dispatched(activities.Dispatched{Started: 1, Skipped: 2})
	unused, err := o.store.UnusedEvents(t.Context(), 0, 10)
	if err != nil || len(unused) != 2 {
		t.Fatalf("%+v, %v", unused, err)
	}
	if !unused[0].Event.Is(employee.Mover) || !unused[0].Event.Is(employee.ManagerChanged) || !unused[1].Event.Is(employee.Joiner) {
		t.Errorf("%+v", unused)
	}
}

func TestDispatch_ReturnAndStay_AreToldToTheCase(t *testing.T) {
	o := newPost(t)
	o.edit(1, leaves)
	o.scan()
	o.dispatched(activities.Dispatched{Started: 1})
	o.edit(1, works)
	o.scan()
	o.dispatched(activities.Dispatched{Updated: 1})
	if fmt.Sprint(o.server.order) != "[start offboard/E1 tell offboard/E1]" {
		t.Errorf("%v", o.server.order)
	}
}
