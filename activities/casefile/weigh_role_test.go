package casefile_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
)

// mappedDoors is doors with a mapping in the policy.
func mappedDoors(t *testing.T, people ...employee.Employee) *office {
	t.Helper()
	o := doors(t, people...)
	p, err := policy.Parse("p.yaml", []byte(doorsPolicy+"mapping: {groups: [{name: staff}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	o.policy = p
	return o
}

func roleAsk(v activities.Verb, actor, who string) activities.Ask {
	return activities.Ask{Key: "slack:1", Verb: v, Actor: actor, Who: who, Reason: "HR confirms it"}
}

var roleVerbs = []activities.Verb{activities.VerbOnboard, activities.VerbMove}

func inactive(id string) employee.Employee {
	e := somebody(id, "")
	e.Status = employee.Inactive
	return e
}

func TestWeigh_Role_AllowedForTheITTeam(t *testing.T) {
	hired := somebody("E7", "")
	hired.Status, hired.StartDate = employee.Pending, employee.Date{Year: 2026, Month: time.December, Day: 1}
	for _, v := range roleVerbs {
		for _, c := range []struct {
			actor, who string
			m          activities.Member
			person     employee.ID
		}{
			{"slack:UTEAM1", "e3@example.com", teammate, "E3"},
			{"slack:UGROUP", "E3", byGroup, "E3"},
			{"cli:kim", "E7", activities.Member{}, "E7"},
			{"cli:root", "E7", activities.Member{}, "E7"},
		} {
			if w := mappedDoors(t, hired).weigh(t, roleAsk(v, c.actor, c.who), c.m); w.Refusal != nil || w.Person.ID != c.person {
				t.Errorf("%s of %s by %s: %+v", v, c.who, c.actor, w.Refusal)
			}
		}
	}
}

func TestWeigh_Role_Refused(t *testing.T) {
	over := somebody("E8", "")
	over.DepartureDate = employee.Date{Year: 2026, Month: time.October, Day: 1}
	for _, v := range roleVerbs {
		for _, c := range []struct {
			name, actor, who string
			m                activities.Member
			typ, text, mend  string
		}{
			{"somebody nobody listed", "slack:USTRANGE", "E3", stranger, activities.Forbidden, "may not ask for", ""},
			{"an approver who is not of IT", "slack:UAPP", "E3", approver, activities.Forbidden, "may not ask for", ""},
			{"a system", "okta:hook", "E3", activities.Member{}, activities.Forbidden, "is not for", ""},
			{"a ticket", "jira:5b10", "E3", activities.Member{}, activities.Forbidden, "is not for", ""},
			{"oneself", "slack:UTEAM1", "E2", teammate, activities.Forbidden, "about themselves", ""},
			{"nobody named", "slack:UTEAM1", " ", teammate, activities.InvalidInput, "missing who is meant", ""},
			{"somebody HR says is inactive", "slack:UTEAM1", "E7", teammate, activities.Conflict, "HR has E7 as inactive", "active in Namely first"},
			{"somebody whose last day is over", "slack:UTEAM1", "E8", teammate, activities.Conflict, "2026-10-01, is over", "departure date"},
		} {
			w := mappedDoors(t, inactive("E7"), over).weigh(t, roleAsk(v, c.actor, c.who), c.m)
			if r := w.Refusal; r == nil || r.Type != c.typ || !strings.Contains(r.Text, c.text) || !strings.Contains(r.Mend, c.mend) {
				t.Errorf("%s, %s: %+v", v, c.name, r)
			}
		}
	}
}

func TestWeigh_Role_WithoutAMapping_IsRefused(t *testing.T) {
	for _, v := range roleVerbs {
		w := doors(t).weigh(t, roleAsk(v, "slack:UTEAM1", "E3"), teammate)
		if w.Refusal == nil || w.Refusal.Type != activities.Unsupported || w.Refusal.Mend != "add mapping: to the policy" {
			t.Errorf("%s: %+v", v, w.Refusal)
		}
	}
}

// One of two positions ended: the person works here.
func TestWeigh_Role_OfSomebodyWithTwoRecords(t *testing.T) {
	o := mappedDoors(t, inactive("E7"), somebody("E8", ""), somebody("E9", ""))
	o.join(t, "E8", "E7")
	o.join(t, "E9", "E2")
	if w := o.weigh(t, roleAsk(activities.VerbMove, "slack:UTEAM1", "E7"), teammate); w.Refusal != nil {
		t.Errorf("%+v", w.Refusal)
	}
	w := o.weigh(t, roleAsk(activities.VerbOnboard, "slack:UTEAM1", "E9"), teammate)
	if w.Refusal == nil || !strings.Contains(w.Refusal.Text, "about themselves") {
		t.Errorf("one's own second record: %+v", w.Refusal)
	}
}

func onboardAsk(actor string, v activities.Verb, step plan.StepID) activities.Ask {
	a := caseAsk(actor, v)
	a.Case, a.Step = "onboard/E3", step
	return a
}

// What a case of joining can be asked, the IT team may ask.
func TestWeigh_CasesOfJoiningMovingAndLeave(t *testing.T) {
	for _, id := range []string{"onboard/E3", "move/E3", "leave/E3"} {
		for _, v := range []activities.Verb{activities.VerbRescind, activities.VerbHold, activities.VerbRelease, activities.VerbRetry, activities.VerbDone, activities.VerbSkip, activities.VerbExplain} {
			ask := onboardAsk("slack:UTEAM1", v, "")
			ask.Case = id
			if w := doors(t).weigh(t, ask, teammate); w.Refusal != nil || w.Person.ID != "E3" {
				t.Errorf("%s of %s: %+v", v, id, w.Refusal)
			}
		}
	}
	if w := doors(t).weigh(t, onboardAsk("slack:USTRANGE", activities.VerbRescind, ""), stranger); w.Refusal == nil || w.Refusal.Type != activities.Forbidden {
		t.Errorf("%+v", w.Refusal)
	}
}

// Who somebody is, and whether they are let in again, is a decision with a name under it.
func TestWeigh_WhoSomebodyIs_IsNotDecidedByMovingATicket(t *testing.T) {
	for _, step := range []plan.StepID{"identity.match:E4", "identity.rehire"} {
		for _, v := range []activities.Verb{activities.VerbDone, activities.VerbSkip} {
			for _, actor := range []string{"slack:UTEAM1", "cli:kim"} {
				if w := doors(t).weigh(t, onboardAsk(actor, v, step), teammate); w.Refusal != nil {
					t.Errorf("%s %s by %s: %+v", v, step, actor, w.Refusal)
				}
			}
			w := doors(t).weigh(t, onboardAsk("jira:5b10", v, step), activities.Member{})
			if w.Refusal == nil || w.Refusal.Type != activities.Forbidden {
				t.Errorf("%s %s by a ticket: %+v", v, step, w.Refusal)
			}
			w = doors(t).weigh(t, onboardAsk("slack:USTRANGE", v, step), stranger)
			if w.Refusal == nil || w.Refusal.Type != activities.Forbidden {
				t.Errorf("%s %s by a stranger: %+v", v, step, w.Refusal)
			}
		}
	}
	if w := doors(t).weigh(t, onboardAsk("jira:5b10", activities.VerbDone, "identity.hr"), activities.Member{}); w.Refusal != nil {
		t.Errorf("a task like any: %+v", w.Refusal)
	}
	w := doors(t).weigh(t, onboardAsk("slack:UTEAM1", activities.VerbDone, "identity.match:E2"), teammate)
	if w.Refusal == nil || !strings.Contains(w.Refusal.Text, "about themselves") {
		t.Errorf("that a new record is one's own: %+v", w.Refusal)
	}
}
