package google

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

func TestSignIn_OneTokenForManyCalls(t *testing.T) {
	r := newRig(t)
	r.suspend()
	r.suspend()
	if n := r.sim.CallsTo("POST", "/token"); n != 1 {
		t.Errorf("%d token requests", n)
	}
}

func TestSignIn_TokenNoLongerTaken_IsReplacedOnce(t *testing.T) {
	r := newRig(t)
	must(r, activities.GoogleHideUser, r.perform(plan.GoogleHide))
	r.sim.ExpireTokens()
	wantState(t, r.suspend(), plan.Verified)
	if n := r.sim.CallsTo("POST", "/token"); n != 2 {
		t.Errorf("%d token requests, want 2", n)
	}
}

func TestSignIn_NewTokenRefusedToo_IsForbidden(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Path: userPath, Status: http.StatusUnauthorized})
	_, _, err := r.sys.find(background(), r.leaver.ID)
	if p := problem(err); p.Type != activities.Forbidden {
		t.Errorf("%v", p)
	}
	if n := r.sim.CallsTo("GET", userPath); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

// TestSignIn_HangingTokenEndpoint_GivesWayToTheCaller: the OAuth library sends its request without a context. The
// caller's context ends it all the same.
func TestSignIn_HangingTokenEndpoint_GivesWayToTheCaller(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Path: "/token", Delay: time.Hour})
	ctx, cancel := context.WithCancel(background())
	r.on("POST", "/token", 1, cancel)
	client, err := r.sys.doors.client(googlesim.AdminEmail, accountsFamily)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.sys.config.BaseURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Do(req) // not through the SDK, which hides what ended the call
	var signIn *signInError
	if !errors.As(err, &signIn) || !strings.Contains(signIn.cause.Error(), context.Canceled.Error()) {
		t.Fatalf("ended with %v, and not because the caller gave up", err)
	}
	if err := ended(ctx, err); err != context.Canceled { //nolint:errorlint // the very value is meant
		t.Errorf("a cancelled activity ends with %v", err)
	}
}

func TestSignIn_ForeignKey_IsRefused(t *testing.T) {
	r := newRig(t)
	var other googlesim.Simulator
	other.Dir = t.TempDir() // one that keeps its state has a key of its own
	srv := httptest.NewServer(http.HandlerFunc(r.serve))
	defer srv.Close()
	r.sim.ServiceAccountJSON(srv.URL) // so that the audience is known and the signature alone is wrong
	sys, err := New(Config{KeyJSON: other.ServiceAccountJSON(srv.URL), Admin: googlesim.AdminEmail, BaseURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = sys.find(background(), r.leaver.ID)
	if p := problem(err); p.Type != activities.Forbidden || !strings.Contains(p.Text, "Signature") {
		t.Errorf("%v", p)
	}
}

func TestBaseURL_WithAPathPrefix(t *testing.T) {
	var sim googlesim.Simulator
	srv := httptest.NewServer(http.StripPrefix("/stand-in/google", &sim))
	defer srv.Close()
	base := srv.URL + "/stand-in/google"
	sys, err := New(Config{KeyJSON: sim.ServiceAccountJSON(base), Admin: googlesim.AdminEmail, BaseURL: base + "/"})
	if err != nil {
		t.Fatal(err)
	}
	sim.AddUser(googlesim.User{PrimaryEmail: leaverMail})
	facts, err := sys.ReadUser(background(), activities.Identity{Email: leaverMail})
	if err != nil || !facts.Exists || !facts.MailboxReady {
		t.Errorf("%+v %v", facts, err)
	}
}

func TestDoors_AreNotKeptForEver(t *testing.T) {
	var sim googlesim.Simulator
	d := newDoors(sim.ServiceAccountJSON("http://127.0.0.1:1"))
	for _, subject := range []string{"a@example.com", "b@example.com"} {
		if _, err := d.client(subject, mailFamily); err != nil {
			t.Fatal(err)
		}
	}
	old := doorKey{"a@example.com", mailFamily}
	d.born[old] = time.Now().Add(-2 * doorLife)
	if _, err := d.client("b@example.com", mailFamily); err != nil {
		t.Fatal(err)
	}
	if d.open[old] != nil || len(d.open) != 1 {
		t.Errorf("%d clients kept", len(d.open))
	}
}

func TestConfig_BadInput_NamesSettingAndMend(t *testing.T) {
	var sim googlesim.Simulator
	key := string(sim.ServiceAccountJSON("http://127.0.0.1:1"))
	for name, c := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"KeyNotJSON":      {func(c *Config) { c.KeyJSON = []byte("-----BEGIN PRIVATE KEY-----") }, []string{"google.key", "JSON key file"}},
		"KeyOfAUser":      {func(c *Config) { c.KeyJSON = []byte(`{"type":"authorized_user"}`) }, []string{"google.key", "authorized_user"}},
		"KeyWithoutEmail": {func(c *Config) { c.KeyJSON = []byte(strings.Replace(key, "client_email", "x", 1)) }, []string{"google.key", "client_email"}},
		"TokenURI": {func(c *Config) {
			c.KeyJSON = []byte(strings.Replace(key, "http://127.0.0.1:1", "http://example.com", 1))
		}, []string{"google.key: token_uri", "https"}},
		"Admin":    {func(c *Config) { c.Admin = "admin" }, []string{"google.admin", "mail address"}},
		"BaseURL":  {func(c *Config) { c.BaseURL = "admin.googleapis.com" }, []string{"google.base_url", "https://"}},
		"GmailURL": {func(c *Config) { c.GmailURL = "ftp://example.com" }, []string{"google.gmail_url"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := Config{KeyJSON: []byte(key), Admin: googlesim.AdminEmail}
			c.change(&config)
			_, err := New(config)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
			if strings.Contains(err.Error(), "PRIVATE") {
				t.Errorf("the error quotes the key: %v", err)
			}
		})
	}
}

func TestConfig_Defaults_AreGoogle(t *testing.T) {
	var sim googlesim.Simulator
	sys, err := New(Config{KeyJSON: sim.ServiceAccountJSON("http://127.0.0.1:1"), Admin: googlesim.AdminEmail})
	if err != nil {
		t.Fatal(err)
	}
	if c := sys.config; c.BaseURL != googleAdminAPI || c.GmailURL != googleMailAPI || c.Customer != myCustomer || c.Settle != DefaultSettle {
		t.Errorf("%+v", c)
	}
}
