package googlesim

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tenure/simulators/kit"
)

const ann = "ann@example.com"

// office is a stand-in on the wire, with one person in it.
type office struct {
	t   *testing.T
	sim *Simulator
	url string
	mu  sync.Mutex
	now time.Time
}

func newOffice(t *testing.T, knobs ...func(*Simulator)) *office {
	t.Helper()
	o := &office{t: t, sim: &Simulator{}, now: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)}
	o.sim.Clock = func() time.Time { o.mu.Lock(); defer o.mu.Unlock(); return o.now }
	for _, k := range knobs {
		k(o.sim)
	}
	srv := httptest.NewServer(o.sim)
	t.Cleanup(srv.Close)
	o.url = srv.URL
	if _, there := o.sim.User(ann); !there {
		o.sim.AddUser(User{PrimaryEmail: ann, GivenName: "Ann", FamilyName: "Other"})
	}
	return o
}

func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

// claim is what a client asks for; edit spoils it.
func (o *office) claim(edit func(map[string]any)) map[string]any {
	now := time.Now().Unix()
	c := map[string]any{"iss": clientEmail, "aud": o.url + "/token", "iat": now, "exp": now + 3600, "sub": AdminEmail,
		"scope": scopePrefix + "admin.directory.user " + scopePrefix + "admin.directory.user.security " + scopePrefix + "admin.datatransfer " +
			scopePrefix + "gmail.settings.basic " + scopePrefix + "gmail.settings.sharing"}
	if edit != nil {
		edit(c)
	}
	return c
}

// sign makes the assertion with the key of the key file.
func (o *office) sign(claims map[string]any) string {
	o.t.Helper()
	var file struct {
		Key string `json:"private_key"`
	}
	if err := json.Unmarshal(o.sim.ServiceAccountJSON(o.url), &file); err != nil {
		o.t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(file.Key))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		o.t.Fatal(err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		o.t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA256, sum[:])
	if err != nil {
		o.t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func (o *office) askToken(assertion string) (int, map[string]any) {
	o.t.Helper()
	resp, err := http.PostForm(o.url+"/token", url.Values{"grant_type": {jwtGrant}, "assertion": {assertion}})
	if err != nil {
		o.t.Fatal(err)
	}
	return o.decode(resp)
}

func (o *office) decode(resp *http.Response) (int, map[string]any) {
	o.t.Helper()
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	var body map[string]any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &body); err != nil {
			o.t.Fatalf("%s: %v", raw, err)
		}
	}
	return resp.StatusCode, body
}

// as makes a caller that acts as an account.
func (o *office) as(subject string) func(method, path, body string) (int, map[string]any) {
	o.t.Helper()
	status, token := o.askToken(o.sign(o.claim(func(c map[string]any) { c["sub"] = subject })))
	if status != http.StatusOK {
		o.t.Fatalf("no token for %s: %d %v", subject, status, token)
	}
	return func(method, path, body string) (int, map[string]any) {
		o.t.Helper()
		req, err := http.NewRequest(method, o.url+path, bytes.NewBufferString(body))
		if err != nil {
			o.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token["access_token"].(string))
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			o.t.Fatal(err)
		}
		return o.decode(resp)
	}
}

func reason(body map[string]any) string {
	e, _ := body["error"].(map[string]any)
	causes, _ := e["errors"].([]any)
	if len(causes) == 0 {
		return ""
	}
	return fmt.Sprint(causes[0].(map[string]any)["reason"])
}

func TestToken_RefusalsAreTheVendors(t *testing.T) {
	for name, c := range map[string]struct {
		edit   func(map[string]any)
		status int
		code   string
		words  string
	}{
		"UnknownSubject":  {func(c map[string]any) { c["sub"] = "nobody@example.com" }, 400, "invalid_grant", "Invalid email or User ID"},
		"DeletedSubject":  {func(c map[string]any) { c["sub"] = "old@example.com" }, 400, "invalid_grant", "deleted"},
		"OtherPrincipal":  {func(c map[string]any) { c["prn"] = ann }, 400, "invalid_grant", "prn"},
		"OtherIssuer":     {func(c map[string]any) { c["iss"] = "x@example.com" }, 400, "invalid_grant", "account not found"},
		"OtherAudience":   {func(c map[string]any) { c["aud"] = "https://example.com/token" }, 400, "invalid_grant", "audience"},
		"TooLong":         {func(c map[string]any) { c["exp"] = time.Now().Unix() + 10000 }, 400, "invalid_grant", "short-lived"},
		"Expired":         {func(c map[string]any) { c["iat"], c["exp"] = 1, 2 }, 400, "invalid_grant", "short-lived"},
		"NoScope":         {func(c map[string]any) { c["scope"] = "" }, 400, "invalid_scope", "scope"},
		"OneScopeTooMany": {func(c map[string]any) { c["scope"] = c["scope"].(string) + " " + scopePrefix + "calendar" }, 401, "unauthorized_client", "unauthorized"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.sim.AddUser(User{PrimaryEmail: "old@example.com", Deleted: o.now})
			o.sim.AuthorizeScopes(strings.Fields(o.claim(nil)["scope"].(string))...)
			status, body := o.askToken(o.sign(o.claim(c.edit)))
			if status != c.status || body["error"] != c.code || !strings.Contains(fmt.Sprint(body["error_description"]), c.words) {
				t.Errorf("%d %v", status, body)
			}
		})
	}
	t.Run("SpoiltSignature", func(t *testing.T) {
		o := newOffice(t)
		good := strings.Split(o.sign(o.claim(nil)), ".")
		other := strings.Split(o.sign(o.claim(func(c map[string]any) { c["sub"] = ann })), ".")
		status, body := o.askToken(good[0] + "." + good[1] + "." + other[2])
		if status != 400 || body["error_description"] != "Invalid JWT Signature." {
			t.Errorf("%d %v", status, body)
		}
	})
	t.Run("SuspendedSubject", func(t *testing.T) {
		o := newOffice(t, func(s *Simulator) { s.Suspended = RefuseToken })
		o.sim.SuspendByOkta(ann)
		status, body := o.askToken(o.sign(o.claim(func(c map[string]any) { c["sub"] = ann })))
		if status != 400 || body["error"] != "invalid_grant" {
			t.Errorf("%d %v", status, body)
		}
	})
}

func TestAccess_NeedsTheRightSubjectAndScope(t *testing.T) {
	o := newOffice(t)
	const users, mine, hers = "/admin/directory/v1/users/" + ann, "/gmail/v1/users/me/settings/vacation", "/gmail/v1/users/" + ann + "/settings/vacation"
	for name, c := range map[string]struct {
		subject, path string
		status        int
		reason        string
	}{
		"AdminReadsUsers":        {AdminEmail, users, 200, ""},
		"OthersDoNot":            {ann, users, 403, "forbidden"},
		"OwnerReadsMail":         {ann, mine, 200, ""},
		"AdminReadsNobodysMail":  {AdminEmail, hers, 403, "insufficientPermissions"},
		"ScopeMissing":           {AdminEmail, "/admin/directory/v1/groups?userKey=" + ann, 403, "insufficientPermissions"},
		"ForeignDomain":          {AdminEmail, "/admin/directory/v1/users/x@example.net", 403, "forbidden"},
		"Unknown":                {AdminEmail, "/admin/directory/v1/users/x@example.com", 404, "notFound"},
		"ServiceAccountItself":   {"", users, 403, "forbidden"},
		"ServiceAccountsMailbox": {"", mine, 400, "failedPrecondition"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, body := o.as(c.subject)("GET", c.path, ""); status != c.status || reason(body) != c.reason {
				t.Errorf("%d %v", status, body)
			}
		})
	}
	resp, err := http.Get(o.url + users)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := o.decode(resp); status != 401 || reason(body) != "authError" {
		t.Errorf("without a token: %d %v", status, body)
	}
}

func TestUpdate_WithoutFields_ChangesNothingAndSays200(t *testing.T) {
	o := newOffice(t)
	o.sim.SetForwarding(ann, "ann@example.net")
	before, _ := o.sim.User(ann)
	if status, _ := o.as(AdminEmail)("PUT", "/admin/directory/v1/users/"+ann, "{}"); status != 200 {
		t.Error(status)
	}
	if status, _ := o.as(AdminEmail)("POST", "/admin/directory/v1/users/"+AdminEmail+"/makeAdmin", "{}"); status != 204 {
		t.Error(status)
	}
	if status, _ := o.as(ann)("PUT", "/gmail/v1/users/me/settings/autoForwarding", "{}"); status != 200 {
		t.Error(status)
	}
	after, _ := o.sim.User(ann)
	if fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("before %+v\nafter  %+v", before, after)
	}
	if admin, _ := o.sim.User(AdminEmail); !admin.IsAdmin {
		t.Error("an empty body took the admin's rights")
	}
}

func TestUpdate_Refusals(t *testing.T) {
	o := newOffice(t)
	o.sim.Change(ann, func(u *User) { u.Suspended, u.SuspensionReason = true, "ABUSE" })
	for body, want := range map[string]string{
		`{"orgUnitPath":"/Nowhere"}`:                           "invalid",
		`{"password":"short"}`:                                 "invalid",
		`{"recoveryPhone":"12"}`:                               "invalid",
		`{"suspended":false}`:                                  "adminCannotUnsuspend",
		`{"primaryEmail":"anna@example.com","suspended":true}`: "invalid",
		`{"primaryEmail":"workspace-admin@example.com"}`:       "duplicate",
		`{"changePasswordAtNextLogin":`:                        "parseError",
	} {
		if status, answer := o.as(AdminEmail)("PUT", "/admin/directory/v1/users/"+ann, body); status < 400 || reason(answer) != want {
			t.Errorf("%s: %d %v", body, status, answer)
		}
	}
}

func TestInsert_IsNotCompleteForAWhile_AndNotRepeatable(t *testing.T) {
	o := newOffice(t, func(s *Simulator) { s.CreationTime = time.Minute })
	admin := o.as(AdminEmail)
	const body = `{"primaryEmail":"new@example.com","name":{"givenName":"New","familyName":"Hire"},"password":"long enough"}`
	if status, u := admin("POST", "/admin/directory/v1/users", body); status != 200 || u["isMailboxSetup"] != false {
		t.Errorf("%d %v", status, u)
	}
	if status, e := admin("POST", "/admin/directory/v1/users", body); status != 409 || reason(e) != "duplicate" {
		t.Errorf("%d %v", status, e)
	}
	if status, e := admin("POST", "/admin/directory/v1/users/new@example.com/signOut", ""); status != 412 || reason(e) != "conditionNotMet" {
		t.Errorf("%d %v", status, e)
	}
	o.pass(time.Minute)
	if status, _ := admin("POST", "/admin/directory/v1/users/new@example.com/signOut", ""); status != 204 {
		t.Error(status)
	}
	if _, u := admin("GET", "/admin/directory/v1/users/new@example.com", ""); u["isMailboxSetup"] != true {
		t.Errorf("%v", u)
	}
}

func TestLists_PageAndLeaveEmptyFieldsOut(t *testing.T) {
	o := newOffice(t)
	for i := range 120 {
		o.sim.AddUser(User{PrimaryEmail: fmt.Sprintf("p%03d@example.com", i)})
	}
	admin, seen, token := o.as(AdminEmail), 0, ""
	for pages := 1; ; pages++ {
		_, body := admin("GET", "/admin/directory/v1/users?customer=my_customer&pageToken="+token, "")
		users, _ := body["users"].([]any)
		seen += len(users)
		if token, _ = body["nextPageToken"].(string); token == "" {
			if pages != 2 || seen != 122 {
				t.Errorf("%d pages, %d users", pages, seen)
			}
			break
		}
	}
	if status, body := o.as(ann)("GET", "/gmail/v1/users/me/settings/delegates", ""); status != 200 || len(body) != 0 {
		t.Errorf("an empty list is %v", body)
	}
	if _, body := admin("GET", "/admin/directory/v1/users?customer=my_customer&query=email:"+ann, ""); len(body["users"].([]any)) != 1 {
		t.Errorf("%v", body)
	}
	if status, _ := admin("GET", "/admin/directory/v1/users", ""); status != 400 {
		t.Errorf("without customer or domain: %d", status)
	}
}

func TestQuotas_AreThrottledWith403(t *testing.T) {
	o := newOffice(t, func(s *Simulator) { s.RateLimits = true })
	mail := o.as(ann)
	const path, body = "/gmail/v1/users/me/settings/delegates", `{"delegateEmail":"nobody@example.com"}`
	for i := range 150 {
		if status, e := mail("POST", path, body); status != 400 {
			t.Fatalf("call %d: %d %v", i, status, e)
		}
	}
	if status, e := mail("POST", path, body); status != 403 || reason(e) != "userRateLimitExceeded" {
		t.Errorf("call 151 at 100 units of 15,000: %d %v", status, e)
	}
	o.pass(time.Minute)
	if status, _ := mail("POST", path, body); status != 400 {
		t.Errorf("a minute later: %d", status)
	}
}

func TestTransfer_IdsAreStrings_AndEachInsertMakesAJob(t *testing.T) {
	o := newOffice(t)
	admin := o.as(AdminEmail)
	from, _ := o.sim.User(ann)
	to, _ := o.sim.User(AdminEmail)
	_, apps := admin("GET", "/admin/datatransfer/v1/applications", "")
	if id := apps["applications"].([]any)[0].(map[string]any)["id"]; id != DriveApp {
		t.Errorf("application id %v", id)
	}
	body := func(old string) string {
		return fmt.Sprintf(`{"oldOwnerUserId":%q,"newOwnerUserId":%q,"applicationDataTransfers":[{"applicationId":%q}]}`, old, to.ID, DriveApp)
	}
	o.sim.AddFile(ann, "private", false)
	for range 2 {
		if status, job := admin("POST", "/admin/datatransfer/v1/transfers", body(from.ID)); status != 200 || job["overallTransferStatusCode"] != "new" {
			t.Errorf("%d %v", status, job)
		}
	}
	if jobs := o.sim.Transfers(); len(jobs) != 2 || jobs[0].Status != "completed" {
		t.Errorf("%+v", jobs)
	}
	if u, _ := o.sim.User(ann); len(u.Files) != 1 {
		t.Error("without a privacy level a private file moved")
	}
	if status, _ := admin("POST", "/admin/datatransfer/v1/transfers", body(ann)); status != 404 {
		t.Errorf("an address was taken for an id: %d", status)
	}
}

func TestSuspension_EndsSessionsDelegationAndMail(t *testing.T) {
	o := newOffice(t)
	o.sim.AddDelegate(ann, AdminEmail)
	o.sim.AddSession(ann, "laptop")
	if !o.sim.CanOpen(AdminEmail, ann) || !o.sim.AcceptsMail(ann) {
		t.Error("not lent to begin with")
	}
	if !o.sim.SuspendByOkta(ann) || o.sim.SuspendByOkta("nobody@example.com") {
		t.Error("who was suspended is told wrongly")
	}
	u, _ := o.sim.User(ann)
	if o.sim.CanOpen(AdminEmail, ann) || o.sim.AcceptsMail(ann) || len(u.Sessions) != 0 || u.State() != "suspended" {
		t.Errorf("%+v", u)
	}
}

func TestState_SurvivesTheProcess_AndSeedsRunOnce(t *testing.T) {
	dir := t.TempDir()
	keep := func(s *Simulator) { s.Dir = dir }
	fill := func(s *Simulator) {
		s.Seed(func() { s.AddUser(User{PrimaryEmail: "seeded@example.com"}) })
	}
	first := newOffice(t, keep)
	fill(first.sim)
	first.as(AdminEmail)("PUT", "/admin/directory/v1/users/"+ann, `{"password":"a new password","recoveryEmail":"x@example.net"}`)
	first.sim.Inject(kit.Fault{Method: "POST", Path: "/admin/directory/v1/users/*/signOut", Drop: kit.DropAfter})
	second := newOffice(t, keep)
	fill(second.sim)
	if u, found := second.sim.User(ann); !found || u.PasswordChanges != 1 {
		t.Errorf("%+v", u)
	}
	if err := second.sim.SignIn(ann, "a new password", "laptop"); err != nil {
		t.Error(err)
	}
	if a, b := first.sim.ServiceAccountJSON(first.url), second.sim.ServiceAccountJSON(first.url); !bytes.Equal(a, b) {
		t.Error("the key changed with the process")
	}
	if n := second.sim.CallsTo("PUT", "/admin/directory/v1/users/*"); n != 1 {
		t.Errorf("the call log holds %d calls", n)
	}
	for _, c := range second.sim.Calls() {
		if strings.Contains(c.Body, "a new password") || strings.Contains(c.Body, "eyJ") {
			t.Errorf("a secret is in the call log: %s", c.Body)
		}
	}
}

func TestStateFile_Damaged_IsSaidAndNotOverwritten(t *testing.T) {
	sim := &Simulator{}
	sim.Dir = t.TempDir()
	if err := sim.Save(System, "not a state"); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "not readable") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	defer func() {
		var kept string
		if err := sim.Load(System, &kept); recover() == nil || err != nil || kept != "not a state" {
			t.Errorf("the file holds %q (%v)", kept, err)
		}
	}()
	sim.AddUser(User{PrimaryEmail: ann})
}

func TestSnapshot_IsACopy(t *testing.T) {
	o := newOffice(t)
	o.sim.AddDelegate(ann, AdminEmail)
	for _, u := range o.sim.Snapshot().Users {
		if u.PrimaryEmail == ann {
			u.Mail.Delegates[0].Email = "changed@example.com"
		}
	}
	if u, _ := o.sim.User(ann); u.Mail.Delegates[0].Email != AdminEmail {
		t.Error("a reader changed the organisation")
	}
}
