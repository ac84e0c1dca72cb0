package okta

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/vendorhttp"
	"tenure/simulators/kit"
)

// Every row of Okta's error table, over the wire.
func TestErrors_EveryCodeHasItsType(t *testing.T) {
	rows := []struct {
		code   string
		status int
		typ    string
	}{
		{"E0000001", 400, activities.InvalidInput},
		{"E0000003", 400, activities.InvalidInput},
		{"E0000004", 401, activities.Forbidden},
		{"E0000006", 403, activities.Forbidden},
		{"E0000007", 404, activities.NotFound},
		{"E0000009", 500, activities.Unavailable},
		{"E0000010", 503, activities.Unavailable},
		{"E0000011", 401, activities.Forbidden},
		{"E0000014", 403, activities.Conflict},
		{"E0000015", 401, activities.Unsupported},
		{"E0000016", 403, activities.Conflict},
		{"E0000022", 405, activities.InvalidInput},
		{"E0000023", 403, activities.Conflict},
		{"E0000032", 403, activities.Conflict},
		{"E0000038", 403, activities.Conflict},
		{"E0000047", 429, activities.RateLimited},
		{"E0000060", 501, activities.Unsupported},
		{"E0000062", 409, activities.Conflict},
		{"E0000077", 403, activities.Conflict},
		{"E0000078", 403, activities.Conflict},
		{"E0000093", 400, activities.InvalidInput},
		{"E0000112", 409, activities.Unavailable},
		{"E0000195", 409, activities.Unavailable},
	}
	if len(rows) != len(codes) {
		t.Errorf("%d codes in the table, %d tested", len(codes), len(rows))
	}
	o := newOrg(t)
	id := o.jo()
	for _, row := range rows {
		t.Run(row.code, func(t *testing.T) {
			body := fmt.Sprintf(`{"errorCode":%q,"errorSummary":"about jo@example.com","errorLink":"","errorId":"oae1","errorCauses":[]}`, row.code)
			remove := o.Inject(kit.Fault{Status: row.status, Body: body})
			defer remove()
			_, err := o.sys.user(t.Context(), id)
			p := activities.ProblemOf(err)
			if p.Type != row.typ {
				t.Errorf("%s is %s, want %s", row.code, p.Type, row.typ)
			}
			if p.Text == "" || strings.Contains(p.Error(), "jo@example.com") {
				t.Errorf("text %q", p.Error())
			}
			if p.Mend == "" && (p.Type == activities.Forbidden || p.Type == activities.Unsupported || p.Type == activities.InvalidInput) {
				t.Errorf("%s asks for a person and says no mend", row.code)
			}
		})
	}
}

func TestErrors_StatusWithoutCode(t *testing.T) {
	for status, typ := range map[int]string{
		400: activities.InvalidInput, 401: activities.Forbidden, 403: activities.Forbidden, 404: activities.NotFound,
		405: activities.InvalidInput, 408: activities.Unavailable, 409: activities.Conflict, 429: activities.RateLimited,
		500: activities.Unavailable, 501: activities.Unsupported, 502: activities.Unavailable, 503: activities.Unavailable,
		504: activities.Unavailable, 418: activities.Unavailable,
	} {
		o := newOrg(t)
		id := o.jo()
		o.Inject(kit.Fault{Status: status, Body: "<html>proxy</html>", Header: map[string]string{"Content-Type": "text/html"}})
		_, err := o.sys.user(t.Context(), id)
		if p := activities.ProblemOf(err); p.Type != typ {
			t.Errorf("%d is %s, want %s", status, p.Type, typ)
		}
	}
}

func TestErrors_ValidationNamesItsCauses(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	resp, err := o.sys.api.User.UnsuspendUser(t.Context(), id)
	if p := activities.ProblemOf(check(resp, err)); !strings.Contains(p.Text, "Cannot unsuspend a user that is not suspended") {
		t.Errorf("text %q", p.Text)
	}
}

func TestRateLimit_WaitsAsLongAsOktaSays(t *testing.T) {
	o := newOrg(t)
	o.Clock = func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }
	o.RateLimits = true
	id := o.jo()
	for range 50 { // half of the hundred a minute that /apps allows an org is one token's share
		if _, err := o.sys.apps(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	before := len(o.Calls())
	_, err := execute(o, activities.OktaReadUser, activities.Identity{Account: id})
	app := problemIn(t, err, activities.RateLimited)
	if got := app.NextRetryDelay(); got <= 59*time.Second || got > time.Minute+time.Second {
		t.Errorf("retry after %v, want the rest of the window and a second", got)
	}
	if n := len(o.Calls()) - before; n > 6 {
		t.Errorf("%d calls: a refused one was repeated", n)
	}
}

func TestRateLimit_Delay(t *testing.T) {
	const date = "Mon, 02 Mar 2026 09:00:00 GMT"
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	in := func(d time.Duration) string { return fmt.Sprint(at.Add(d).Unix()) }
	for _, c := range []struct {
		name string
		have rateLimited
		want time.Duration
	}{
		{"by Okta's clock", rateLimited{reset: in(20 * time.Second), date: date, limit: "600"}, 21 * time.Second},
		{"reset is past", rateLimited{reset: in(-time.Hour), date: date, limit: "600"}, shortestDelay},
		{"a wrong clock", rateLimited{reset: in(24 * time.Hour), date: date, limit: "600"}, longestDelay},
		{"too many at once", rateLimited{reset: in(20 * time.Second), date: date, limit: "0"}, shortestDelay},
		{"no reset", rateLimited{reset: "", date: date, limit: "600"}, usualDelay},
		{"no date", rateLimited{reset: in(20 * time.Second), date: "", limit: "600"}, usualDelay},
	} {
		if got := c.have.delay(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestGuard_ClosedConnection_IsOneCall(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	o.Inject(kit.Fault{Method: "POST", Drop: kit.DropBefore})
	resp, err := o.sys.api.User.SuspendUser(t.Context(), id)
	p := activities.ProblemOf(check(resp, err))
	var lost *vendorhttp.TransportError
	if p.Type != activities.Unavailable || !errors.As(p, &lost) {
		t.Errorf("problem %+v", p)
	}
	if n := len(o.Calls()); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

func TestGuard_RedirectWithoutBody_IsNoSuccess(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://login.example.com/")
		w.WriteHeader(http.StatusFound)
	}))
	defer server.Close()
	sys, err := New(Config{BaseURL: server.URL, Token: "00token"})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := sys.api.User.SuspendUser(t.Context(), "00u1")
	if p := activities.ProblemOf(check(resp, err)); err == nil || p.Type != activities.Unavailable || !strings.Contains(p.Mend, "base URL") {
		t.Errorf("a redirect counts as %+v", p)
	}
}

func TestGuard_AnswersThatAreNotOktas(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.example.com/", http.StatusFound)
		},
		"page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>sign in</html>"))
		},
		"nothing":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
		"empty json":  func(w http.ResponseWriter, _ *http.Request) { jsonBody(w, "{}") },
		"broken json": func(w http.ResponseWriter, _ *http.Request) { jsonBody(w, `{"id":`) },
		"a list":      func(w http.ResponseWriter, _ *http.Request) { jsonBody(w, "[]") },
		"too much": func(w http.ResponseWriter, _ *http.Request) {
			jsonBody(w, `{"id":"`+strings.Repeat("x", vendorhttp.MaxBody)+`"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			sys, err := New(Config{BaseURL: server.URL, Token: "00token"})
			if err != nil {
				t.Fatal(err)
			}
			u, err := sys.user(t.Context(), "00u1")
			if p := activities.ProblemOf(err); err == nil || p.Type != activities.Unavailable {
				t.Errorf("user %v, error %v", u, err)
			}
			if strings.Contains(err.Error(), "00token") {
				t.Errorf("the error holds the token: %v", err)
			}
		})
	}
}

func jsonBody(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(body))
}
