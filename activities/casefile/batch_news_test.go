package casefile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/guard"
	"tenure/internal/policy"
)

// What must be announced is listed until somebody says that it was told.
func TestNews_UntilTold(t *testing.T) {
	c := newCrowd(t, 100)
	news := func(after time.Duration) []string {
		t.Helper()
		got, err := c.News(t.Context(), activities.AskNews{At: c.now.Add(after)})
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, a := range got.Announcements {
			keys = append(keys, a.Key)
			if a.Channel != "it" || a.Title == "" || a.Text == "" {
				t.Errorf("%+v", a)
			}
		}
		return keys
	}
	for range 2 {
		if got := news(0); fmt.Sprint(got) != "[batch/B1/held]" {
			t.Errorf("news %v", got)
		}
	}
	if _, err := c.Told(t.Context(), activities.TellNews{Keys: []string{"batch/B1/held"}, At: c.now}); err != nil {
		t.Fatal(err)
	}
	if got := news(0); len(got) != 0 {
		t.Errorf("news %v", got)
	}
	if got := news(11 * time.Hour); len(got) != 0 {
		t.Errorf("news %v", got)
	}
	if got := news(12 * time.Hour); fmt.Sprint(got) != "[batch/B1/half]" {
		t.Errorf("news at half time: %v", got)
	}
	if got := news(22 * time.Hour); fmt.Sprint(got) != "[batch/B1/last/2026-11-03T08:05:00Z]" {
		t.Errorf("news before the end: %v", got)
	}
	if got := news(24 * time.Hour); fmt.Sprint(got) != "[batch/B1/expired]" {
		t.Errorf("news %v", got)
	}
	if got := news(30 * 24 * time.Hour); len(got) != 0 {
		t.Errorf("a month later this is news: %v", got)
	}
}

func TestNews_HeldBatch_SaysWhyWhoAndHow(t *testing.T) {
	c := newCrowd(t, 100)
	got, err := c.News(t.Context(), activities.AskNews{At: c.now})
	if err != nil || len(got.Announcements) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	a := got.Announcements[0]
	says(t, a.Text, "10 of 100 people", "within one minute", "E0, E1, E2, E3, E4, E5, E6, E7, E8, E9", "Two different people", "/offboard", "2026-11-03 08:05 UTC")
	if !a.Alarm || len(a.Presses) != 2 || a.Presses[0].Verb != activities.VerbBatchRelease || a.Presses[1].Batch != "B1" || !a.Presses[1].Danger {
		t.Errorf("%+v", a)
	}
}

func TestNews_TroubleIsSaidOnce_AndThatItIsMended(t *testing.T) {
	c := newCrowd(t, 100)
	if err := c.store.Tell(t.Context(), []string{"batch/B1/held"}, c.now); err != nil {
		t.Fatal(err)
	}
	d := c.store.Directory(guard.New(func() policy.Policy { return c.policy }))
	fail := func(cause employee.PollCause) []activities.Announcement {
		t.Helper()
		c.now = c.now.Add(5 * time.Minute)
		if err := d.Fail(t.Context(), c.now, 0, employee.PollFailed, employee.Distrust{Cause: cause, What: "namely is down", Why: "why", Mend: "mend"}); err != nil {
			t.Fatal(err)
		}
		return c.told()
	}
	if got := fail(employee.Unreachable); len(got) != 1 || !got[0].Alarm {
		t.Errorf("%+v", got)
	}
	if got := fail(employee.Unreachable); len(got) != 0 {
		t.Errorf("said again: %+v", got)
	}
	if got := fail(employee.Refused); len(got) != 1 {
		t.Errorf("another cause: %+v", got)
	}
	c.change(0, nil)
	if got := c.told(); len(got) != 0 {
		t.Errorf("mended by one good poll: %+v", got)
	}
	c.change(0, nil)
	if got := c.told(); len(got) != 1 || got[0].Alarm || !strings.Contains(got[0].Title, "again") {
		t.Errorf("mended: %+v", got)
	}
	if got := c.told(); len(got) != 0 {
		t.Errorf("said again: %+v", got)
	}
}

// A connection that comes and goes is said once; one that stays away, once a day.
func TestNews_Trouble_OnceADayAndNoFlapping(t *testing.T) {
	c := newCrowd(t, 100)
	c.told()
	d := c.store.Directory(guard.New(func() policy.Policy { return c.policy }))
	fail := func(cause employee.PollCause) (titles []string) {
		t.Helper()
		if err := d.Fail(t.Context(), c.now, 0, employee.PollFailed, employee.Distrust{Cause: cause, What: "namely is down", Why: "why", Mend: "mend"}); err != nil {
			t.Fatal(err)
		}
		for _, a := range c.told() {
			if strings.Contains(a.Title, "Namely") {
				titles = append(titles, a.Title)
			}
		}
		return titles
	}
	for round := range 4 {
		c.now = c.now.Add(time.Minute)
		got := slices.Concat(fail(employee.Unreachable), fail(employee.Refused))
		if want := 2 * max(0, 1-round); len(got) != want {
			t.Errorf("round %d: %v", round, got)
		}
		c.change(0, nil)
		if got := c.told(); len(got) != 0 {
			t.Errorf("round %d: %+v", round, got)
		}
	}
	for range 3 {
		c.now = c.now.Add(24 * time.Hour)
		if got := slices.Concat(fail(employee.Refused), fail(employee.Refused)); fmt.Sprint(got) != "[Still: Namely cannot be read]" {
			t.Errorf("a day later: %v", got)
		}
	}
	c.change(0, nil)
	c.change(0, nil)
	if got := c.told(); len(got) != 1 || got[0].Title != "Namely can be read again" {
		t.Errorf("mended: %+v", got)
	}
}

// Absence is never termination, and must not be silent.
func TestNews_GoneFromNamely_IsSaidOnceAndCounted(t *testing.T) {
	c := newCrowd(t, 200)
	c.told()
	everybody := c.people
	c.people = append(slices.Clone(everybody[:5]), everybody[6:60]...) // E5, who left; E60 with the rest
	c.people = append(c.people, everybody[61:]...)
	c.change(0, nil)
	if got := c.told(); len(got) != 0 {
		t.Errorf("one reading is enough: %+v", got)
	}
	c.change(0, nil)
	got := c.told()
	if len(got) != 1 || !got[0].Alarm {
		t.Fatalf("%+v", got)
	}
	says(t, got[0].Title+got[0].Text, "Gone from Namely", "E60.", "/offboard")
	c.change(0, nil)
	if got := c.told(); len(got) != 0 {
		t.Errorf("said again: %+v", got)
	}
	state, err := c.WatchStatus(t.Context(), activities.AskWatch{})
	if err != nil || fmt.Sprint(state.Gone) != "[E60]" {
		t.Errorf("%+v, %v", state.Gone, err)
	}
}

// Two people agree on what they saw: whose last day is which.
func TestNews_HeldDates_AreShown(t *testing.T) {
	c := newCrowd(t, 100)
	c.told()
	c.now = c.now.Add(48 * time.Hour)
	c.told()
	people := c.people
	for i := 20; i < 30; i++ {
		people[i].DepartureDate = employee.Date{Year: 2026, Month: time.December, Day: 18}
		people[i].UpdatedAt = c.now
	}
	c.change(0, nil)
	got := c.told()
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	says(t, got[0].Text, "E20 (2026-12-18), E21 (2026-12-18)")
	asked, err := c.DecideBatch(t.Context(), activities.DecideBatch{Batch: "B2", Verb: employee.ReleaseBatch, Only: []employee.ID{"E20"}, By: activities.Asker{Actor: "cli:jo"}, Reason: "they left", At: c.now})
	if err != nil {
		t.Fatal(err)
	}
	says(t, asked.Text, "release 1 of 10: E20 (2026-12-18).")
}

// What burns is told before what is only good to know.
func TestNews_AlarmsFirst(t *testing.T) {
	leaving := somebody("E7", "")
	leaving.DepartureDate = employee.Date{Year: 2026, Month: time.November, Day: 30}
	o := newOffice(t, somebody("E1", ""), leaving)
	d := o.store.Directory(guard.New(func() policy.Policy { return o.policy }))
	if err := d.Fail(t.Context(), scanned, 0, employee.PollFailed, employee.Distrust{Cause: employee.Refused, What: "w"}); err != nil {
		t.Fatal(err)
	}
	got, err := o.News(t.Context(), activities.AskNews{At: scanned})
	if err != nil || len(got.Announcements) != 2 || !got.Announcements[0].Alarm || got.Announcements[1].Alarm {
		t.Errorf("%+v, %v", got, err)
	}
}

// told is the news, which it says to have been told.
func (c *crowd) told() []activities.Announcement {
	c.t.Helper()
	got, err := c.News(c.t.Context(), activities.AskNews{At: c.now})
	if err != nil {
		c.t.Fatal(err)
	}
	var keys []string
	for _, a := range got.Announcements {
		keys = append(keys, a.Key)
	}
	if _, err := c.Told(c.t.Context(), activities.TellNews{Keys: keys, At: c.now}); err != nil {
		c.t.Fatal(err)
	}
	return got.Announcements
}

// A baseline starts nothing; somebody whose day is known but not waited for must not be forgotten.
func TestNews_Baseline_NamesWhoseDayNobodyWaitsFor(t *testing.T) {
	leaving := somebody("E7", "")
	leaving.DepartureDate = employee.Date{Year: 2026, Month: time.November, Day: 30}
	o := newOffice(t, somebody("E1", ""), leaving)
	got, err := o.News(t.Context(), activities.AskNews{At: scanned})
	if err != nil || len(got.Announcements) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	says(t, got.Announcements[0].Text, "E7 (2026-11-30)", "tenure offboard")
}
