package kit_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/simulators/kit"
)

// vendor is a stand-in with one effect: it counts the calls that reached it.
type vendor struct {
	kit.Kit
	effects atomic.Int32
}

func (v *vendor) handler() http.Handler {
	return v.Wrap("vendor", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		v.effects.Add(1)
		w.Header().Set("X-Vendor", "yes")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "made")
	}))
}

// ask calls the stand-in without a network.
func (v *vendor) ask(method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	v.handler().ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody))
	return w
}

func TestWrap_WithoutFaults_PassesTheAnswerOn(t *testing.T) {
	var v vendor
	w := v.ask(http.MethodPost, "/things")
	require.Equal(t, http.StatusCreated, w.Code)
	require.Equal(t, "made", w.Body.String())
	require.Equal(t, "yes", w.Header().Get("X-Vendor"))
	require.EqualValues(t, 1, v.effects.Load())
}

func TestFault_Status_AnswersWithoutTheEffect(t *testing.T) {
	var v vendor
	v.Inject(kit.Fault{Status: http.StatusOK, Body: `{"ok":true}`, Header: map[string]string{"X-Odd": "1"}})
	w := v.ask(http.MethodPost, "/things")
	require.Equal(t, http.StatusOK, w.Code)
	require.JSONEq(t, `{"ok":true}`, w.Body.String())
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.Equal(t, "1", w.Header().Get("X-Odd"))
	require.Zero(t, v.effects.Load())
}

func TestFault_StatusWithoutBody_TakesTheVendorsForm(t *testing.T) {
	var v vendor
	v.FaultBody = func(status int) (string, string) {
		return "<error>" + http.StatusText(status) + "</error>", "application/xml"
	}
	v.Inject(kit.Fault{Status: http.StatusBadGateway})
	w := v.ask(http.MethodGet, "/things")
	require.Equal(t, http.StatusBadGateway, w.Code)
	require.Equal(t, "<error>Bad Gateway</error>", w.Body.String())
	require.Equal(t, "application/xml", w.Header().Get("Content-Type"))
}

func TestFault_StatusWithoutAnyForm_HasNoBody(t *testing.T) {
	var v vendor
	v.Inject(kit.Fault{Status: http.StatusServiceUnavailable})
	w := v.ask(http.MethodGet, "/things")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Empty(t, w.Body.String())
	require.Empty(t, w.Header().Get("Content-Type"))
}

func TestFault_Throttle(t *testing.T) {
	t.Run("in the vendor's own way", func(t *testing.T) {
		var v vendor
		v.ThrottleAnswer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotAcceptable) }
		v.Inject(kit.Fault{Throttle: true})
		require.Equal(t, http.StatusNotAcceptable, v.ask(http.MethodGet, "/things").Code)
		require.Zero(t, v.effects.Load())
	})
	t.Run("plainly, when the vendor has none", func(t *testing.T) {
		var v vendor
		v.Inject(kit.Fault{Throttle: true})
		w := v.ask(http.MethodGet, "/things")
		require.Equal(t, http.StatusTooManyRequests, w.Code)
		require.Equal(t, "1", w.Header().Get("Retry-After"))
	})
}

func TestFault_Times_IsUsedUp(t *testing.T) {
	var v vendor
	v.Inject(kit.Fault{Status: http.StatusInternalServerError, Times: 2})
	v.Inject(kit.Fault{Status: http.StatusBadGateway, Times: 1}) // the next rule takes over, once
	var codes []int
	for range 4 {
		codes = append(codes, v.ask(http.MethodGet, "/things").Code)
	}
	require.Equal(t, []int{500, 500, 502, 201}, codes)
}

func TestFault_WithoutTimes_LastsUntilItIsRemoved(t *testing.T) {
	var v vendor
	remove := v.Inject(kit.Fault{Status: http.StatusInternalServerError})
	v.Inject(kit.Fault{Path: "/other", Status: http.StatusTeapot})
	for range 3 {
		require.Equal(t, 500, v.ask(http.MethodGet, "/things").Code)
	}
	remove()
	remove() // removing twice removes nothing else
	require.Equal(t, 201, v.ask(http.MethodGet, "/things").Code)
	require.Len(t, v.Faults(), 1)
	v.ClearFaults()
	require.Equal(t, 201, v.ask(http.MethodGet, "/other").Code)
	require.Empty(t, v.Faults())
}

func TestFault_FitsByMethodAndPath(t *testing.T) {
	for _, c := range []struct {
		name         string
		rule         kit.Fault
		method, path string
		fits         bool
	}{
		{"everything", kit.Fault{}, "GET", "/a/b", true},
		{"its method", kit.Fault{Method: "POST"}, "POST", "/a", true},
		{"another method", kit.Fault{Method: "POST"}, "GET", "/a", false},
		{"its path", kit.Fault{Path: "/a/b"}, "GET", "/a/b", true},
		{"another path", kit.Fault{Path: "/a/b"}, "GET", "/a/c", false},
		{"a part left open", kit.Fault{Path: "/users/*/suspend"}, "POST", "/users/1/suspend", true},
		{"a star is one part", kit.Fault{Path: "/users/*"}, "POST", "/users/1/suspend", false},
		{"all below", kit.Fault{Path: "/users/**"}, "POST", "/users/1/suspend", true},
		{"all below means itself too", kit.Fault{Path: "/users/**"}, "POST", "/users", true},
		{"all below is no prefix of a word", kit.Fault{Path: "/users/**"}, "POST", "/userschema", false},
		{"a pattern that is none", kit.Fault{Path: "/users/["}, "GET", "/users/[", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var v vendor
			c.rule.Status = http.StatusTeapot
			v.Inject(c.rule)
			require.Equal(t, c.fits, v.ask(c.method, c.path).Code == http.StatusTeapot)
		})
	}
}

// In a synctest bubble time is counted, not spent: the delay is exact and costs nothing.
func TestFault_DelayAndLatency_PassBeforeTheEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var v vendor
		v.Latency = time.Second
		v.Inject(kit.Fault{Delay: time.Hour, Times: 1})
		began := time.Now()
		require.Equal(t, http.StatusCreated, v.ask(http.MethodGet, "/things").Code)
		require.Equal(t, time.Hour+time.Second, time.Since(began))
		began = time.Now()
		v.ask(http.MethodGet, "/things")
		require.Equal(t, time.Second, time.Since(began))
	})
}

func TestFault_Delay_EndsWithTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var v vendor
		v.Inject(kit.Fault{Delay: time.Hour, Status: http.StatusGatewayTimeout})
		r := httptest.NewRequest(http.MethodGet, "/things", http.NoBody)
		ctx, cancel := contextWithin(t, time.Minute)
		defer cancel()
		began := time.Now()
		v.handler().ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
		require.Equal(t, time.Minute, time.Since(began))
	})
}

func TestFault_Drop_CutsTheConnection(t *testing.T) {
	for _, c := range []struct {
		drop    kit.Drop
		effects int32
		said    string
	}{
		{kit.DropBefore, 0, "dropped before the effect"},
		{kit.DropAfter, 1, "dropped after the effect"},
	} {
		t.Run(string(c.drop), func(t *testing.T) {
			var v vendor
			v.Inject(kit.Fault{Drop: c.drop, Times: 1})
			srv := httptest.NewServer(v.handler())
			defer srv.Close()
			resp, err := http.Post(srv.URL+"/things", "application/json", strings.NewReader("{}"))
			if err == nil {
				_ = resp.Body.Close()
			}
			require.ErrorIs(t, err, io.EOF)
			require.EqualValues(t, c.effects, v.effects.Load())
			calls := v.Calls()
			require.Len(t, calls, 1, "the call was made, whatever the caller knows")
			require.Zero(t, calls[0].Status)
			require.Equal(t, c.said, calls[0].Fault)
		})
	}
}

// Over HTTP/2 a connection cannot be taken over: the stream is aborted instead.
func TestFault_Drop_WhereNothingCanBeHijacked(t *testing.T) {
	var v vendor
	v.Inject(kit.Fault{Drop: kit.DropAfter})
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { v.ask(http.MethodPost, "/things") })
	require.EqualValues(t, 1, v.effects.Load())
	require.Len(t, v.Calls(), 1)
}
