package workflows_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/company"
	googlesim "tenure/simulators/google"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	"tenure/workflows"
)

// as makes somebody else of the company leave, with whoever stands above them.
func as(fits func(company.Person) bool, change ...func(*company.Person)) func(*stage) {
	return func(s *stage) {
		for _, p := range company.People() {
			if !fits(p) {
				continue
			}
			for _, f := range change {
				f(&p)
			}
			s.leaver = p
			s.config.People = staff(p)
			for i := range s.config.People {
				if s.config.People[i].ProfileID == p.ProfileID {
					s.config.People[i] = p
				}
			}
			return
		}
		s.Fatal("nobody in the company is like that")
	}
}

// changed makes the leaver different from what the company says.
func changed(f func(*company.Person)) func(*stage) {
	return func(s *stage) { as(func(p company.Person) bool { return p.ProfileID == s.leaver.ProfileID }, f)(s) }
}

// nowhere is somebody whom HR knows and no vendor but Jamf: the accounts are added by the test.
func nowhere(t *testing.T) *stage {
	t.Helper()
	s := newStage(t, brisk, as(func(p company.Person) bool { return p.Status == "pending" && p.Country() == "US" && p.Manager != "" },
		func(p *company.Person) { p.Devices = company.DemoLeaver().Devices }))
	s.receive(4 * day)
	return s
}

func (s *stage) allOf(v activities.CaseView, system string, state plan.State) {
	s.Helper()
	for _, st := range v.Steps {
		if st.ID.System() == system && st.State != state {
			s.Errorf("%s is %s: %s", st.ID, st.State, st.Detail)
		}
	}
}

func TestAbsent_NoOktaAccount_IsNotApplicableAndTheRestIsDone(t *testing.T) {
	t.Parallel()
	s := nowhere(t)
	s.world.Google.AddUser(googlesim.User{PrimaryEmail: s.leaver.Email, GivenName: s.leaver.First, FamilyName: s.leaver.Last, OrgUnitPath: "/"})
	v := s.play()
	s.allOf(v, "okta", plan.NotApplicable)
	s.want(v, "google.suspend", plan.Verified)
	s.proved(v)
	if n := len(s.changes("okta")); n != 0 {
		t.Errorf("%d changes in Okta", n)
	}
	if _, tasks := s.tickets(); len(tasks) != 0 {
		t.Errorf("%d tasks", len(tasks))
	}
}

func TestAbsent_NoGoogleAccount_IsNotApplicableAndTheRestIsDone(t *testing.T) {
	t.Parallel()
	s := nowhere(t)
	s.world.Okta.AddUser(oktasim.User{Status: "ACTIVE", Profile: oktasim.Profile{Login: s.leaver.Email, Email: s.leaver.Email}})
	v := s.play()
	s.allOf(v, "google", plan.NotApplicable)
	s.want(v, "okta.deactivate", plan.Verified)
	s.proved(v)
	if _, tasks := s.tickets(); len(tasks) != 0 {
		t.Errorf("%d tasks", len(tasks))
	}
}

func TestAbsent_PendingHire_WithoutAnyAccountOrDevice_ClosesByItself(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, as(func(p company.Person) bool { return p.Status == "pending" && p.Country() == "US" },
		func(p *company.Person) { p.Devices, p.OktaDevices = nil, nil }))
	v := s.play()
	s.proved(v)
	for _, st := range v.Steps {
		if st.Critical && st.State != plan.NotApplicable && st.State != plan.AlreadyAbsent {
			t.Errorf("%s is %s: %s", st.ID, st.State, st.Detail)
		}
	}
	s.nothingChanged("slack", "jira")
	if _, tasks := s.tickets(); len(tasks) != 0 {
		t.Errorf("%d tasks", len(tasks))
	}
	if strings.Contains(v.Headline, "attention") || v.ClosedAt.Sub(opening) > 4*day {
		t.Errorf("%s at %s", v.Headline, v.ClosedAt)
	}
}

func TestAbsent_NoDevice_IsNotApplicable(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, changed(func(p *company.Person) { p.Devices = nil }))
	v := s.play()
	s.proved(v)
	s.want(v, "jamf.lock", plan.NotApplicable)
	if n := len(s.world.Retriever.Calls()); n != 0 || len(v.Returns) != 0 {
		t.Errorf("%d calls to Retriever, returns %v", n, v.Returns)
	}
}

func TestAbsent_OktaDeactivatedBefore_IsAlreadyAbsent(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	s.receive(4 * day)
	s.world.Okta.SetStatus(s.oktaUser().ID, "DEPROVISIONED")
	v := s.play()
	s.want(v, "okta.deactivate", plan.AlreadyAbsent)
	s.want(v, "okta.suspend", plan.AlreadyAbsent)
	s.proved(v)
	if n := s.world.Okta.CallsTo(http.MethodPost, "/api/v1/users/*/lifecycle/*"); n != 0 {
		t.Errorf("%d lifecycle calls on a deactivated user", n)
	}
}

func TestAbsent_GoogleSuspendedBefore_MailboxCannotBeLentAndAPersonIsAsked(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	s.receive(4 * day)
	s.world.Google.SuspendByOkta(s.leaver.Email)
	asked := s.see(time.Hour)
	s.ask(day, workflows.SkipStep.Name, about("google.delegate", "nobody needs the mail"))
	v := s.play()
	if got := step(*asked, "google.delegate"); got.State != plan.NeedsAttention || !strings.Contains(got.Detail+got.Mend, "un-suspend") {
		t.Errorf("google.delegate is %s: %s; %s", got.State, got.Detail, got.Mend)
	}
	if asked.ContainedAt.IsZero() {
		t.Errorf("not contained: %s", asked.Headline)
	}
	s.want(v, "google.delegate", plan.Skipped)
	s.want(v, "google.undelegate", plan.NotApplicable)
	if !step(v, "google.suspend").State.Proved() || v.Headline != "Closed: completed, 1 step skipped by a person" {
		t.Errorf("google.suspend is %s; %s", step(v, "google.suspend").State, v.Headline)
	}
}

func TestLeaver_Contractor_IsOffboardedLikeEverybody(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, as(func(p company.Person) bool {
		return p.WorkerType == "Contractor" && p.Status == "active" && p.Country() == "US" && p.Manager != ""
	}))
	for _, d := range s.leaver.Devices {
		s.receiveDevice(4*day, d.Serial)
	}
	s.proved(s.play())
}

func TestLeaver_InKorea_ReturnsInPerson(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, as(func(p company.Person) bool {
		return p.Country() == "KR" && p.Status == "active" && len(p.Devices) == 1 && !p.Devices[0].Mobile
	}))
	early := s.see(time.Hour)
	s.receive(4 * day)
	v := s.play()
	if len(early.Returns) != 1 || early.Returns[0].Route != string(plan.InPerson) {
		t.Errorf("returns %+v", early.Returns)
	}
	if got := step(*early, plan.DeviceReturn.For(s.laptop().Serial)); got.State != plan.Waiting || !strings.Contains(got.Detail, "in person") {
		t.Errorf("the return is %s: %s", got.State, got.Detail)
	}
	s.proved(v)
	if n := len(s.world.Retriever.Calls()); n != 0 {
		t.Errorf("%d calls to Retriever for somebody it does not serve", n)
	}
}

func TestLeaver_WithoutAWholeAddress_IsAskedForAndTheReturnBeginsOnRetry(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, changed(func(p *company.Person) { p.Home.Zip = "" }))
	id := plan.DeviceReturn.For(s.laptop().Serial)
	asked := s.see(time.Hour)
	s.after(day, func() {
		s.world.Namely.Edit(s.leaver.Email, func(p *namelysim.Profile) { p.Home.Zip = "12207" })
		s.scan()
	})
	again := s.ask(day+time.Hour, workflows.RetryStep.Name, about(id, "HR completed the address"))
	s.receive(5 * day)
	v := s.play()
	s.want(*asked, id, plan.NeedsAttention)
	if got := step(*asked, id); !strings.Contains(got.Detail+got.Mend, "Namely") {
		t.Errorf("the task says %s; %s", got.Detail, got.Mend)
	}
	s.agreed(again)
	s.want(v, id, plan.Verified)
	s.once()
}

func TestWatch_AccessComesBackByImport_IsContainedAgainAndTheCauseIsNamed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	s.after(3*day-time.Hour, func() { s.must(s.world.Okta.Import(s.anApp(), s.leaver.Email)) })
	later := s.see(4 * day)
	s.after(4*day, func() {
		if got := s.oktaUser().Status; got != "DEPROVISIONED" {
			t.Errorf("a day after it was brought back the account is %s", got)
		}
	})
	v := s.play()
	s.proved(v)
	thread := s.cards()[0].Thread
	if !slices.ContainsFunc(thread, mentions("Access came back")) || !slices.ContainsFunc(thread, mentions("import")) {
		t.Error("the thread does not say what came back and why")
	}
	if !slices.ContainsFunc(thread, mentions("Access came back 1 time and was taken away again")) {
		t.Error("the final report does not say that access came back")
	}
	if at := later.ContainedAt; at.Sub(opening) > time.Minute {
		t.Errorf("the case says it was contained at %s, which was the second time", at)
	}
	if n := s.world.Okta.CallsTo(http.MethodPost, "/api/v1/users/*/lifecycle/deactivate"); n != 2 {
		t.Errorf("%d deactivations", n)
	}
}

func TestAbsent_UnknownPerson_IsNoCase(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	err := s.try(workflows.OffboardRequest{Employee: "E9999", Actor: "cli:kim"})
	if err == nil || !strings.Contains(err.Error(), activities.NotFound) || !strings.Contains(err.Error(), "E9999") {
		t.Errorf("refused with %v", err)
	}
	s.nothingChanged()
	s.untouched()
}
