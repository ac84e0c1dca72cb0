package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/simulators/company"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
	"tenure/simulators/world"
)

// TestDay is one day in a company: people join, move, leave and go on leave, all at once, at vendors that keep their
// rate limits. It ends when everybody's accounts, those of all who were left alone included, are what HR's records say,
// and no vendor has refused a call.
//
// TENURE_DAY is the size of the company: 2000 is `make day`.
func TestDay(t *testing.T) {
	whole(t)
	d := day{size: 200, joiners: 6, movers: 4, leavers: 3, away: 1, every: 5 * time.Second, patience: 2 * time.Minute}
	if size := os.Getenv("TENURE_DAY"); size != "" {
		n, err := strconv.Atoi(size)
		if err != nil || n < 500 {
			t.Fatalf("TENURE_DAY %q: give a number of people from 500", size)
		}
		d = day{size: n, joiners: 3 * n / 100, movers: 2 * n / 100, leavers: 3 * n / 200, away: n / 200, every: time.Minute, patience: 30 * time.Minute}
	} else {
		t.Parallel()
	}
	d.play(t)
}

type day struct {
	*estate
	size, joiners, movers, leavers, away int
	every, patience                      time.Duration
	people                               []company.Person
	gone, moved, absent, hired           []company.Person
}

func (d *day) play(t *testing.T) {
	d.people = fitting(company.Generate(d.size), true)
	d.estate = settle(t, d.people, fastPolicy(t, time.Hour, "overlap: 1d", "overlap: 1s", "overlap: 7d", "overlap: 2s", "show: always", "show: problems"), true, d.every)
	if diff := d.differences(); len(diff) > 0 {
		t.Fatalf("before anything happened:\n%s", strings.Join(diff, "\n"))
	}
	d.cast()
	before := d.calls()
	began := time.Now()
	d.edit()
	released := d.release(t)
	var last []string
	open := 0
	eventually(t, d.patience, "the accounts are what HR's records say", func() error {
		nap(t.Context(), time.Duration(d.size)*time.Millisecond)
		if open != len(last) && len(last) > 0 {
			open = len(last)
			refused := d.refused()
			t.Logf("%4s: %d differences, %d calls beyond a limit, the first: %s\n%s", time.Since(began).Round(time.Second), open, len(refused), last[0], counted(refused))
		}
		if last = d.differences(); len(last) > 0 {
			return fmt.Errorf("%d differences:\n%s", len(last), strings.Join(last[:min(20, len(last))], "\n"))
		}
		return nil
	})
	took := time.Since(began)
	refused := d.refused()
	if len(refused) > 0 {
		t.Errorf("refused:\n%s", counted(refused))
	}
	t.Logf("%d people: %d joined, %d moved, %d left (released after %s), %d went on leave", d.size, d.joiners, d.movers, d.leavers, released.Round(time.Second), d.away)
	t.Logf("after %s: %d differences, %d calls beyond a limit", took.Round(time.Second), len(last), len(refused))
	after := d.calls()
	for _, name := range world.Vendors() {
		t.Logf("%-10s %6d calls", name, after[name]-before[name])
	}
}

// cast chooses who does what: nobody who decides about a batch, and nobody twice.
func (d *day) cast() {
	owner := d.world.Namely.TokenOwner()
	free := slices.DeleteFunc(slices.Clone(d.people), func(p company.Person) bool {
		return p.Status != "active" || p.Department == "IT" || p.Department == "Executive" || strings.HasPrefix(p.Title, "Head of ") || p.ProfileID == owner
	})
	take := func(n int) []company.Person {
		out := []company.Person{}
		for at := 0; len(out) < n; at = (at + 13) % len(free) { // from all over the company
			out, free = append(out, free[at]), slices.Delete(free, at, at+1)
		}
		return out
	}
	d.gone, d.moved, d.absent = take(d.leavers), take(d.movers), take(d.away)
	d.hired = company.Hires(d.joiners)
}

// edit is HR's day, which nobody sees before it is over.
func (d *day) edit() {
	hr := d.world.Namely
	defer hr.Inject(kit.Fault{Status: http.StatusServiceUnavailable})()
	heads := slices.DeleteFunc(slices.Clone(d.people), func(p company.Person) bool { return !strings.HasPrefix(p.Title, "Head of ") })
	for i, p := range d.moved {
		to := heads[i%len(heads)]
		d.world.Assign(p.ProfileID, world.Job{Department: to.Department, Title: titles[i%len(titles)], Manager: to.ProfileID})
	}
	for _, p := range d.gone {
		hr.SetStatus(p.ProfileID, "inactive")
	}
	for _, p := range d.absent {
		hr.SetLeave(p.ProfileID, "Parental leave")
	}
	for i, p := range d.hired {
		p.Manager, p.Start = heads[i%len(heads)].ProfileID, time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
		d.world.Hire(p)
	}
}

// release lets those who leave go, once the mass guard holds them: one person names them, a second one confirms.
func (d *day) release(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	held := false
	eventually(t, d.patience, "the batch is held, or everybody who left is contained", func() error {
		if slices.ContainsFunc(d.buttons(), func(b button) bool { return b.press.Verb == activities.VerbBatchRelease }) {
			held = true
			return nil
		}
		return d.contained(t, d.gone, company.Person{})
	})
	if !held {
		return 0
	}
	var ids []string
	for _, p := range d.gone {
		ids = append(ids, p.Number)
	}
	first := d.button(t, "release", func(b button) bool { return b.press.Verb == activities.VerbBatchRelease })
	d.presses(t, world.AuthorisedUser, first, map[string]string{"which": "only", "ids": strings.Join(ids, ", "), "reason": "HR confirms the list"})
	second := d.button(t, "confirm", func(b button) bool { return b.press.Verb == activities.VerbBatchRelease && b.press.Nonce != "" })
	d.presses(t, world.SecondAuthorisedUser, second, map[string]string{"reason": "so it is"})
	return time.Since(began)
}

// differences reconciles everybody: Okta's status, attributes and groups, and Google's state.
func (d *day) differences() []string {
	return d.differencesOf(func(all map[string]namelysim.Profile, p namelysim.Profile) wanted {
		want := wantedOf(all, p)
		if len(want.groups) > 0 || away(p) {
			want.unit = "/" + p.Department
		}
		return want
	})
}

func (d *day) calls() map[string]int {
	out := map[string]int{}
	for name, k := range d.world.Kits() {
		out[name] = len(k.Calls())
	}
	return out
}

// refused are calls that a vendor refused for its rate limits. Google says so with 403, which it has no other reason for here.
func (d *day) refused() []string {
	var out []string
	for name, k := range d.world.Kits() {
		for _, c := range k.Calls() {
			limited := c.Status == http.StatusTooManyRequests || c.Status == http.StatusNotAcceptable || c.Status == http.StatusForbidden && name == "google"
			if limited && c.Fault == "" {
				out = append(out, fmt.Sprintf("%s %s %s: %d", name, c.Method, ids.ReplaceAllString(c.Path, "*"), c.Status))
			}
		}
	}
	return out
}

// ids are the parts of paths that name one thing.
var ids = regexp.MustCompile(`[0-9A-Za-z@.%-]*[0-9]{3,}[0-9A-Za-z@.%-]*`)

// counted lists each kind of line once, with how often it is there.
func counted(lines []string) string {
	kinds := map[string]int{}
	for _, line := range lines {
		kinds[line]++
	}
	out := []string{}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		out = append(out, fmt.Sprintf("%6d %s", kinds[kind], kind))
	}
	return strings.Join(out, "\n")
}
