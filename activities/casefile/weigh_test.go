package casefile_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/policy"
)

const doorsPolicy = `version: 1
company: {name: Example Company, domain: example.com}
time_zones: {default: America/New_York}
offboard: {custodian: it@example.com}
approvals: {protected: [E1], needed: 2, emergency_from: [slack:UTEAM1]}
slack: {channel: C0IT}
access:
  slack_users: [UTEAM1]
  slack_groups: [SITTEAM]
  approvers: {slack_users: [UTEAM1], slack_groups: [SAPPROVE], actors: ["cli:e2"]}
  systems: [okta, jira]
  identities: {"cli:kim": e2@example.com, "jira:me": E3}
  break_glass: [E5]
  service_accounts: [robot@example.com]
`

func doors(t *testing.T, people ...employee.Employee) *office {
	t.Helper()
	robot := somebody("E6", "")
	robot.Email = "robot@example.com"
	o := newOffice(t, append(people, append(company(), somebody("E4", "p-E2"), somebody("E5", ""), robot)...)...)
	p, err := policy.Parse("p.yaml", []byte(doorsPolicy))
	if err != nil {
		t.Fatal(err)
	}
	o.policy = p
	return o
}

// weigh plays the workflow: where a look-up is asked for, Slack answers with the member.
func (o *office) weigh(t *testing.T, ask activities.Ask, m activities.Member) activities.WeighedAsk {
	t.Helper()
	in := activities.WeighAsk{Ask: ask, At: scanned}
	w, err := o.WeighAsk(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if w.LookUp == nil {
		return w
	}
	if _, user, _ := strings.Cut(ask.Actor, ":"); w.LookUp.User != user || w.Person.ID != "" || w.Refusal != nil {
		t.Fatalf("%+v", w)
	}
	in.Member = &m
	if w, err = o.WeighAsk(t.Context(), in); err != nil || w.LookUp != nil {
		t.Fatalf("%+v, %v", w, err)
	}
	return w
}

func member(user, email string, in ...string) activities.Member {
	return activities.Member{User: user, Name: "Name of " + user, Email: email, Full: true, In: in}
}

var (
	teammate = member("UTEAM1", "e2@example.com")
	byGroup  = member("UGROUP", "e2@example.com", "SITTEAM")
	approver = member("UAPP", "e2@example.com", "SAPPROVE")
	stranger = member("USTRANGE", "e4@example.com")
)

func offboardAsk(actor, who string) activities.Ask {
	return activities.Ask{Key: "slack:1", Verb: activities.VerbOffboard, Actor: actor, Who: who}
}

func caseAsk(actor string, v activities.Verb) activities.Ask {
	return activities.Ask{Key: "slack:1", Verb: v, Actor: actor, Case: "offboard/E3", Reason: "because"}
}

func TestWeigh_Allowed(t *testing.T) {
	later := offboardAsk("slack:UTEAM1", "E3")
	later.When = "2026-11-30 09:00"
	hurry := offboardAsk("slack:UTEAM1", "E3@Example.com")
	hurry.Emergency = true
	for _, c := range []struct {
		name   string
		ask    activities.Ask
		member activities.Member
		by     employee.ID
		at     time.Time
	}{
		{"a listed member", offboardAsk("slack:UTEAM1", "e3@example.com"), teammate, "E2", time.Time{}},
		{"by id, for a moment where the person is", later, teammate, "E2", time.Date(2026, 11, 30, 14, 0, 0, 0, time.UTC)},
		{"an emergency from whom the policy names", hurry, teammate, "E2", time.Time{}},
		{"a member of a listed group", offboardAsk("slack:UGROUP", "E3"), byGroup, "E2", time.Time{}},
		{"an approver approves", caseAsk("slack:UAPP", activities.VerbApprove), approver, "E2", time.Time{}},
		{"the command line, known by its name", caseAsk("cli:e2", activities.VerbApprove), activities.Member{}, "E2", time.Time{}},
		{"the command line, known by the policy", offboardAsk("cli:kim", "E3"), activities.Member{}, "E2", time.Time{}},
		{"the command line, unknown, may ask", offboardAsk("cli:root", "E3"), activities.Member{}, "", time.Time{}},
		{"Okta's event hook", offboardAsk("okta:hook", "E3"), activities.Member{}, "", time.Time{}},
		{"a ticket that was moved", caseAsk("jira:557058:5b10-4c", activities.VerbDone), activities.Member{}, "", time.Time{}},
		{"the tracker's news", activities.Ask{Verb: activities.VerbShipmentMoved, Actor: "easypost:webhook", Tracker: "trk_1"}, activities.Member{}, "", time.Time{}},
		{"looking at one's own case", caseAsk("slack:UTEAM1", activities.VerbExplain), teammate, "E2", time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := doors(t).weigh(t, c.ask, c.member)
			if w.Refusal != nil || w.By.Employee != c.by || !w.EffectiveAt.Equal(c.at) || w.Channel != "C0IT" {
				t.Errorf("%+v", w)
			}
			if about := c.ask.Verb != activities.VerbShipmentMoved; about && (w.Person.ID != "E3" || w.Settings.Lease == 0) {
				t.Errorf("about %q with %+v", w.Person.ID, w.Settings)
			}
		})
	}
}

func TestWeigh_Refused(t *testing.T) {
	guest := teammate
	guest.Full = false
	impostor := member("UTEAM2", "e2@example.com")
	hurry := offboardAsk("slack:UGROUP", "E3")
	hurry.Emergency = true
	hurryLater := offboardAsk("slack:UTEAM1", "E3")
	hurryLater.Emergency, hurryLater.When = true, "2026-11-30"
	past := offboardAsk("slack:UTEAM1", "E3")
	past.When = "2025-11-30"
	muddled := offboardAsk("slack:UTEAM1", "E3")
	muddled.When = "30.11.2026"
	fact := caseAsk("slack:UTEAM1", activities.VerbShipmentMoved)
	rescue := caseAsk("cli:root", activities.VerbRescind)
	rescue.Case = "offboard/E1"
	old := offboardAsk("slack:UTEAM1", "E3")
	old.Received = scanned.Add(-25 * time.Hour)
	odd := caseAsk("slack:UTEAM1", activities.VerbRescind)
	odd.Case = "offboard/p-E3"
	retired := somebody("E7", "")
	retired.Status = employee.Inactive
	for _, c := range []struct {
		name      string
		ask       activities.Ask
		member    activities.Member
		typ, text string
	}{
		{"somebody nobody listed", offboardAsk("slack:USTRANGE", "E3"), stranger, activities.Forbidden, "may not ask for offboard"},
		{"a guest of the workspace", offboardAsk("slack:UTEAM1", "E3"), guest, activities.Forbidden, "not a full, living member"},
		{"the look-up of another user", offboardAsk("slack:UTEAM1", "E3"), impostor, activities.Forbidden, "not a full, living member"},
		{"somebody HR says is gone", offboardAsk("slack:UTEAM1", "E3"), member("UTEAM1", "e7@example.com"), activities.Forbidden, "no longer works here"},
		{"oneself", offboardAsk("slack:UTEAM1", "E2"), teammate, activities.Forbidden, "about themselves"},
		{"oneself at another door", offboardAsk("cli:kim", "E2"), activities.Member{}, activities.Forbidden, "about themselves"},
		{"a break-glass account", offboardAsk("slack:UTEAM1", "E5"), teammate, activities.Forbidden, "break-glass"},
		{"a service account", offboardAsk("slack:UTEAM1", "ROBOT@example.com"), teammate, activities.Forbidden, "service account"},
		{"an emergency from whom the policy does not name", hurry, byGroup, activities.Forbidden, "may not ask for an emergency"},
		{"an emergency for later", hurryLater, teammate, activities.InvalidInput, "begins at once"},
		{"a moment that is past", past, teammate, activities.InvalidInput, "is past"},
		{"a moment that is none", muddled, teammate, activities.InvalidInput, "2026-11-30T17:00:00-05:00"},
		{"nobody named", offboardAsk("slack:UTEAM1", " "), teammate, activities.InvalidInput, "missing who is meant"},
		{"nobody known", offboardAsk("slack:UTEAM1", "nobody@example.com"), teammate, activities.NotFound, `nobody is known as "nobody@example.com"`},
		{"an IT member who is no approver", caseAsk("slack:UGROUP", activities.VerbApprove), byGroup, activities.Forbidden, "may not ask for approve"},
		{"an approver who is not of IT", offboardAsk("slack:UAPP", "E3"), approver, activities.Forbidden, "may not ask for offboard"},
		{"an approver nobody knows", caseAsk("slack:UAPP", activities.VerbApprove), member("UAPP", "elsewhere@example.com", "SAPPROVE"), activities.Forbidden, "not known which employee"},
		{"a command line that no approver list names", caseAsk("cli:root", activities.VerbApprove), activities.Member{}, activities.Forbidden, "may not ask for approve"},
		{"a fact from a person", fact, teammate, activities.Forbidden, "is not for shipment-moved"},
		{"Okta asking for more", caseAsk("okta:hook", activities.VerbApprove), activities.Member{}, activities.Forbidden, "is not for approve"},
		{"Jira asking for more", offboardAsk("jira:5b10", "E3"), activities.Member{}, activities.Forbidden, "is not for offboard"},
		{"the tracker asking for more", offboardAsk("easypost:webhook", "E3"), activities.Member{}, activities.Forbidden, "is not for offboard"},
		{"a door there is not", offboardAsk("mail:jo", "E3"), activities.Member{}, activities.Forbidden, `door "mail"`},
		{"no door", offboardAsk("", "E3"), activities.Member{}, activities.Forbidden, `"" does not say who asks`},
		{"an actor of many words", offboardAsk("cli:jo smith", "E3"), activities.Member{}, activities.Forbidden, "does not say who asks"},
		{"an actor of two doors", offboardAsk("cli:slack:UTEAM1", "E3"), activities.Member{}, activities.Forbidden, "does not say who asks"},
		{"one's own laptop called received", caseAsk("cli:e3", activities.VerbReceived), activities.Member{}, activities.Forbidden, "about themselves"},
		{"one's own laptop, moved on the board", caseAsk("jira:me", activities.VerbReceived), activities.Member{}, activities.Forbidden, "about themselves"},
		{"a protected person, from somebody unknown", offboardAsk("cli:root", "E1"), activities.Member{}, activities.Forbidden, "not known which employee"},
		{"a protected person's case, from somebody unknown", rescue, activities.Member{}, activities.Forbidden, "not known which employee"},
		{"what a person asked for the day before yesterday", old, teammate, activities.Conflict, "waited too long"},
		{"a case of the profile that reads like an id", odd, teammate, activities.NotFound, `nobody is known as "p-E3"`},
		{"a verb there is not", caseAsk("slack:UTEAM1", "delete"), teammate, activities.Unsupported, "nothing this version can be asked for"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := doors(t, retired).weigh(t, c.ask, c.member)
			if w.Refusal == nil || w.Refusal.Type != c.typ || !strings.Contains(w.Refusal.Text, c.text) {
				t.Errorf("%+v", w.Refusal)
			}
		})
	}
}

// Whoever may not ask learns nothing of whom they asked for: the answer is the same for somebody and for nobody.
func TestWeigh_Stranger_LearnsNothing(t *testing.T) {
	o := doors(t)
	known, unknown := o.weigh(t, offboardAsk("slack:USTRANGE", "E3"), stranger), o.weigh(t, offboardAsk("slack:USTRANGE", "nobody@example.com"), stranger)
	if *known.Refusal != *unknown.Refusal || known.Person.ID != "" {
		t.Errorf("%+v and %+v", known.Refusal, unknown.Refusal)
	}
}

// Slack answers few questions about groups in a minute: only those are asked that could let this user in.
func TestWeigh_LooksUpOnlyTheGroupsThatMatter(t *testing.T) {
	for _, c := range []struct {
		ask  activities.Ask
		want []string
	}{
		{offboardAsk("slack:U1", "E3"), []string{"SITTEAM"}},
		{caseAsk("slack:U1", activities.VerbApprove), []string{"SAPPROVE"}},
		{offboardAsk("slack:UTEAM1", "E3"), nil},
		{caseAsk("slack:UTEAM1", activities.VerbApprove), nil},
	} {
		w, err := doors(t).WeighAsk(t.Context(), activities.WeighAsk{Ask: c.ask, At: scanned})
		if err != nil || w.LookUp == nil || !slices.Equal(w.LookUp.Groups, c.want) {
			t.Errorf("%s by %s: %+v, %v; want %v", c.ask.Verb, c.ask.Actor, w.LookUp, err, c.want)
		}
	}
}

// Okta's id of an account is told apart from its login: the ledger knows whose it is.
func TestWeigh_OktaAccount_IsWhoseTheLedgerSays(t *testing.T) {
	for _, c := range []struct {
		name, account, login string
		who                  employee.ID
		refused              string
	}{
		{"a login HR does not have", "00u3", "login-of-e3@okta.example.com", "E3", ""},
		{"no login", "00u3", "", "E3", ""},
		{"both say the same", "00u3", "e3@example.com", "E3", ""},
		{"the login of another", "00u3", "e4@example.com", "", activities.Ambiguous},
		{"an account nobody was linked to", "00u9", "e4@example.com", "E4", ""},
		{"nobody whom HR knows", "00u9", "nobody@example.com", "", activities.NotFound},
		{"an account without anything", "00u9", "", "", activities.NotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := doors(t)
			if err := o.store.Link(t.Context(), "E3", "okta", "00u3", "test", scanned); err != nil {
				t.Fatal(err)
			}
			ask := offboardAsk("okta:hook", c.login)
			ask.Account = c.account
			w := o.weigh(t, ask, activities.Member{})
			if refused := w.Refusal != nil; refused != (c.refused != "") || refused && w.Refusal.Type != c.refused || w.Person.ID != c.who {
				t.Errorf("person %q, refusal %+v", w.Person.ID, w.Refusal)
			}
		})
	}
}

// What a system reports stays true however long it waited.
func TestWeigh_OldNewsOfASystem_Counts(t *testing.T) {
	ask := offboardAsk("okta:hook", "E3")
	ask.Received = scanned.Add(-72 * time.Hour)
	if w := doors(t).weigh(t, ask, activities.Member{}); w.Refusal != nil {
		t.Errorf("%+v", w.Refusal)
	}
}

// A refusal for who asks is told apart from one for what is asked.
func TestWeigh_Refusal_SaysWhetherItIsForWhoAsks(t *testing.T) {
	o := doors(t)
	for _, c := range []struct {
		ask      activities.Ask
		m        activities.Member
		stranger bool
	}{{offboardAsk("slack:USTRANGE", "E3"), stranger, true}, {offboardAsk("slack:UTEAM1", "E5"), teammate, false}} {
		if w := o.weigh(t, c.ask, c.m); w.Refusal == nil || w.Refusal.Stranger != c.stranger {
			t.Errorf("%s: %+v", c.ask.Actor, w.Refusal)
		}
	}
}

func TestWeigh_CommandLineDecides_AsThePolicySays(t *testing.T) {
	o := doors(t)
	o.policy.Access.CLIDecides = policy.CLINever
	if w := o.weigh(t, caseAsk("cli:e2", activities.VerbApprove), activities.Member{}); w.Refusal == nil || !strings.Contains(w.Refusal.Text, "cli_decides") {
		t.Errorf("%+v", w.Refusal)
	}
	if w := o.weigh(t, offboardAsk("cli:e2", "E3"), activities.Member{}); w.Refusal != nil {
		t.Errorf("%+v", w.Refusal)
	}
}

// The case knows its heir; here it is only said that nothing else would let this person ask.
func TestWeigh_Extend_FromSomebodyUnlisted_OnlyAsHeir(t *testing.T) {
	o := doors(t)
	if w := o.weigh(t, caseAsk("slack:USTRANGE", activities.VerbExtend), stranger); w.Refusal != nil || !w.By.OnlyAsHeir {
		t.Errorf("%+v", w)
	}
	if w := o.weigh(t, caseAsk("slack:UTEAM1", activities.VerbExtend), teammate); w.Refusal != nil || w.By.OnlyAsHeir {
		t.Errorf("%+v", w)
	}
	o.policy.Access.HeirMayExtend = false
	if w := o.weigh(t, caseAsk("slack:USTRANGE", activities.VerbExtend), stranger); w.Refusal == nil {
		t.Errorf("%+v", w)
	}
}

func TestWeigh_SystemsCountOnlyWhereThePolicySaysSo(t *testing.T) {
	o := doors(t)
	o.policy.Access.Systems = nil
	for _, ask := range []activities.Ask{offboardAsk("okta:hook", "E3"), caseAsk("jira:5b10", activities.VerbDone)} {
		if w := o.weigh(t, ask, activities.Member{}); w.Refusal == nil || w.Refusal.Type != activities.Forbidden {
			t.Errorf("%s: %+v", ask.Actor, w.Refusal)
		}
	}
}

func TestWeigh_NamesOfTwoPeople_AreAmbiguous_UnlessOneIsAFormerProfile(t *testing.T) {
	twin := somebody("E8", "")
	twin.Email = "e3@example.com"
	w := doors(t, twin).weigh(t, offboardAsk("slack:UTEAM1", "e3@example.com"), teammate)
	if w.Refusal == nil || w.Refusal.Type != activities.Ambiguous || !strings.Contains(w.Refusal.Text, "E8") {
		t.Errorf("%+v", w.Refusal)
	}
	twin.Status = employee.Inactive
	if w := doors(t, twin).weigh(t, offboardAsk("slack:UTEAM1", "e3@example.com"), teammate); w.Refusal != nil || w.Person.ID != "E3" {
		t.Errorf("%+v", w)
	}
}

// A store that does not answer decides nothing, and so lets nobody in.
func TestWeigh_StoreAway_IsNoYes(t *testing.T) {
	o := doors(t)
	if err := o.store.Close(); err != nil {
		t.Fatal(err)
	}
	m := teammate
	_, err := o.WeighAsk(context.Background(), activities.WeighAsk{Ask: offboardAsk("slack:UTEAM1", "E3"), Member: &m, At: scanned})
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != activities.Unavailable {
		t.Error(err)
	}
}
