package okta

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

// other is somebody else's account, with the login that sam wants.
func (o *org) other(number string, with ...func(*oktasim.User)) string {
	return o.jo(append([]func(*oktasim.User){func(u *oktasim.User) {
		u.Profile = oktasim.Profile{Login: "Sam.Lee@example.com", FirstName: "Samira", LastName: "Lee", EmployeeNumber: number}
	}}, with...)...)
}

func wantTold(t *testing.T, o activities.Outcome, problem string, words ...string) {
	t.Helper()
	wantState(t, o, plan.NeedsAttention)
	if o.Problem != problem {
		t.Errorf("%s is a %s, want %s: %s", o.Step, o.Problem, problem, o.Detail)
	}
	for _, w := range words {
		if !strings.Contains(o.Detail, w) {
			t.Errorf("%s does not tell of %q: %s", o.Step, w, o.Detail)
		}
	}
}

func TestCreate_IsStagedWithoutMailAndGroups(t *testing.T) {
	o := newOrg(t)
	o.addGroups("sales")
	out := converge(o, converging(ofRole("sales"), plan.OktaCreate))
	wantAll(t, out, plan.Verified)
	u := o.see(out.Account)
	if u.Status != oktasim.Staged || u.ActivationMails != 0 || len(o.UserGroups(u.ID)) != 0 {
		t.Errorf("made %s with %d mails in %v", u.Status, u.ActivationMails, o.UserGroups(u.ID))
	}
}

func TestCreate_LoginIsSomebodyElses_IsConflictAndSaysWhose(t *testing.T) {
	for name, k := range map[string]struct {
		number, status, says string
	}{
		"living":            {"E3", oktasim.Active, "which is E3's"},
		"deactivated":       {"E3", oktasim.Deprovisioned, "(DEPROVISIONED)"},
		"without any name":  {"", oktasim.Active, "no employee number"},
		"staged by nobody ": {"", oktasim.Staged, "no employee number"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			o.addGroups("sales")
			id := o.other(k.number, inStatus(k.status))
			out := converge(o, converging(ofRole("sales"), joining...))
			for _, s := range out.Steps {
				wantTold(t, s, activities.Conflict, id, k.says)
			}
			if o.Mutations() != 0 || out.Account != "" {
				t.Errorf("%d writes, account %q", o.Mutations(), out.Account)
			}
		})
	}
}

func TestCreate_LoginIsTakenBetweenReadAndWrite_IsConflict(t *testing.T) {
	o := newOrg(t)
	o.sys = o.connect(func(c *Config) {
		c.Transport = trip(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost && r.URL.Path == "/api/v1/users" {
				o.other("E3")
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	out := converge(o, converging(ofRole(), plan.OktaCreate))
	wantTold(t, out.Steps[0], activities.Conflict, "which is E3's")
	if !out.Steps[0].Executed.IsZero() {
		t.Error("what was refused is told as done")
	}
}

// Two workers make the account at once: the second one's refusal is the first one's success.
func TestCreate_MadeByAnotherAttemptMeanwhile_IsAdopted(t *testing.T) {
	o := newOrg(t)
	var id string
	o.sys = o.connect(func(c *Config) {
		c.Transport = trip(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost && r.URL.Path == "/api/v1/users" {
				id = o.sam(inStatus(oktasim.Staged))
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	out := converge(o, converging(ofRole(), plan.OktaCreate))
	wantAll(t, out, plan.Verified)
	if out.Account != id || len(o.Snapshot()) != 1 {
		t.Errorf("account %s of %d, want %s", out.Account, len(o.Snapshot()), id)
	}
}

func TestCreate_FoundByLedgerOrNumber_NoSecondAccountIsMade(t *testing.T) {
	for name, k := range map[string]struct {
		status string
		ledger bool
		login  string
	}{
		"by the ledger, whatever its name": {oktasim.Active, true, "sam.roe@example.com"},
		"by the number, whatever its name": {oktasim.Active, false, "sam.roe@example.com"},
		"deactivated, by the number":       {oktasim.Deprovisioned, false, "sam.roe@example.com"},
		"deactivated, by the login":        {oktasim.Deprovisioned, false, "SAM.LEE@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			id := o.sam(inStatus(k.status), func(u *oktasim.User) { u.Profile.Login = k.login })
			in := converging(ofRole(), plan.OktaCreate)
			if k.ledger {
				in.Account = id
			}
			out := converge(o, in)
			wantAll(t, out, plan.Verified)
			if out.Account != id || o.Mutations() != 0 {
				t.Errorf("account %s, want %s; %d writes", out.Account, id, o.Mutations())
			}
		})
	}
}

func TestOwn_TwoAccountsOfOneNumber_IsAmbiguous(t *testing.T) {
	o := newOrg(t)
	for _, login := range []string{"sam.one@example.com", "sam.two@example.com"} {
		o.sam(func(u *oktasim.User) { u.Profile.Login = login })
	}
	for _, a := range []plan.Action{plan.OktaCreate, plan.OktaPause} {
		wantTold(t, converge(o, converging(ofRole(), a)).Steps[0], activities.Ambiguous, "2 okta accounts")
	}
	if o.Mutations() != 0 {
		t.Errorf("%d writes", o.Mutations())
	}
}

// The index is late: it shows a number that the account does not carry any more.
func TestOwn_SearchShowsWhatWas_IsNotAdopted(t *testing.T) {
	o := newOrg(t)
	now := time.Now()
	o.Clock, o.SearchLag = func() time.Time { return now }, time.Hour
	id := o.sam(func(u *oktasim.User) { u.Profile.Login = "sam.roe@example.com" })
	if _, err := o.sys.raw(t.Context(), http.MethodPost, "/api/v1/users/"+id, profileBody([]wish{{"employeeNumber", "E99", ""}}, true), nil); err != nil {
		t.Fatal(err)
	}
	out := converge(o, converging(ofRole(), plan.OktaCreate))
	wantAll(t, out, plan.Verified)
	if out.Account == id {
		t.Error("E99's account was taken for E7's")
	}
}

// Okta finds an account by the first half of its login as well; that is not whom we mean.
func TestOwn_ShortLogin_IsNotTakenForAWholeOne(t *testing.T) {
	o := newOrg(t)
	o.sam(func(u *oktasim.User) { u.Profile.EmployeeNumber = "" })
	in := converging(ofRole(), plan.OktaPause)
	in.Login = "sam.lee"
	wantState(t, converge(o, in).Steps[0], plan.AlreadyAbsent)
}

func TestOwn_AccountOfTheLedgerWasDeleted_IsFoundByNumber(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	in := converging(ofRole(), plan.OktaProfile)
	in.Account = "00u00000000000009999"
	if out := converge(o, in); out.Account != id {
		t.Errorf("account %s, want %s", out.Account, id)
	}
}

func TestOwn_OtherNumberWithoutCreate_IsAmbiguous(t *testing.T) {
	o := newOrg(t)
	o.other("E3")
	wantTold(t, converge(o, converging(ofRole(), plan.OktaProfile)).Steps[0], activities.Ambiguous, "E3")
}

// People who were there before Tenure may have no number in Okta yet: it is written, so that they are known again.
func TestOwn_NoNumberWithoutCreate_IsAdoptedAndNumbered(t *testing.T) {
	o := newOrg(t)
	id := o.sam(func(u *oktasim.User) { u.Profile.EmployeeNumber = "" })
	wantAll(t, converge(o, converging(ofRole(), plan.OktaProfile)), plan.Verified)
	if u := o.see(id); u.Profile.EmployeeNumber != "E7" {
		t.Errorf("number %q", u.Profile.EmployeeNumber)
	}
}

func TestCreate_WithoutNumberOrLogin_IsInvalid(t *testing.T) {
	o := newOrg(t)
	in := converging(ofRole(), plan.OktaCreate)
	in.EmployeeNumber = ""
	wantTold(t, converge(o, in).Steps[0], activities.InvalidInput, "employeeNumber")
}

func TestCreate_AttributeOktaDoesNotHave_IsMadeWithoutIt(t *testing.T) {
	o := newOrg(t)
	r := ofRole()
	r.Attributes = append(r.Attributes, role.Attribute{Name: "shoeSize", Value: "42", Rule: "mapping.attributes.shoeSize"})
	out := converge(o, converging(r, plan.OktaCreate, plan.OktaProfile))
	wantState(t, out.Steps[0], plan.Verified)
	wantTold(t, out.Steps[1], activities.InvalidInput, "shoeSize")
	if u := o.see(out.Account); u.Profile.Department != "Sales" {
		t.Errorf("department %q", u.Profile.Department)
	}
}

func TestCreate_WithoutWhatOktaRequires_NeedsAPerson(t *testing.T) {
	o := newOrg(t)
	r := ofRole()
	r.Attributes = r.Attributes[1:] // no first name
	out := converge(o, converging(r, plan.OktaCreate, plan.OktaOpen))
	for _, s := range out.Steps {
		wantTold(t, s, activities.InvalidInput, "firstName: The field cannot be left blank")
	}
}

func TestCreate_ServiceAppWithoutRole_IsForbidden(t *testing.T) {
	o := newOrg(t)
	o.sys = o.connect(asService(o.service(t, func(a *oktasim.ServiceApp) { a.AdminRole = false })))
	out := converge(o, converging(ofRole(), plan.OktaCreate, plan.OktaJoin))
	for _, s := range out.Steps {
		wantTold(t, s, activities.Forbidden)
	}
}

func TestCreate_OktaSaysYesAndDoesNothing_IsNoSuccess(t *testing.T) {
	o := newOrg(t)
	o.Inject(kit.Fault{Method: http.MethodPost, Path: "/api/v1/users", Status: http.StatusOK, Body: `{"id":"00u00000000000009999","status":"STAGED"}`})
	out := converge(o, converging(ofRole(), plan.OktaCreate, plan.OktaOpen))
	wantState(t, out.Steps[0], plan.Unverified)
	wantTold(t, out.Steps[1], activities.NotFound)
}
