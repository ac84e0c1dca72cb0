package fleet

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/activities/retriever"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/store"
	"tenure/simulators/kit"
	retrieversim "tenure/simulators/retriever"
)

// fleetAtRetriever is several workers of one company, each with its own connection to the store, at one Retriever that
// enforces its limits.
type fleetAtRetriever struct {
	*testing.T
	sim     *retrieversim.Simulator
	workers []*retriever.System
	stores  []*store.Store
	mu      sync.Mutex
	now     time.Time
}

var dayOne = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func (f *fleetAtRetriever) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fleetAtRetriever) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func atRetriever(t *testing.T, workers int, change ...func(*retriever.Config)) *fleetAtRetriever {
	t.Helper()
	f := &fleetAtRetriever{T: t, sim: &retrieversim.Simulator{RateLimits: true}, now: dayOne}
	f.sim.Clock = f.clock
	srv := httptest.NewServer(f.sim)
	t.Cleanup(srv.Close)
	place := filepath.Join(t.TempDir(), "tenure.db")
	for range workers {
		s, err := store.Open(t.Context(), store.Config{Path: place, SecretKey: [32]byte{1}, Now: f.clock})
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.Close() })
		cfg := retriever.Config{BaseURL: srv.URL, APIKey: retrieversim.DefaultKey, Now: f.clock, Shared: s, Company: retriever.Company{
			Recipient: "IT Department", DisplayName: "Example IT", Line1: "9 Elm Street", City: "New York", State: "NY", Zip: "10001", Country: "US"}}
		for _, c := range change {
			c(&cfg)
		}
		sys, err := retriever.New(cfg)
		require.NoError(t, err)
		f.workers, f.stores = append(f.workers, sys), append(f.stores, s)
	}
	return f
}

// orders places so many, the oldest first, an hour apart, with what people type into them.
func (f *fleetAtRetriever) orders(n int) []string {
	var ids []string
	for i := range n {
		ids = append(ids, f.sim.AddOrder(retrieversim.Order{Serial: "Jo Lee's laptop", Ticket: "for Jo Lee", Created: dayOne.Add(-time.Duration(n-i) * time.Hour),
			Person: retrieversim.Person{Name: "Jo Lee", Line1: "1 Main Street"}}).ID)
	}
	return ids
}

func (f *fleetAtRetriever) read(worker int, id string, maxAge time.Duration) (activities.BoxState, error) {
	return f.workers[worker].ReadOrder(f.Context(), activities.ReadOrder{Order: id, MaxAge: maxAge, Step: plan.DeviceReturn.For("C02XY"),
		CaseRef: activities.CaseRef{Case: "device-return/E1042/C02XY", Run: "r1", Opened: dayOne.AddDate(0, 0, -7)}})
}

func (f *fleetAtRetriever) reads() int { return f.sim.CallsTo(http.MethodGet, "/api/**") }

// The worst of days: every return wants the newest state at every look, and somebody examines the connection all the
// time. Looks go on, from older and older sweeps if need be; Retriever, which would answer 429, never has to.
func TestRetriever_ManyLooksAndWorkers_KeepToFiveHundredReadsADay(t *testing.T) {
	f := atRetriever(t, 3)
	ids := f.orders(40)
	var at []time.Time // of every read at Retriever
	const tick = 5 * time.Minute
	for n := range int(36 * time.Hour / tick) {
		f.pass(tick)
		before := f.reads()
		for i := range 4 {
			st, err := f.read((n+i)%len(f.workers), ids[(n*4+i)%len(ids)], 0)
			require.NoError(t, err)
			require.Equal(t, ids[(n*4+i)%len(ids)], st.Order)
		}
		if err := f.workers[n%len(f.workers)].Check(t.Context()); err != nil {
			require.ErrorContains(t, err, "used up until")
		}
		for range f.reads() - before {
			at = append(at, f.clock())
		}
	}
	most, from := 0, 0
	for i := range at {
		for at[i].Sub(at[from]) >= 24*time.Hour {
			from++
		}
		most = max(most, i-from+1)
	}
	require.LessOrEqual(t, most, retriever.DefaultReadsPerDay)
	require.Greater(t, most, 450, "the budget is there to be used")
}

// News is seen no later than the pace of the sweeps, whichever worker looks.
func TestRetriever_News_ReachesEveryWorkerWithinTheSweepsPace(t *testing.T) {
	f := atRetriever(t, 2)
	id := f.orders(1)[0]
	for i := range f.workers {
		_, err := f.read(i, id, time.Minute)
		require.NoError(t, err)
	}
	require.Equal(t, 1, f.reads(), "the second worker used the first one's sweep")
	f.sim.Advance(id)
	f.pass(2 * time.Minute)
	st, err := f.read(1, id, time.Minute)
	require.NoError(t, err)
	require.Equal(t, activities.Ordered, st.Milestone, "sweeps are spread over the day, however fresh they are wanted")
	f.pass(3 * time.Minute)
	for i := range f.workers {
		st, err = f.read(i, id, time.Minute)
		require.NoError(t, err)
		require.Equal(t, activities.BoxShipped, st.Milestone)
	}
	require.Equal(t, 2, f.reads())
}

func TestRetriever_AllWorkersAtOnce_OneSweeps(t *testing.T) {
	f := atRetriever(t, 4)
	id := f.orders(1)[0]
	var wg sync.WaitGroup
	for i := range f.workers {
		for range 5 {
			wg.Go(func() {
				for {
					_, err := f.read(i, id, time.Minute)
					if err == nil {
						return
					}
					// As Temporal does it: the same again, a little later.
					if !strings.Contains(err.Error(), "another worker is reading") {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	wg.Wait()
	require.Equal(t, 1, f.reads())
}

func TestRetriever_WorkerThatDiedWhileSweeping_HoldsUpNobodyForLong(t *testing.T) {
	f := atRetriever(t, 2)
	id := f.orders(1)[0]
	mine, err := f.stores[0].ClaimRead(t.Context(), "retriever.orders", "a worker that died", time.Minute)
	require.NoError(t, err)
	require.True(t, mine)
	_, err = f.read(1, id, time.Minute)
	require.ErrorContains(t, err, "another worker is reading")
	require.Zero(t, f.reads())
	f.pass(time.Minute)
	_, err = f.read(1, id, time.Minute)
	require.NoError(t, err)
}

func TestRetriever_Away_IsNotAskedByEveryCaseInTurn(t *testing.T) {
	f := atRetriever(t, 2)
	id := f.orders(1)[0]
	remove := f.sim.Inject(kit.Fault{Status: 503})
	for i := range 30 {
		_, err := f.read(i%2, id, time.Minute)
		require.Error(t, err)
		f.pass(5 * time.Second)
	}
	require.Equal(t, 1, f.reads(), "an outage must not use up the day")
	remove()
	f.pass(3 * time.Minute)
	_, err := f.read(0, id, time.Minute)
	require.NoError(t, err)
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRetriever_CallThatWasCancelled_LeavesTheTurnToTheNext(t *testing.T) {
	asked := make(chan struct{}, 1)
	f := atRetriever(t, 2, func(c *retriever.Config) {
		c.Transport = transport(func(r *http.Request) (*http.Response, error) {
			select {
			case asked <- struct{}{}:
			default:
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	id := f.orders(1)[0]
	ctx, cancel := context.WithCancel(t.Context())
	remove := f.sim.Inject(kit.Fault{Delay: time.Hour})
	ended := make(chan error)
	go func() {
		_, err := f.workers[0].ReadOrder(ctx, activities.ReadOrder{Order: id, MaxAge: time.Minute})
		ended <- err
	}()
	<-asked
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	remove()
	_, err := f.read(1, id, time.Minute)
	require.NoError(t, err)
}

func TestRetriever_DayUsedUp_CasesWaitAndItIsSaid(t *testing.T) {
	f := atRetriever(t, 2, func(c *retriever.Config) { c.ReadsPerDay = 10 })
	ids := f.orders(2)
	_, err := f.read(0, ids[0], 0)
	require.NoError(t, err)
	for range 8 { // 10 less some that are left alone: 9 in all
		require.NoError(t, f.workers[0].Check(t.Context()))
	}
	before := f.reads()
	err = f.workers[1].Check(t.Context())
	require.ErrorContains(t, err, "the reads that Retriever allows a day (10) are used up until 2026-11-24 09:00 UTC")
	f.sim.Advance(ids[0])
	f.pass(10 * time.Hour)
	st, err := f.read(1, ids[0], time.Minute)
	require.NoError(t, err)
	require.Equal(t, activities.Ordered, st.Milestone)
	require.Contains(t, st.Outcome.Detail, "as of 2026-11-23 08:00 UTC, because the reads that Retriever allows a day (10) are used up until 2026-11-24 09:00 UTC")
	_, err = f.read(1, "NEVER123", time.Minute)
	require.ErrorContains(t, err, "RateLimited")
	_, err = f.workers[1].OrderBox(t.Context(), activities.OrderBox{Reference: "r", Device: plan.Device{Serial: "C02XY"}, Name: "Jo Lee",
		From: employee.Address{Line1: "1 Main Street", City: "Albany", State: "NY", Zip: "12207", Country: "US"}})
	require.ErrorContains(t, err, "used up")
	require.Equal(t, before, f.reads(), "nothing was read")
	require.Zero(t, f.sim.CallsTo(http.MethodPost, "/api/**"), "nothing was ordered blindly")
	f.pass(15 * time.Hour)
	st, err = f.read(1, ids[0], time.Minute)
	require.NoError(t, err)
	require.Equal(t, activities.BoxShipped, st.Milestone)
	require.NotContains(t, st.Outcome.Detail, "used up")
}

// What one worker follows makes another's sweep go back far enough.
func TestRetriever_SweepOfAnotherWorker_GoesBackAsFarAsAnyNeeds(t *testing.T) {
	f := atRetriever(t, 2)
	ids := f.orders(130)
	_, err := f.read(0, ids[0], time.Minute) // the oldest: all three pages
	require.NoError(t, err)
	require.Equal(t, 3, f.reads())
	f.pass(time.Hour)
	_, err = f.read(1, ids[129], time.Minute) // the newest, by a worker that never heard of the oldest
	require.NoError(t, err)
	require.Equal(t, 6, f.reads())
	_, err = f.read(0, ids[0], time.Minute)
	require.NoError(t, err)
	require.Equal(t, 6, f.reads())
}

func TestRetriever_WhatIsShared_HoldsNothingAboutAPerson(t *testing.T) {
	f := atRetriever(t, 1)
	id := f.orders(1)[0]
	_, err := f.read(0, id, time.Minute)
	require.NoError(t, err)
	body, _, err := f.stores[0].SharedRead(t.Context(), "retriever.orders")
	require.NoError(t, err)
	require.Contains(t, string(body), id)
	for _, private := range []string{"Jo Lee", "Main Street", "laptop"} {
		require.NotContains(t, string(body), private)
	}
}

func TestRetriever_ReadsPerDay_IsChecked(t *testing.T) {
	c := reachable(vendors(t))
	for n, fits := range map[int]bool{0: true, 10: true, 9: false, -1: false} {
		c.Retriever.ReadsPerDay = n
		s := openStore(t)
		_, err := Connect(c, Shared{Vault: s, Directory: guarded(t, s), Reads: s, Policy: demoPolicy(t), Getenv: noEnv})
		if fits {
			require.NoError(t, err, fmt.Sprint(n))
		} else {
			require.ErrorContains(t, err, "retriever.reads_per_day", fmt.Sprint(n))
		}
	}
}
