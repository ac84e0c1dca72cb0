package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/internal/temporalclient"
	"tenure/policies"
	"tenure/simulators/company"
	"tenure/standalone/temporal"
	"tenure/starter/intake"
	"tenure/workers/dispatch"
	"tenure/workflows"
)

// sorting is a Temporal server without workers, a directory, and the dispatcher between them.
type sorting struct {
	*dispatch.Dispatcher
	store  *store.Store
	policy policy.Policy
	client client.Client
	now    time.Time
}

func newSorting(t *testing.T) *sorting {
	t.Helper()
	server, err := temporal.Start(soon(t), temporal.Config{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	s := &sorting{now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)}
	s.client, err = temporalclient.Dial(soon(t), temporalclient.Options{Address: server.Address(), Namespace: server.Namespace(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.client.Close)
	if s.store, err = store.Open(soon(t), store.Config{Path: filepath.Join(t.TempDir(), "tenure.db")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	body, err := policies.Read("default")
	if err == nil {
		s.policy, err = policy.Parse("default", body)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Dispatcher = &dispatch.Dispatcher{Client: s.client, Outbox: s.store, Policy: func() policy.Policy { return s.policy }}
	return s
}

// scan keeps a new snapshot of the directory, and the events that follow from it.
func (s *sorting) scan(t *testing.T, people ...employee.Employee) {
	t.Helper()
	s.now = s.now.Add(5 * time.Minute)
	for i := range people {
		people[i].UpdatedAt = s.now
	}
	if _, err := s.store.Apply(soon(t), people, s.now); err != nil {
		t.Fatal(err)
	}
}

func (s *sorting) dispatched(t *testing.T, want activities.Dispatched) {
	t.Helper()
	got, err := s.Dispatch(soon(t), activities.DispatchOutbox{})
	if err != nil || got != want {
		t.Fatalf("dispatched %+v, want %+v, %v", got, want, err)
	}
}

// told is a case's first input and how often it was signalled; nothing when there is no case.
func (s *sorting) told(t *testing.T, id employee.ID) (in workflows.OffboardInput, signals int, exists bool) {
	t.Helper()
	caseID := workflows.OffboardID(id).String()
	if _, err := s.client.DescribeWorkflowExecution(soon(t), caseID, ""); err != nil {
		return in, 0, false
	}
	starts := 0
	for events := s.client.GetWorkflowHistory(soon(t), caseID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		if a := e.GetWorkflowExecutionStartedEventAttributes(); a != nil {
			starts++
			if err := converter.GetDefaultDataConverter().FromPayloads(a.GetInput(), &in); err != nil {
				t.Fatal(err)
			}
		}
		if e.GetWorkflowExecutionSignaledEventAttributes() != nil {
			signals++
		}
	}
	if starts != 1 {
		t.Errorf("%s was started %d times in one run", caseID, starts)
	}
	return in, signals, true
}

// someone is a person of the directory.
func someone(id employee.ID, country string) employee.Employee {
	return employee.Employee{ID: id, ProfileID: "p-" + string(id), Email: string(id) + "@example.com", Status: employee.Active, Title: "Analyst",
		Home: employee.Address{Country: country}}
}

func with(e employee.Employee, change func(*employee.Employee)) employee.Employee {
	change(&e)
	return e
}

// TestDispatch_EveryKindOfEvent turns one change of each kind into cases: those who leave get one, those who stay or
// come back are told to the one they have, and nobody else is anybody's case.
func TestDispatch_EveryKindOfEvent(t *testing.T) {
	whole(t)
	t.Parallel()
	s := newSorting(t)
	leaver, departing, staying, returned, moved := someone("E1", "US"), someone("E2", "KR"), someone("E3", "US"), someone("E4", "US"), someone("E5", "US")
	lastDay := employee.Date{Year: 2026, Month: time.December, Day: 18}
	staying.DepartureDate, returned.Status = lastDay, employee.Inactive
	s.scan(t, leaver, departing, staying, returned, moved)
	s.dispatched(t, activities.Dispatched{}) // a baseline starts nothing

	leaver.Status, departing.DepartureDate = employee.Inactive, lastDay
	staying.DepartureDate, returned.Status, moved.Title = employee.Date{}, employee.Active, "Manager"
	s.scan(t, leaver, departing, staying, returned, moved, someone("E6", "US"))
	s.dispatched(t, activities.Dispatched{Started: 2, Skipped: 4})

	in, _, _ := s.told(t, "E1")
	if r := in.Request; r.Actor != "namely:watch" || !r.EffectiveAt.IsZero() || !r.HREdited.Equal(s.now) || r.ProfileID != "p-E1" {
		t.Errorf("who left: %+v", r)
	}
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	in, _, _ = s.told(t, "E2")
	if want := lastDay.At(s.policy.Offboard.At.Hour, s.policy.Offboard.At.Minute, seoul); !in.Request.EffectiveAt.Equal(want) {
		t.Errorf("who departs in Seoul goes at %s, want %s", in.Request.EffectiveAt, want)
	}
	for _, id := range []employee.ID{"E3", "E4", "E5", "E6"} {
		if _, _, exists := s.told(t, id); exists {
			t.Errorf("%s has a case", id)
		}
	}
	s.scan(t, leaver, with(departing, func(e *employee.Employee) { e.DepartureDate.Day++ }), staying, returned, moved, someone("E6", "US"))
	s.dispatched(t, activities.Dispatched{Started: 1})
	s.scan(t, with(leaver, func(e *employee.Employee) { e.Status = employee.Active }), with(departing, func(e *employee.Employee) { e.DepartureDate = employee.Date{} }),
		staying, returned, moved, someone("E6", "US"))
	s.dispatched(t, activities.Dispatched{Updated: 2})
	for id, want := range map[employee.ID]int{"E1": 2, "E2": 3} {
		if _, signals, _ := s.told(t, id); signals != want {
			t.Errorf("%s was told %d changes, want %d", id, signals, want)
		}
	}
}

// forgetful loses the mark of its first deliveries, as a process does that dies between delivering and marking.
type forgetful struct {
	*store.Store
	lose int
}

func (f *forgetful) MarkDispatched(ctx context.Context, seq int64, note string) error {
	if f.lose > 0 {
		f.lose--
		return errors.New("killed")
	}
	return f.Store.MarkDispatched(ctx, seq, note)
}

// TestDispatch_DeliveredTwice_IsOneCase loses the mark after each delivery, and delivers again.
func TestDispatch_DeliveredTwice_IsOneCase(t *testing.T) {
	whole(t)
	t.Parallel()
	s := newSorting(t)
	s.Outbox = &forgetful{Store: s.store, lose: 2}
	leaver := someone("E1", "US")
	s.scan(t, leaver)
	leaver.Status = employee.Inactive
	s.scan(t, leaver)
	for range 2 {
		if _, err := s.Dispatch(soon(t), activities.DispatchOutbox{}); err == nil {
			t.Fatal("the mark was lost and nothing was said")
		}
	}
	s.dispatched(t, activities.Dispatched{Started: 1})
	s.dispatched(t, activities.Dispatched{})
	if _, signals, exists := s.told(t, "E1"); !exists || signals != 3 {
		t.Errorf("exists %v, told %d times", exists, signals)
	}
}

// TestDepartureDate has HR set a departure date and clear it again: the case is scheduled in the leaver's own zone,
// and closed without a trace at any vendor.
func TestDepartureDate(t *testing.T) {
	whole(t)
	t.Parallel()
	h := open(t, fastPolicy(t, time.Second))
	leaver := personIn(t, "KR")
	day := time.Now().UTC().AddDate(0, 0, 30)
	h.world.Namely.SetDeparture(leaver.ProfileID, day.Format(time.DateOnly))
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(day.Year(), day.Month(), day.Day(), 17, 0, 0, 0, seoul)
	h.until(t, leaver, func(v activities.CaseView) error {
		if v.Phase != "scheduled" || !v.Effective.Equal(want) {
			return fmt.Errorf("%s at %s, want scheduled at %s", v.Phase, v.Effective, want)
		}
		return nil
	})
	h.world.Namely.SetDeparture(leaver.ProfileID, "")
	h.until(t, leaver, func(v activities.CaseView) error {
		if !v.Closed || v.Outcome != "rescinded" {
			return fmt.Errorf("%s, %s", v.Phase, v.Outcome)
		}
		return nil
	})
	for _, name := range []string{"okta", "google", "jamf", "retriever", "easypost"} {
		if n := h.world.Kits()[name].Mutations("/token", "/oauth2/**", "/api/oauth/token", "/api/v1/oauth/token"); n != 0 {
			t.Errorf("%s was changed %d times for a case that never began", name, n)
		}
	}
}

// personIn is somebody active in a country, with an employee number.
func personIn(t *testing.T, country string) company.Person {
	t.Helper()
	for _, p := range company.People() {
		if p.Country() == country && p.Status == "active" && p.Number != "" && p.Departure == "" {
			return p
		}
	}
	t.Fatal("nobody lives in " + country)
	return company.Person{}
}

// until asks the command line until the case is as wanted.
func (h *house) until(t *testing.T, p company.Person, is func(activities.CaseView) error) {
	t.Helper()
	eventually(t, startUp, "the case of "+p.Number, func() error {
		v, err := h.explain(t, p.Email)
		if err != nil {
			return err
		}
		return is(v)
	})
}

// TestServe_ChangesThePace asks for another pace of the directory watch, twice, and stops: the schedule stays.
func TestServe_ChangesThePace(t *testing.T) {
	whole(t)
	t.Parallel()
	h := open(t, fastPolicy(t, time.Second))
	c := dial(t, h.data)
	h.pace(t, c, time.Second)
	for _, every := range []time.Duration{7 * time.Minute, 3 * time.Minute} {
		p := launch(t, program(t, "starter"), "--data", h.data, "serve", "--watch-every", every.String())
		h.pace(t, c, every)
		if code := p.interrupt(t); code != 0 {
			t.Errorf("serve ended with %d: %s", code, p.err)
		}
		h.pace(t, c, every)
	}
	var listed []string
	all, err := c.ScheduleClient().List(soon(t), client.ScheduleListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for all.HasNext() {
		one, err := all.Next()
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, one.ID)
	}
	slices.Sort(listed)
	if !slices.Equal(listed, []string{intake.WatchScheduleID, intake.TicketsScheduleID}) {
		t.Errorf("there are the schedules %v", listed)
	}
}

// pace waits until the directory watch has a pace.
func (h *house) pace(t *testing.T, c client.Client, want time.Duration) {
	t.Helper()
	eventually(t, time.Minute, "the directory is watched every "+want.String(), func() error {
		d, err := c.ScheduleClient().GetHandle(soon(t), intake.WatchScheduleID).Describe(soon(t))
		if err != nil {
			return err
		}
		spec := d.Schedule.Spec
		if len(spec.Intervals) != 1 || spec.Intervals[0].Every != want {
			return fmt.Errorf("intervals %+v", spec.Intervals)
		}
		return nil
	})
}
