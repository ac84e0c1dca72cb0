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

// team is a boss, a manager and three people of the manager's; a mapping is in force.
func team(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{t: t, now: scanned, people: []employee.Employee{somebody("E1", ""), somebody("E2", "p-E1"),
		somebody("E3", "p-E2"), somebody("E4", "p-E2"), somebody("E5", "p-E1")}}
	c.office = roleOffice(t, c.people...)
	c.policy.Slack.Channel, c.policy.Slack.HRChannel = "it", "hr"
	c.edit("", nil)
	c.told()
	return c
}

// edit is HR changing one person, and the reading that sees it.
func (c *crowd) edit(id employee.ID, f func(*employee.Employee)) {
	c.t.Helper()
	c.now = c.now.Add(5 * time.Minute)
	for i := range c.people {
		if c.people[i].ID == id {
			f(&c.people[i])
			c.people[i].UpdatedAt = c.now
		}
	}
	d := c.store.Directory(guard.New(func() policy.Policy { return c.policy }))
	if _, err := d.Apply(c.t.Context(), employee.Scan{At: c.now, People: slices.Clone(c.people)}); err != nil {
		c.t.Fatal(err)
	}
}

// ofOrphans is the news to HR.
func ofOrphans(all []activities.Announcement) []activities.Announcement {
	return slices.DeleteFunc(all, func(a activities.Announcement) bool { return !strings.HasPrefix(a.Key, "orphans/") })
}

func gone(e *employee.Employee) { e.Status = employee.Inactive }

func reportsTo(profile string) func(*employee.Employee) {
	return func(e *employee.Employee) { e.ManagerProfileID = profile }
}

func TestNews_ManagerLeft_TellsHRWhoIsLeftWithout(t *testing.T) {
	c := team(t)
	c.edit("E2", gone)
	got := ofOrphans(c.told())
	if len(got) != 1 || got[0].Channel != "hr" || got[0].Alarm {
		t.Fatalf("%+v", got)
	}
	says(t, got[0].Title, "Name E2 (E2)", "manager of 2")
	says(t, got[0].Text, "Name E3 (E3), Name E4 (E4): in Okta the manager is Name E1 (E1) meanwhile.", "Namely")
	if got := ofOrphans(c.told()); len(got) != 0 {
		t.Errorf("said again: %+v", got)
	}
}

func TestNews_ManagerLeft_IsSaidAgainWhenThereAreMore(t *testing.T) {
	c := team(t)
	c.edit("E2", gone)
	first := ofOrphans(c.told())
	c.edit("E4", reportsTo("p-E1"))
	if got := ofOrphans(c.told()); len(got) != 0 {
		t.Errorf("one was put right, and it is said again: %+v", got)
	}
	c.edit("E4", reportsTo("p-E2"))
	if got := ofOrphans(c.told()); len(got) != 0 {
		t.Errorf("nobody new: %+v", got)
	}
	c.edit("E5", reportsTo("p-E2"))
	got := ofOrphans(c.told())
	if len(got) != 1 || got[0].Key == first[0].Key {
		t.Fatalf("%+v", got)
	}
	says(t, got[0].Title+got[0].Text, "manager of 3", "E5")
}

// E3 and E4 report to E2, E2 to E7, E7 to E1: when E2 is gone E7 stands in, and when E7 is gone too, E1 does.
func TestNews_WhoStoodInLeftToo_IsSaidAgain(t *testing.T) {
	c := team(t)
	c.people = append(c.people, somebody("E7", "p-E1"))
	c.edit("E2", reportsTo("p-E7"))
	c.edit("E2", gone)
	first := ofOrphans(c.told())
	if len(first) != 1 {
		t.Fatalf("%+v", first)
	}
	says(t, first[0].Text, "the manager is Name E7 (E7) meanwhile.")
	c.edit("E7", func(e *employee.Employee) { e.Title = "Head of this and that" })
	if got := ofOrphans(c.told()); len(got) != 0 {
		t.Errorf("another title is no news: %+v", got)
	}
	c.edit("E7", gone)
	got := ofOrphans(c.told())
	if len(got) != 1 || got[0].Key == first[0].Key {
		t.Fatalf("%+v", got)
	}
	says(t, got[0].Title, "Name E2 (E2)", "manager of 2")
	says(t, got[0].Text, "Name E3 (E3), Name E4 (E4): in Okta the manager is Name E1 (E1) meanwhile.")
	if got := ofOrphans(c.told()); len(got) != 0 {
		t.Errorf("said again: %+v", got)
	}
	c.edit("E1", gone)
	all := ofOrphans(c.told())
	if len(all) != 2 { // E1's own report, and those of E2
		t.Fatalf("%+v", all)
	}
	says(t, all[1].Text, "in Okta the manager is nobody meanwhile.")
}

// Until somebody says that it was told, it is said under the same key: Slack keeps one message of it.
func TestNews_ManagerLeft_KeyIsStable(t *testing.T) {
	c := team(t)
	c.edit("E2", gone)
	var keys []string
	for range 3 {
		got, err := c.News(t.Context(), activities.AskNews{At: c.now})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range ofOrphans(got.Announcements) {
			keys = append(keys, a.Key)
		}
	}
	if len(keys) != 3 || len(slices.Compact(keys)) != 1 {
		t.Errorf("%v", keys)
	}
}

func TestNews_EverybodyAboveLeft_ThereIsNoManager(t *testing.T) {
	c := team(t)
	c.policy.Slack.HRChannel = ""
	c.edit("E1", gone)
	c.edit("E2", gone)
	got := ofOrphans(c.told())
	if len(got) != 2 || got[0].Channel != "it" {
		t.Fatalf("%+v", got)
	}
	says(t, got[0].Text, "Name E5 (E5): in Okta the manager is nobody meanwhile.")
	says(t, got[1].Text, "Name E3 (E3), Name E4 (E4): in Okta the manager is nobody meanwhile.")
}

func TestNews_ManagerLeft_WithoutAMapping_IsNoNews(t *testing.T) {
	c := team(t)
	c.policy.Mapping.Attributes, c.policy.Mapping.Groups, c.policy.Mapping.Sets = nil, nil, nil
	c.edit("E2", gone)
	if got := ofOrphans(c.told()); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// A long list is cut, and says so.
func TestNews_ManagerOfMany_NamesAHundred(t *testing.T) {
	c := team(t)
	for i := range 130 {
		c.people = append(c.people, somebody(fmt.Sprint("E", 100+i), "p-E2"))
	}
	c.edit("E2", gone)
	got := ofOrphans(c.told())
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	says(t, got[0].Title+got[0].Text, "manager of 132", "And 32 more.")
	if got := ofOrphans(c.told()); len(got) != 0 {
		t.Errorf("said again: %+v", got)
	}
}
