package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"tenure/activities"
	vendors "tenure/internal/connections"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/internal/temporalclient"
	"tenure/simulators/company"
	namelysim "tenure/simulators/namely"
	"tenure/simulators/world"
	"tenure/standalone/temporal"
	"tenure/starter/frontdoors"
	"tenure/workers/fleet"
	"tenure/workflows"
)

// estate is an installation inside the test: its workers can be stopped and its store be read at any moment.
type estate struct {
	house
	store  *store.Store
	client client.Client
	rules  func() policy.Policy
	crew   fleet.Crew
	mu     sync.Mutex
	fleet  *fleet.Fleet
}

// settle brings an installation up for a company, with its directory read once.
func settle(t *testing.T, people []company.Person, policyFile string, limits bool, every time.Duration) *estate {
	t.Helper()
	w, err := world.Start(world.Config{People: people, RateLimits: limits, Latency: 2 * time.Millisecond,
		Pace: world.Pace{Parcel: time.Second, Transfer: 200 * time.Millisecond, Lock: 200 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	e := &estate{house: house{data: t.TempDir(), world: w}}
	e.keep(t, policyFile)
	reach, err := vendors.Load(reachFile(t, w))
	if err != nil {
		t.Fatal(err)
	}
	systems, err := fleet.Connect(reach, fleet.ShareStore(e.store, e.rules, os.Getenv))
	if err != nil {
		t.Fatal(err)
	}
	e.crew = fleet.Crew{Client: e.client, Store: e.store, Policy: e.rules, Systems: systems, Identity: "e2e"}
	e.work(t)
	t.Cleanup(e.rest)
	e.openDoors(t, reach, every)
	eventually(t, startUp, "the directory is read", func() error {
		_, err := e.store.PersonByProfile(soon(t), people[0].ProfileID)
		return err
	})
	return e
}

// keep starts Temporal and opens the store.
func (e *estate) keep(t *testing.T, policyFile string) {
	t.Helper()
	f, err := policy.Open(policyFile, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	e.rules = f.Policy
	quiet := slog.New(slog.DiscardHandler)
	server, err := temporal.Start(soon(t), temporal.Config{Dir: filepath.Join(e.data, "temporal"), Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	e.client, err = temporalclient.Dial(soon(t), temporalclient.Options{Address: server.Address(), Namespace: server.Namespace(), Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.client.Close)
	if e.store, err = store.Open(soon(t), store.Config{Path: filepath.Join(e.data, "tenure.db"), SecretKey: [32]byte{1}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.store.Close() })
}

// work starts the workers; rest stops them, in the middle of whatever they do.
func (e *estate) work(t *testing.T) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	var err error
	if e.fleet, err = e.crew.Assemble(); err == nil {
		err = e.fleet.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (e *estate) rest() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fleet != nil {
		e.fleet.Stop()
		e.fleet = nil
	}
}

func (e *estate) openDoors(t *testing.T, reach vendors.File, every time.Duration) {
	t.Helper()
	doors, err := frontdoors.New(frontdoors.Config{Client: e.client, Store: e.store, Policy: e.rules, Reach: reach, Getenv: os.Getenv,
		WatchEvery: every, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, shut := context.WithCancel(context.Background())
	var open sync.WaitGroup
	open.Go(func() { _ = doors.Run(ctx) })
	t.Cleanup(func() { shut(); open.Wait() })
}

// view is how a case stands; false where there is none, or it does not answer now.
func (e *estate) view(id workflows.ID) (activities.CaseView, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var v activities.CaseView
	answer, err := e.client.QueryWorkflow(ctx, id.String(), "", workflows.Status.Name)
	if err == nil {
		err = answer.Get(&v)
	}
	return v, err == nil
}

// confirm says of everybody who is hired again that they may come in, as IT does.
func (e *estate) confirm(people []company.Person) {
	for _, p := range people {
		v, found := e.view(workflows.OnboardID(idOf(p.Number)))
		if !found {
			continue
		}
		for _, s := range v.Steps {
			if s.ID.Action() == plan.IdentityRehire && s.State == plan.NeedsAttention {
				says := workflows.StepRequest{Step: s.ID, PersonSays: workflows.PersonSays{By: "test:it", Reason: "HR confirms it"}}
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				_, _ = e.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: v.Case, UpdateName: workflows.CompleteStep.Name, Args: []any{says},
					WaitForStage: client.WorkflowUpdateStageAccepted}) // a refusal is asked again
				cancel()
			}
		}
	}
}

// wanted is what somebody's accounts should be, worked out from Namely's records alone, in plain words: nothing of the
// policy's mapping is used for it, so that a mistake there is seen.
type wanted struct {
	status  []string // of the Okta account, any of these; none for no account at all
	profile string
	groups  []string
	unit    string
}

// today is the day in the zone of nobody in particular: dates of the tests are far from it.
func today() string { return time.Now().UTC().Format(time.DateOnly) }

func gone(p namelysim.Profile) bool {
	return p.Status == "inactive" || p.Departure != "" && p.Departure < today()
}

func away(p namelysim.Profile) bool { return p.Custom[namelysim.LeaveField] != nil }

// manages is the nearest of the managers above somebody who works here, by number.
func manages(all map[string]namelysim.Profile, p namelysim.Profile) string {
	seen := map[string]bool{p.ID: true}
	for id := p.ReportsTo; id != "" && !seen[id]; id = all[id].ReportsTo {
		seen[id] = true
		if m := all[id]; m.ID != "" && !gone(m) && (m.Status != "pending" || m.Start < today()) {
			return m.EmployeeID
		}
	}
	return ""
}

// attributes are an account's as one line.
func attributes(number, first, last, department, title, manager, kind string) string {
	return strings.Join([]string{number, first, last, department, title, "reports to " + manager, kind}, ", ")
}

// groupsOf are the groups of a role in the simulated company, by what its people would say of them.
func groupsOf(department, title, kind string) []string {
	external := kind == "Contractor" || kind == "Freelance"
	groups := []string{}
	add := func(name string, is bool) {
		if is {
			groups = append(groups, name)
		}
	}
	add("all-contractors", kind == "Contractor")
	add("all-staff", kind != "Contractor")
	add("dept-"+strings.ToLower(strings.ReplaceAll(department, " ", "-")), department != "Executive")
	leads := strings.HasPrefix(title, "Head of ") || strings.HasSuffix(title, " Manager") && title != "Product Manager"
	add("managers", leads || title == "Chief Executive" || title == "Legal Counsel")
	add("on-call", title == "Site Reliability Engineer")
	add("vpn-users", !external || department == "Engineering" || department == "IT")
	slices.Sort(groups)
	return groups
}

// differs says how an Okta account differs from what it should be; "" for not at all.
func (e *estate) differs(p namelysim.Profile, want wanted) string {
	u, found := e.world.Okta.User(p.Email)
	switch {
	case !found && len(want.status) == 0:
		return ""
	case !found || !slices.Contains(want.status, u.Status):
		return fmt.Sprintf("%s (%s): %q, want one of %s", p.EmployeeID, p.Email, u.Status, want.status)
	}
	a := u.Profile
	if got := attributes(a.EmployeeNumber, a.FirstName, a.LastName, a.Department, a.Title, a.ManagerID, fmt.Sprint(a.Extra["userType"])); want.profile != "" && got != want.profile {
		return fmt.Sprintf("%s: %s; want %s", p.EmployeeID, got, want.profile)
	}
	if got := e.world.Okta.UserGroups(p.Email); want.groups != nil && !slices.Equal(got, want.groups) {
		return fmt.Sprintf("%s (%s): in %s, want %s", p.EmployeeID, u.Status, got, want.groups)
	}
	if g, _ := e.world.Google.User(p.Email); want.unit != "" && (g.OrgUnitPath != want.unit || g.Suspended) {
		return fmt.Sprintf("%s: Google %s in %s, want %s", p.EmployeeID, g.State(), g.OrgUnitPath, want.unit)
	}
	return ""
}

// differencesOf compares every account with the records as they are now.
func (e *estate) differencesOf(want func(map[string]namelysim.Profile, namelysim.Profile) wanted) []string {
	all := map[string]namelysim.Profile{}
	for _, p := range e.world.Namely.Profiles() {
		all[p.ID] = p
	}
	var out []string
	for _, p := range all {
		if d := e.differs(p, want(all, p)); d != "" {
			out = append(out, d)
		}
	}
	slices.Sort(out)
	return out
}
