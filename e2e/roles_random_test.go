package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/store"
	"tenure/simulators/company"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	"tenure/simulators/world"
	"tenure/workers/dispatch"
	"tenure/workflows"
)

func idOf(number string) employee.ID { return employee.ID(number) }

// reachFile writes how the vendors of a world are reached.
func reachFile(t *testing.T, w *world.World) string { return connections(t, w, nil) }

// TestRoles_RandomEdits has HR edit fifteen people at random, while events are lost, repeated and reordered, somebody is
// missing from a poll, and the workers are stopped in the middle. In the end every account is what the final record
// says; and at no moment was access given to somebody whom the record that was accepted by then had as gone.
//
// TENURE_SEEDS names more seeds ("3,4,5").
func TestRoles_RandomEdits(t *testing.T) {
	whole(t)
	t.Parallel()
	seeds := "2"
	if more := os.Getenv("TENURE_SEEDS"); more != "" {
		seeds = more
	}
	for _, text := range strings.Split(seeds, ",") {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		t.Run("seed "+text, func(t *testing.T) {
			t.Parallel()
			newChaos(t, seed).play(t)
		})
	}
}

// chaos is one such history.
type chaos struct {
	*estate
	seed     uint64
	subjects []company.Person
	heads    []company.Person // who can lead, and are left alone
	said     trace
	missing  chan struct{} // two at a time: a feed that loses more is not believed
	diary    struct {
		sync.Mutex
		lines []string
	}
}

func newChaos(t *testing.T, seed uint64) *chaos {
	t.Helper()
	c := &chaos{seed: seed, said: trace{}, missing: make(chan struct{}, 2)}
	people := fitting(company.Generate(100), false) // of whom so few flap that the mass guard holds nobody
	for _, p := range people {
		switch {
		case strings.HasPrefix(p.Title, "Head of "):
			c.heads = append(c.heads, p)
		case p.Department != "IT" && p.Department != "Executive" && p.Status == "active":
			c.subjects = append(c.subjects, p)
		}
	}
	rand.New(rand.NewPCG(seed, 7)).Shuffle(len(c.subjects), func(i, j int) { c.subjects[i], c.subjects[j] = c.subjects[j], c.subjects[i] })
	c.subjects = c.subjects[:15]
	c.estate = settle(t, people, fastPolicy(t, time.Hour, "overlap: 1d", "overlap: 1s", "overlap: 7d", "overlap: 2s", "show: always", "show: problems",
		"together: {count: 5, share: 0.5%}, same_cause: {count: 3, share: 0.1%}", "together: {count: 50, share: 5%}, same_cause: {count: 50, share: 5%}"), false, time.Second)
	// What gives access is slow, so that HR changes its mind while it is under way.
	for _, path := range []string{"/api/v1/users/*/lifecycle/activate", "/api/v1/users/*/lifecycle/unsuspend", "/api/v1/groups/*/users/*"} {
		c.world.Okta.Inject(kit.Fault{Path: path, Delay: 600 * time.Millisecond})
	}
	return c
}

// fitting gives the people the groups of their roles, so that nothing was given by hand, and takes devices and the
// like away where leaving is to be a short story.
func fitting(people []company.Person, devices bool) []company.Person {
	for i := range people {
		p := &people[i]
		p.Number = fmt.Sprintf("E%d", 1000+i)
		if !devices {
			p.Devices, p.OktaDevices, p.OktaRoles, p.Apps, p.Mail = nil, nil, nil, nil, company.Mail{}
		}
		p.Groups = groupsOf(p.Department, p.Title, p.WorkerType)
		if p.Home.Country == "" {
			p.Home = company.Address{Line1: "1 Elm Street", City: "New York", State: "NY", Zip: "10001", Country: p.Country()}
		}
	}
	return people
}

func (c *chaos) play(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	var background, edits sync.WaitGroup
	defer func() { stop(); background.Wait() }()
	background.Go(func() { c.listen(ctx) })
	background.Go(func() { c.shuffle(ctx, t) })
	background.Go(func() {
		for nap(ctx, 300*time.Millisecond) {
			c.confirm(c.subjects)
		}
	})
	for i, p := range c.subjects {
		edits.Go(func() { c.edit(ctx, p, rand.New(rand.NewPCG(c.seed, uint64(i)))) })
	}
	nap(ctx, 3*time.Second)
	c.rest()
	nap(ctx, 300*time.Millisecond)
	c.work(t)
	edits.Wait()
	defer func() {
		if t.Failed() {
			t.Logf("seed %d:\n%s\n%s", c.seed, strings.Join(c.diary.lines, "\n"), strings.Join(c.cases(), "\n"))
		}
	}()
	calm := 0
	eventually(t, time.Minute, "the accounts are what HR's records say", func() error {
		nap(t.Context(), 200*time.Millisecond)
		if diff := c.differences(); len(diff) > 0 {
			calm = 0
			return errors.New(strings.Join(diff, "\n"))
		}
		if calm++; calm < 8 { // nothing is under way that changes it again
			return errors.New("not for long")
		}
		return nil
	})
	stop()
	background.Wait()
	c.judge(t)
}

// nap lets the company go on for a while: what is looked at next is looked at everywhere.
func nap(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *chaos) note(format string, args ...any) {
	c.diary.Lock()
	defer c.diary.Unlock()
	c.diary.lines = append(c.diary.lines, time.Now().UTC().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

// edit is what HR does to one record. Restless people leave, come back and go on leave more often than they do anything
// else.
func (c *chaos) edit(ctx context.Context, p company.Person, r *rand.Rand) {
	restless := r.IntN(2) == 0
	for range 4 + r.IntN(3) {
		if !nap(ctx, time.Duration(800+r.IntN(1700))*time.Millisecond) {
			return
		}
		c.once(ctx, p, r, restless)
	}
}

var titles = []string{"Site Reliability Engineer", "Software Engineer", "Sales Manager", "Accountant", "Product Manager"}

func (c *chaos) once(ctx context.Context, p company.Person, r *rand.Rand, restless bool) {
	hr := c.world.Namely
	days := func(n int) string { return time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly) }
	what := ""
	set := func(text string, f func(*namelysim.Profile)) {
		what = text
		hr.Edit(p.ProfileID, f)
	}
	kind := r.IntN(14)
	if restless && r.IntN(4) > 0 {
		kind = []int{3, 5, 5}[r.IntN(3)]
	}
	now, _ := hr.Profile(p.ProfileID)
	switch kind {
	case 0:
		d := company.Departments()[1+r.IntN(10)]
		set("department "+d, func(p *namelysim.Profile) { p.Department = d })
	case 1:
		title := titles[r.IntN(len(titles))]
		set("title "+title, func(p *namelysim.Profile) { p.JobTitle = title })
	case 2:
		m := c.heads[r.IntN(len(c.heads))]
		set("manager "+m.Number, func(p *namelysim.Profile) { p.ReportsTo = m.ProfileID })
	case 3:
		if away(now) {
			what = "back from leave"
			hr.SetLeave(p.ProfileID, "")
			break
		}
		what = "on leave"
		hr.SetLeave(p.ProfileID, "On leave")
	case 4:
		what = "back from leave"
		hr.SetLeave(p.ProfileID, "")
	case 5, 6:
		if gone(now) { // HR corrects itself more often than not
			set("active, without a last day", func(p *namelysim.Profile) { p.Status, p.Departure = "active", "" })
			break
		}
		set("inactive", func(p *namelysim.Profile) { p.Status = "inactive" })
	case 7, 8, 12, 13:
		set("active, without a last day", func(p *namelysim.Profile) { p.Status, p.Departure = "active", "" })
	case 9:
		day := days([]int{-10, 30, 30}[r.IntN(3)])
		set("departure "+day, func(p *namelysim.Profile) { p.Departure = day })
	case 10:
		last := company.Generate(200)[100+r.IntN(90)].Last
		set("name "+last, func(p *namelysim.Profile) { p.LastName = last })
	case 11:
		what = "missing from a poll"
		c.lose(ctx, p.ProfileID)
	}
	c.note("%s (%s): %s", p.Number, p.Email, what)
}

// lose has the feed lose somebody for a poll or two.
func (c *chaos) lose(ctx context.Context, profile string) {
	c.missing <- struct{}{}
	defer func() { <-c.missing }()
	kept, _ := c.world.Namely.Profile(profile)
	c.world.Namely.Remove(profile)
	nap(ctx, 1300*time.Millisecond)
	c.world.Namely.AddProfile(kept)
}

// shuffle delivers what waits in the outbox a second time, in any order, and loses the mark that it was delivered.
func (c *chaos) shuffle(ctx context.Context, t *testing.T) {
	d := &dispatch.Dispatcher{Client: c.client, Outbox: scatterbrain{c.store, c.seed}, Policy: c.rules}
	for nap(ctx, 150*time.Millisecond) {
		if _, err := d.Dispatch(ctx, activities.DispatchOutbox{}); err != nil && ctx.Err() == nil {
			c.note("dispatched twice: %v", err)
		}
	}
}

// scatterbrain is an outbox that hands events out in any order and forgets that they were delivered.
type scatterbrain struct {
	*store.Store
	seed uint64
}

func (s scatterbrain) DueEvents(ctx context.Context, kinds []employee.EventKind, after int64, limit int) ([]store.OutboxEvent, error) {
	all, err := s.Store.DueEvents(ctx, kinds, after, limit)
	slices.Reverse(all)
	return all, err
}

func (scatterbrain) MarkDispatched(context.Context, int64, string) error  { return nil }
func (scatterbrain) MarkUnused(context.Context, map[string][]int64) error { return nil }

// trace is what was accepted of each record, by work address: since when it has been gone, or not.
type trace map[string][]word

type word struct {
	at   time.Time // it was so at this moment at the latest
	till time.Time // and was still so at this one
	gone bool
}

// listen reads the accepted records again and again.
func (c *chaos) listen(ctx context.Context) {
	for nap(ctx, 20*time.Millisecond) {
		asked := time.Now()
		people, err := c.store.People(ctx, "", 500)
		if err != nil {
			continue
		}
		for _, p := range people {
			left := p.Status == employee.Inactive || !p.DepartureDate.IsZero() && p.DepartureDate.String() < today()
			words := c.said[p.Email]
			if n := len(words); n > 0 && words[n-1].gone == left {
				words[n-1].till = asked
			} else {
				c.said[p.Email] = append(words, word{at: time.Now(), till: asked, gone: left})
			}
		}
	}
}

// inFlight is how long a vendor's call may be under way whose gate was asked before.
const inFlight = 1500 * time.Millisecond

// judge looks in Okta's log for access that was given to somebody who was gone.
func (c *chaos) judge(t *testing.T) {
	t.Helper()
	log, given, during := c.world.Okta.Log(), 0, 0
	for i, e := range log {
		gives := slices.Contains([]string{"user.lifecycle.activate", "user.lifecycle.unsuspend", "user.lifecycle.reactivate", "group.user_membership.add"}, e.EventType)
		if !gives || e.Actor.ID != oktasim.OperatorID {
			continue
		}
		given++
		u, _ := c.world.Okta.User(e.Target[0].ID)
		for _, w := range c.said[u.Profile.Login] {
			if !w.gone || e.Published.Before(w.at) || e.Published.After(w.till) {
				continue
			}
			during++
			late := e.Published.Sub(w.at)
			back := slices.ContainsFunc(log[i:], func(x oktasim.Event) bool {
				shuts := x.EventType == "user.lifecycle.suspend" || x.EventType == "user.lifecycle.deactivate" || x.EventType == "group.user_membership.remove"
				return shuts && x.Target[0].ID == u.ID && x.Published.Sub(e.Published) < 5*time.Second
			})
			if late > inFlight || !back {
				t.Errorf("%s of %s at %s, %s after the accepted record said gone; taken back: %v", e.EventType, u.Profile.Login, e.Published.Format("15:04:05.000"), late, back)
			}
		}
	}
	if given == 0 {
		t.Error("access was never given: nothing was tried")
	}
	left := 0
	for _, words := range c.said {
		for i, w := range words {
			if i > 0 && w.gone {
				left++
			}
		}
	}
	t.Logf("%d edits; somebody left %d times; access given %d times, %d of these while a call was in flight and taken back", len(c.diary.lines), left, given, during)
}

// cases are how the cases stand of everybody whose account differs.
func (c *chaos) cases() []string {
	var out []string
	for _, d := range c.differences() {
		number, _, _ := strings.Cut(d, ":")
		number, _, _ = strings.Cut(number, " ")
		for _, process := range []workflows.Process{workflows.ProcessOffboard, workflows.ProcessOnboard, workflows.ProcessMove, workflows.ProcessLeave} {
			if v, found := c.view(workflows.ID{Process: process, Employee: idOf(number)}); found {
				out = append(out, fmt.Sprintf("%s: %s, closed %v %s; %s; waits for %s", v.Case, v.Phase, v.Closed, v.Outcome, v.Headline, v.WaitsFor))
			}
		}
	}
	return out
}

func (c *chaos) differences() []string { return c.differencesOf(wantedOf) }

func wantedOf(all map[string]namelysim.Profile, p namelysim.Profile) wanted {
	switch {
	case gone(p):
		return wanted{status: []string{"DEPROVISIONED"}}
	case p.Status == "pending":
		return wanted{}
	case away(p): // of somebody who came back and went on leave at once the account is not opened again
		return wanted{status: []string{"SUSPENDED", "DEPROVISIONED"}}
	}
	return wanted{status: []string{"ACTIVE", "PROVISIONED"}, groups: groupsOf(p.Department, p.JobTitle, p.EmployeeType),
		profile: attributes(p.EmployeeID, p.FirstName, p.LastName, p.Department, p.JobTitle, manages(all, p), p.EmployeeType)}
}
