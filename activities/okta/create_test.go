package okta

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
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

// An account with the person's login and without a number is theirs if it carries both their names, and never to be ended.
func TestOwn_NoNumber_IsSomebodyElsesUnlessBothNamesAgree(t *testing.T) {
	for name, k := range map[string]struct {
		first, last string
		r           role.Role
		action      plan.Action
		theirs      bool
	}{
		"both names":                  {"Sam", "Lee", ofRole(), plan.OktaProfile, true},
		"in other letters":            {" SÁM", "leé", ofRole(), plan.OktaPause, true},
		"another first name":          {"Pat", "Lee", ofRole(), plan.OktaProfile, false},
		"another last name":           {"Sam", "Roe", ofRole(), plan.OktaPause, false},
		"a colleague's to be opened":  {"Pat", "Roe", ofRole(), plan.OktaOpen, false},
		"a colleague's to be resumed": {"Pat", "Roe", ofRole(), plan.OktaResume, false},
		"a colleague's groups":        {"Pat", "Roe", ofRole("sales"), plan.OktaJoin, false},
		"a colleague's old groups":    {"Pat", "Roe", ofRole("sales"), plan.OktaQuit, false},
		"the role gives no names":     {"Sam", "Lee", role.Role{}, plan.OktaPause, false},
		"the role gives one":          {"Sam", "Lee", set("lastName", "Lee"), plan.OktaPause, false},
		"no names at all":             {"", "", set("firstName", "", "lastName", ""), plan.OktaPause, false},
		"to be ended":                 {"Sam", "Lee", ofRole(), plan.OktaDiscard, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			o.addGroups("sales")
			id := o.other("", func(u *oktasim.User) { u.Profile.FirstName, u.Profile.LastName = k.first, k.last })
			out := converge(o, converging(k.r, k.action))
			if k.theirs {
				wantAll(t, out, plan.Verified)
				return
			}
			wantTold(t, out.Steps[0], activities.Ambiguous, id, "no employee number")
			if o.Mutations() != 0 || out.Account != "" || out.Steps[0].Account != "" {
				t.Errorf("%d writes, account %q, of the step %q", o.Mutations(), out.Account, out.Steps[0].Account)
			}
		})
	}
}

func TestOwn_EmployeeWithoutNumber_IsNotWhoHasOne(t *testing.T) {
	o := newOrg(t)
	o.sam()
	in := converging(ofRole(), plan.OktaProfile)
	in.EmployeeNumber = ""
	wantTold(t, converge(o, in).Steps[0], activities.Ambiguous, "E7")
}

// What the identity ledger links to somebody else is theirs, whatever number and name the account carries.
func TestOwn_LinkedToSomebodyElse_IsNeverTouched(t *testing.T) {
	for name, k := range map[string]struct {
		login, number string
		action        plan.Action
	}{
		"found by number":            {"sam.roe@example.com", "E7", plan.OktaDiscard},
		"found by login and number":  {"sam.lee@example.com", "E7", plan.OktaProfile},
		"found by login and names":   {"sam.lee@example.com", "", plan.OktaPause},
		"where one is to be created": {"sam.lee@example.com", "E7", plan.OktaCreate},
	} {
		t.Run(name, func(t *testing.T) {
			owners := map[string]employee.ID{}
			o := newOrg(t, owned(owners))
			id := o.sam(func(u *oktasim.User) { u.Profile.Login, u.Profile.EmployeeNumber = k.login, k.number })
			owners[id] = "E3"
			wantTold(t, converge(o, converging(ofRole(), k.action)).Steps[0], activities.Ambiguous, id, "E3's")
			if o.Mutations() != 0 {
				t.Errorf("%d writes", o.Mutations())
			}
			if got := compare(o, converging(ofRole())); got.Exists {
				t.Errorf("compared with %+v", got)
			}
			owners[id] = "E7"
			if s := converge(o, converging(ofRole(), plan.OktaProfile)).Steps[0]; s.State != plan.Verified {
				t.Errorf("of the person's own: %+v", s)
			}
		})
	}
}

// Whose account it is must be known before anything is done with it.
func TestOwn_LedgerDoesNotAnswer_IsTriedAgain(t *testing.T) {
	o := newOrg(t, func(c *Config) {
		c.Owner = func(context.Context, string) (employee.ID, error) { return "", io.ErrUnexpectedEOF }
	})
	id := o.sam()
	_, err := execute(o, activities.OktaConvergeUser, converging(ofRole(), plan.OktaProfile))
	wantProblem(t, err, activities.Unavailable)
	in := converging(ofRole(), plan.OktaProfile)
	in.Account = id
	wantAll(t, converge(o, in), plan.Verified) // the ledger itself named it
}

// owned is an identity ledger.
func owned(owners map[string]employee.ID) func(*Config) {
	return func(c *Config) {
		c.Owner = func(_ context.Context, account string) (employee.ID, error) { return owners[account], nil }
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
