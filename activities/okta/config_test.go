package okta

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenure/activities"
	oktasim "tenure/simulators/okta"
)

func pemKey(t *testing.T, key *rsa.PrivateKey, pkcs8 bool) string {
	t.Helper()
	if !pkcs8 {
		return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// service registers a service app that may do everything, unless change says otherwise.
func (o *org) service(t *testing.T, change func(*oktasim.ServiceApp)) (client string, key *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	app := oktasim.ServiceApp{Key: &key.PublicKey, Scopes: Scopes(), AdminRole: true}
	change(&app)
	return o.AddServiceApp(app), key
}

func asService(client string, key *rsa.PrivateKey) func(*Config) {
	return func(c *Config) {
		c.Token, c.ClientID = "", client
		c.PrivateKey = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	}
}

func TestNew_BadSettings_NameTheSettingAndTheMend(t *testing.T) {
	const secret = "00verysecret"
	for _, c := range []struct {
		name string
		with Config
		want string
	}{
		{"no address", Config{Token: secret}, "okta base URL"},
		{"no scheme", Config{BaseURL: "example.okta.com", Token: secret}, "write scheme and host"},
		{"http elsewhere", Config{BaseURL: "http://example.okta.com", Token: secret}, "https://"},
		{"admin console", Config{BaseURL: "https://example-admin.okta.com", Token: secret}, "without -admin"},
		{"twice .com", Config{BaseURL: "https://example.okta.com.com", Token: secret}, ".com twice"},
		{"query", Config{BaseURL: "https://example.okta.com?x=1", Token: secret}, "no user, query"},
		{"no credential", Config{BaseURL: "https://example.okta.com"}, "set an API token, or a service app"},
		{"both credentials", Config{BaseURL: "https://example.okta.com", Token: secret, ClientID: "0oa1"}, "keep one of them"},
		{"token with its scheme", Config{BaseURL: "https://example.okta.com", Token: "SSWS " + secret}, "bare token"},
		{"client without key", Config{BaseURL: "https://example.okta.com", ClientID: "0oa1"}, "private key"},
		{"key that is none", Config{BaseURL: "https://example.okta.com", ClientID: "0oa1", PrivateKey: secret}, "PEM"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(c.with)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
}

func TestNew_StraySettings_ChangeNothing(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".okta"), 0o700); err != nil {
		t.Fatal(err)
	}
	stray := "okta:\n  client:\n    orgUrl: https://stray.example.com\n    token: stray\n    authorizationMode: Bearer\n    cache:\n      enabled: true\n"
	if err := os.WriteFile(filepath.Join(home, ".okta", "okta.yaml"), []byte(stray), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"HOME": home, "OKTA_CLIENT_ORGURL": "https://stray.example.com", "OKTA_CLIENT_TOKEN": "stray",
		"OKTA_CLIENT_AUTHORIZATIONMODE": "Bearer", "OKTA_CLIENT_CACHE_ENABLED": "true", "OKTA_CLIENT_RATE_LIMIT_MAX_RETRIES": "9",
		"OKTA_CLIENT_SCOPES": "stray", "OKTA_CLIENT_CLIENTID": "stray", "OKTA_CLIENT_PRIVATEKEY": "stray",
	} {
		t.Setenv(name, value)
	}
	o := newOrg(t)
	id := o.jo()
	perform(o, activities.OktaCutAccess, id, "okta.suspend")
	if got := o.see(id).Status; got != oktasim.Suspended {
		t.Errorf("account is %s", got)
	}
	if got := read(o, activities.Identity{Account: id}).Status; got != "SUSPENDED" {
		t.Errorf("read %s: the cache is on", got)
	}
}

func TestNew_PathPrefix_IsKeptOnEveryPage(t *testing.T) {
	o := newOrg(t)
	o.PageSize = 1
	server := httptest.NewServer(http.StripPrefix("/vendors/okta", o.Simulator))
	defer server.Close()
	o.sys = o.connect(func(c *Config) { c.BaseURL, c.Transport = server.URL+"/vendors/okta/", nil })
	id := o.jo()
	o.AddGroup(oktasim.Group{Name: "A", Members: map[string]string{id: oktasim.ByHand}})
	if f := read(o, activities.Identity{Account: id}); len(f.Groups) != 2 {
		t.Errorf("read %d groups over pages, want 2", len(f.Groups))
	}
}

func TestServiceApp_BothKeyForms(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	app, key := o.service(t, func(*oktasim.ServiceApp) {})
	for _, pkcs8 := range []bool{false, true} {
		o.sys = o.connect(asService(app, key), func(c *Config) { c.PrivateKey = pemKey(t, key, pkcs8) })
		if err := o.sys.Check(t.Context()); err != nil {
			t.Errorf("PKCS#8 %v: %v", pkcs8, err)
		}
		if f := read(o, activities.Identity{Account: id}); !f.Exists {
			t.Errorf("PKCS#8 %v: account not found", pkcs8)
		}
	}
	if n := o.CallsTo("POST", "/oauth2/v1/token"); n != 2 {
		t.Errorf("%d tokens fetched for two clients", n)
	}
}

func TestServiceApp_Refusals(t *testing.T) {
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*oktasim.ServiceApp)
		with   func(*Config)
		mend   string
	}{
		{"another key", func(*oktasim.ServiceApp) {}, func(c *Config) { asService(c.ClientID, stranger)(c) }, "private key"},
		{"scope not granted", func(a *oktasim.ServiceApp) { a.Scopes = []string{"okta.users.read"} }, func(*Config) {}, "grant the service app"},
		{"DPoP demanded", func(a *oktasim.ServiceApp) { a.DPoP = true }, func(*Config) {}, "untick"},
		{"scope not asked for", func(*oktasim.ServiceApp) {}, func(c *Config) { c.Scopes = []string{"okta.groups.read"} }, "scopes"},
		{"no admin role", func(a *oktasim.ServiceApp) { a.AdminRole = false }, func(*Config) {}, "admin role"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOrg(t)
			o.jo()
			app, key := o.service(t, c.change)
			p := activities.ProblemOf(o.connect(asService(app, key), c.with).Check(t.Context()))
			if p.Type != activities.Forbidden || !strings.Contains(p.Mend, c.mend) {
				t.Errorf("problem %+v", p)
			}
			if strings.Contains(p.Error(), "client_assertion") {
				t.Errorf("the error holds the assertion: %v", p)
			}
		})
	}
}

func TestToken_Refused_IsForbidden(t *testing.T) {
	o := newOrg(t)
	p := activities.ProblemOf(o.connect(func(c *Config) { c.Token = "00wrong" }).Check(t.Context()))
	if p.Type != activities.Forbidden || strings.Contains(p.Error(), "00wrong") {
		t.Errorf("problem %+v", p)
	}
}
