package okta

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/vendorhttp"
)

// Scopes are the OAuth scopes the activities need.
func Scopes() []string {
	return []string{"okta.users.manage", "okta.roles.manage", "okta.groups.manage", "okta.apps.manage", "okta.devices.manage", "okta.logs.read"}
}

// Polling defaults. One attempt never polls longer than patience; Temporal's retry carries on from there.
const (
	defaultPoll     = 300 * time.Millisecond
	growth          = 7 // the longest wait, in first waits
	defaultPatience = 15 * time.Second
	idleConnections = 16
)

// Config says which org to call and as whom: with an API token, or as a service app with a private key.
type Config struct {
	// BaseURL is the org's address: https://example.okta.com. A port and a path prefix are allowed, http on
	// loopback addresses only.
	BaseURL string
	// Token is an API token. It has the rights of the administrator who made it.
	Token string
	// ClientID, PrivateKey and KeyID name an API Services app instead. PrivateKey is a PEM text, PKCS#1 or PKCS#8.
	ClientID   string
	PrivateKey string
	KeyID      string
	// Scopes of the service app's tokens; empty means [Scopes].
	Scopes []string

	// Transport sends the requests; nil means one of its own.
	Transport http.RoundTripper
	// Poll is the first wait between two reads while Okta works in the background; 0 means 300 ms. It doubles up to
	// seven times that.
	Poll time.Duration
	// Patience bounds the polling of one attempt; 0 means 15 s.
	Patience time.Duration
	// Now is the clock of Executed and Verified; nil means time.Now.
	Now func() time.Time
	// Gate is asked before and after anything that gives access, and told before anything is cut; nil refuses nobody.
	Gate activities.Gate
	// Owner says whose an account is in the identity ledger, by the id under which that person's cases run; "" for nobody's.
	// It is asked about an account that was found by login or number; nil knows of nobody.
	Owner func(ctx context.Context, account string) (employee.ID, error)
}

// System performs the activities of one Okta org.
type System struct {
	api      *sdk.Client
	prefix   string // path prefix of the base URL
	oauth    bool
	poll     time.Duration
	patience time.Duration
	clock    func() time.Time
	gate     activities.Gate
	owner    func(context.Context, string) (employee.ID, error)
	names    names
}

// New checks the configuration and makes a System. It makes no call; see [System.Check].
func New(c Config) (*System, error) {
	base, err := parseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	auth, err := c.authorization()
	if err != nil {
		return nil, err
	}
	transport := c.Transport
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = idleConnections
		transport = own
	}
	api, err := newAPI(base, vendorhttp.NewHTTPClient(guard{transport, &headroom{now: time.Now, urgency: urgency}}), auth)
	if err != nil {
		return nil, fmt.Errorf("okta: %w", err)
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("okta base URL: %w", err)
	}
	s := &System{api: api, prefix: u.Path, oauth: c.Token == "", poll: c.Poll, patience: c.Patience, clock: c.Now, gate: c.Gate, owner: c.Owner}
	s.defaults()
	return s, nil
}

// newAPI names every setting of the SDK, so that a stray ~/.okta/okta.yaml or OKTA_CLIENT_* variable changes nothing.
func newAPI(base string, client *http.Client, auth []sdk.ConfigSetter) (*sdk.Client, error) {
	settings := append([]sdk.ConfigSetter{
		sdk.WithOrgUrl(base),
		sdk.WithTestingDisableHttpsCheck(strings.HasPrefix(base, "http://")), // parseBase let loopback only through
		sdk.WithCache(false),
		sdk.WithCacheManager(nil),
		sdk.WithRateLimitMaxRetries(0),
		sdk.WithRateLimitMaxBackOff(0),
		sdk.WithRequestTimeout(0),
		sdk.WithConnectionTimeout(int64(vendorhttp.DefaultTimeout.Seconds())),
		sdk.WithUserAgentExtra("tenure"),
		sdk.WithHttpClientPtr(client),
	}, auth...)
	_, api, err := sdk.NewClient(context.Background(), settings...)
	return api, err
}

func (s *System) defaults() {
	if s.poll <= 0 {
		s.poll = defaultPoll
	}
	if s.patience <= 0 {
		s.patience = defaultPatience
	}
	if s.clock == nil {
		s.clock = time.Now
	}
}

func (s *System) now() time.Time { return s.clock().UTC() }

func parseBase(raw string) (string, error) {
	const field = "okta base URL"
	base, err := vendorhttp.ParseBase(field, raw)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("%s: %w", field, err)
	}
	host := u.Hostname()
	for _, console := range []string{"-admin.okta.com", "-admin.oktapreview.com", "-admin.okta-emea.com"} {
		if strings.HasSuffix(host, console) {
			return "", fmt.Errorf("%s: %q is the admin console; write the org's own address, without -admin", field, raw)
		}
	}
	if strings.HasSuffix(host, ".com.com") {
		return "", fmt.Errorf("%s: %q ends in .com twice; write it once", field, raw)
	}
	return base, nil
}

// authorization names every setting of both modes, the unused ones as empty.
func (c Config) authorization() ([]sdk.ConfigSetter, error) {
	switch {
	case c.Token != "" && (c.ClientID != "" || c.PrivateKey != ""):
		return nil, errors.New("okta credentials: an API token and a service app are both set; keep one of them")
	case c.Token != "":
		if strings.ContainsAny(c.Token, " \t\r\n") {
			return nil, errors.New("okta token: it contains white space; write the bare token, without \"SSWS\" and line breaks")
		}
		return authorize("SSWS", c.Token, "", "", "", nil), nil
	case c.ClientID == "" || c.PrivateKey == "":
		return nil, errors.New("okta credentials: set an API token, or a service app's client id and private key")
	}
	key, err := pkcs1(c.PrivateKey)
	if err != nil {
		return nil, err
	}
	scopes := c.Scopes
	if len(scopes) == 0 {
		scopes = Scopes()
	}
	return authorize("PrivateKey", "", c.ClientID, key, c.KeyID, scopes), nil
}

func authorize(mode, token, client, key, keyID string, scopes []string) []sdk.ConfigSetter {
	return []sdk.ConfigSetter{
		sdk.WithAuthorizationMode(mode), sdk.WithToken(token), sdk.WithClientId(client), sdk.WithPrivateKey(key),
		sdk.WithPrivateKeyId(keyID), sdk.WithPrivateKeySigner(nil), sdk.WithClientAssertion(""), sdk.WithScopes(scopes),
	}
}

// pkcs1 turns a PEM private key into the one form the SDK reads.
func pkcs1(text string) (string, error) {
	const wants = "okta private key: it is not an RSA key in PEM form (-----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----)"
	block, _ := pem.Decode([]byte(strings.ReplaceAll(text, `\n`, "\n")))
	if block == nil {
		return "", errors.New(wants + "; give the file's whole content")
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		parsed, perr := x509.ParsePKCS8PrivateKey(block.Bytes)
		rsaKey, isRSA := parsed.(*rsa.PrivateKey)
		if perr != nil || !isRSA {
			return "", errors.New(wants + "; make one with: openssl genrsa 2048")
		}
		key = rsaKey
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})), nil
}

// Bindings ties every handle of Okta to its implementation.
func (s *System) Bindings() []activities.Binding {
	return []activities.Binding{
		activities.OktaReadUser.Bind(s.ReadUser),
		activities.OktaCutAccess.Bind(s.CutAccess),
		activities.OktaRevokeCredentials.Bind(s.RevokeCredentials),
		activities.OktaRemoveGroups.Bind(s.RemoveGroups),
		activities.OktaDeactivateUser.Bind(s.DeactivateUser),
		activities.OktaUnassignApp.Bind(s.UnassignApp),
		activities.OktaProbeAccess.Bind(s.ProbeAccess),
		activities.OktaRestoreUser.Bind(s.RestoreUser),
		activities.OktaFindAdmins.Bind(s.FindAdmins),
		activities.OktaExamine.Bind(s.Examine),
		activities.OktaFindLogin.Bind(s.FindLogin),
		activities.OktaConvergeUser.Bind(s.ConvergeUser),
		activities.OktaCompareUser.Bind(s.CompareUser),
		activities.OktaReadSchema.Bind(s.ReadSchema),
	}
}
