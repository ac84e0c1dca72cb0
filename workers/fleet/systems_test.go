package fleet

import (
	"context"
	"net/http"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/internal/connections"
	"tenure/internal/guard"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/policies"
	"tenure/simulators/company"
	easypostsim "tenure/simulators/easypost"
	jamfsim "tenure/simulators/jamf"
	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	retrieversim "tenure/simulators/retriever"
	slacksim "tenure/simulators/slack"
	"tenure/simulators/world"
)

const refused = "made-up-and-wrong"

// vendors is a small company at every vendor's stand-in.
func vendors(t *testing.T) *world.World {
	t.Helper()
	w, err := world.Start(world.Config{People: company.People()[:25]})
	require.NoError(t, err)
	t.Cleanup(w.Close)
	return w
}

func reachable(w *world.World) connections.File {
	value := func(s string) connections.Secret { return connections.Secret{Value: s} }
	return connections.File{
		Namely: connections.Namely{URL: w.URL["namely"], Token: value(namelysim.DefaultToken)},
		Okta:   connections.Okta{URL: w.URL["okta"], Token: value(oktasim.DefaultToken)},
		Google: connections.Google{URL: w.URL["google"], Key: value(string(w.Google.ServiceAccountJSON(w.URL["google"]))), Admin: world.GoogleAdmin},
		Jamf:   connections.Jamf{URL: w.URL["jamf"], ClientID: jamfsim.DefaultClientID, Secret: value(jamfsim.DefaultClientSecret)},
		Retriever: connections.Retriever{URL: w.URL["retriever"], Key: value(retrieversim.DefaultKey), ReturnTo: connections.ReturnAddress{
			Recipient: "IT Department", DisplayName: "Example IT", Line1: "9 Elm Street", City: "New York", State: "NY", Zip: "10001", Country: "US"}},
		Tracking: connections.Tracking{URL: w.URL["easypost"] + "/v2", Key: value(easypostsim.DefaultKey)},
		Slack:    connections.Slack{URL: w.URL["slack"], BotToken: value(slacksim.DefaultBotToken)},
		Jira:     connections.Jira{URL: w.URL["jira"], Flavour: "cloud", Email: jirasim.DefaultEmail, Token: value(jirasim.DefaultToken)},
	}
}

func demoPolicy(t *testing.T) policy.Policy {
	t.Helper()
	body, err := policies.Read("demo")
	require.NoError(t, err)
	p, err := policy.Parse("demo", body)
	require.NoError(t, err)
	return p
}

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "tenure.db"), SecretKey: [32]byte{1}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func connected(t *testing.T, c connections.File) *Systems {
	t.Helper()
	s := openStore(t)
	systems, err := Connect(c, Shared{Vault: s, Directory: guarded(t, s), Policy: demoPolicy(t), Getenv: noEnv})
	require.NoError(t, err)
	return systems
}

func TestCheck_EveryVendorLetsUsIn_ByReadingOnly(t *testing.T) {
	w := vendors(t)
	require.NoError(t, connected(t, reachable(w)).Check(t.Context()))
	for name, k := range w.Kits() {
		require.NotEmpty(t, k.Calls(), "%s was asked", name)
		// Token endpoints, and Slack, whose reads are POSTs too.
		require.Zero(t, k.Mutations("/token", "/api/v1/oauth/token", "/api/oauth/token", "/api/auth.test", "/api/conversations.info"), "%s: %v", name, k.Calls())
	}
}

func TestCheck_RefusedCredential_NamesVendorAndMend(t *testing.T) {
	wrong := connections.Secret{Value: refused}
	for _, c := range []struct {
		vendor string
		spoil  func(*connections.File)
		mend   string
	}{
		{"namely", func(c *connections.File) { c.Namely.Token = wrong }, "personal access token"},
		{"okta", func(c *connections.File) { c.Okta.Token = wrong }, "token"},
		{"google", func(c *connections.File) { c.Google.Admin = "nobody@example.com" }, "google.admin"},
		{"jamf", func(c *connections.File) { c.Jamf.Secret = wrong }, "check id and secret of the API client"},
		{"retriever", func(c *connections.File) { c.Retriever.Key = wrong }, "make a new one in Retriever's portal"},
		{"tracking", func(c *connections.File) { c.Tracking.Key = wrong }, "EasyPost's dashboard"},
		{"slack", func(c *connections.File) { c.Slack.BotToken = connections.Secret{Value: "xoxb-" + refused} }, "token"},
		{"jira", func(c *connections.File) { c.Jira.Token = wrong }, "token"},
	} {
		t.Run(c.vendor, func(t *testing.T) {
			to := reachable(vendors(t))
			c.spoil(&to)
			err := connected(t, to).Check(t.Context())
			require.ErrorContains(t, err, c.vendor+": ")
			require.ErrorContains(t, err, c.mend)
			require.NotContains(t, err.Error(), refused)
		})
	}
}

func TestCheck_SeveralRefusals_AreSaidAtOnce(t *testing.T) {
	to := reachable(vendors(t))
	to.Okta.Token, to.Jamf.Secret = connections.Secret{Value: refused}, connections.Secret{Value: refused}
	err := connected(t, to).Check(t.Context())
	require.ErrorContains(t, err, "okta: ")
	require.ErrorContains(t, err, "jamf: ")
}

func TestCheck_VendorThatIsOnlyAway_DoesNotStopTheStart(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault kit.Fault
	}{
		{"not well", kit.Fault{Status: http.StatusServiceUnavailable}},
		{"throttling", kit.Fault{Throttle: true}},
		{"cut off", kit.Fault{Drop: kit.DropBefore}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := vendors(t)
			for name, k := range w.Kits() {
				if fault := c.fault; name == "google" && fault.Throttle {
					fault.Path = "/admin/**" // the token endpoint has another way of its own
					k.Inject(fault)
					continue
				}
				k.Inject(c.fault)
			}
			require.NoError(t, connected(t, reachable(w)).Check(t.Context()))
		})
	}
	t.Run("no such address", func(t *testing.T) {
		w := vendors(t)
		to := reachable(w)
		w.Close()
		require.NoError(t, connected(t, to).Check(t.Context()))
	})
}

func TestConnect_EverythingWrong_IsSaidAtOnce(t *testing.T) {
	to := reachable(vendors(t))
	to.Okta.URL = "okta.example.com"
	to.Jira.Flavour = "clowd"
	to.Namely.Token = connections.Secret{Env: "NAMELY_TOKEN"}
	to.Jamf.Secret = connections.Secret{File: "/nonexistent/jamf"}
	s := openStore(t)
	_, err := Connect(to, Shared{Vault: s, Directory: guarded(t, s), Policy: demoPolicy(t), Getenv: noEnv})
	for _, want := range []string{"okta: ", "jira: ", "clowd", "namely.token: the environment variable NAMELY_TOKEN is empty", "/nonexistent/jamf"} {
		require.ErrorContains(t, err, want)
	}
	for _, secret := range []string{namelysim.DefaultToken, oktasim.DefaultToken, jamfsim.DefaultClientSecret, jirasim.DefaultToken, "PRIVATE KEY"} {
		require.NotContains(t, err.Error(), secret)
	}
}

// lazy is a client of a server that nobody has called yet.
func lazy(t *testing.T) client.Client {
	t.Helper()
	c, err := client.NewLazyClient(client.Options{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func crew(t *testing.T) Crew {
	t.Helper()
	s, p := openStore(t), demoPolicy(t)
	systems, err := Connect(reachable(vendors(t)), Shared{Vault: s, Directory: guarded(t, s), Policy: p, Getenv: noEnv})
	require.NoError(t, err)
	return Crew{Client: lazy(t), Store: s, Policy: func() policy.Policy { return p }, Systems: systems}
}

// An activity that no worker runs is a case that waits for ever.
func TestBindings_EveryHandleIsBoundOnce(t *testing.T) {
	bindings, err := crew(t).bindings()
	require.NoError(t, err)
	bound := map[string]activities.Handle{}
	for _, b := range bindings {
		require.NotContains(t, bound, b.Name, "bound twice")
		bound[b.Name] = activities.Handle{Name: b.Name, Queue: b.Queue, Kind: b.Kind}
	}
	for _, h := range activities.All() {
		require.Equal(t, h, bound[h.Name], "%s is defined and not bound", h.Name)
		delete(bound, h.Name)
	}
	require.Empty(t, bound, "bound and not defined")
}

// Whatever takes something away or buys something says for which case, and what came of each step: that is what the
// evidence interceptor records.
func TestBindings_WhateverActsLeavesEvidence(t *testing.T) {
	bindings, err := crew(t).bindings()
	require.NoError(t, err)
	caseBound, evidenced := reflect.TypeFor[activities.CaseBound](), reflect.TypeFor[activities.Evidenced]()
	acting := 0
	for _, b := range bindings {
		switch b.Kind {
		case activities.Contain, activities.Change, activities.Order:
		case activities.Read, activities.Scan, activities.Mirror, activities.Local:
			continue
		}
		if b.Name == activities.OutboxDispatch.Name || b.Name == activities.AskCarry.Name {
			continue // they start and tell cases; what those do is their own evidence, and a Request keeps what was asked
		}
		acting++
		f := reflect.TypeOf(b.Func)
		require.True(t, f.In(1).Implements(caseBound), b.Name)
		require.True(t, f.Out(0).Implements(evidenced), b.Name)
	}
	require.Greater(t, acting, 15)
}

func TestNew_BoundTwice_IsRefused(t *testing.T) {
	bind := activities.OktaCutAccess.Bind(func(context.Context, activities.Perform) (activities.Outcomes, error) {
		return activities.Outcomes{}, nil
	})
	_, err := New(lazy(t), []activities.Binding{bind, bind}, Options{})
	require.EqualError(t, err, "activity okta.CutAccess is bound twice")
}

func TestAssemble_OneWorkerForEachQueue(t *testing.T) {
	f, err := crew(t).Assemble()
	require.NoError(t, err)
	require.Len(t, f.workers, 9)
}

func TestRates_EveryVendorHasOne(t *testing.T) {
	for _, h := range activities.All() {
		if h.Queue != activities.QueueLifecycle {
			require.Positive(t, rate(h.Queue, nil), h.Queue)
		}
	}
	require.Zero(t, rate(activities.QueueLifecycle, nil), "Tenure's own work waits for nobody")
	require.InDelta(t, 2.5, rate(activities.QueueOkta, map[string]float64{activities.QueueOkta: 2.5}), 0)
	require.InDelta(t, Rates[activities.QueueJamf], rate(activities.QueueJamf, map[string]float64{activities.QueueOkta: 2.5}), 0)
}

// guarded is the directory as the watch writes it.
func guarded(t *testing.T, s *store.Store) *store.Directory {
	p := demoPolicy(t)
	return s.Directory(guard.New(func() policy.Policy { return p }))
}
