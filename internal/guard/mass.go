package guard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

// direction is a way in which a bulk mistake moves people. Each is weighed on its own.
type direction struct {
	what string // "%d of %d people" do this
	is   func(employee.Sighting) bool
}

// directions: people who joined are not among them as long as no process acts on them.
var directions = []direction{
	{"turned inactive or were given a departure date", Leaving},
	{"came back or lost their departure date", Returning},
}

// Leaving says whether an event takes somebody's access away, now or on a day. A leaving that was announced is not one:
// its day was known, went through this guard, and has come; at the end of a month there may be many. Neither is a day
// that was put off while a case waits for the earlier one, nor the end that came with a new profile, as long as that day
// is to come: nobody loses access by these today.
func Leaving(s employee.Sighting) bool {
	switch s.Event.Kind {
	case employee.Left:
		return !s.Traits.Announced
	case employee.Departing:
		later := s.Event.Is(employee.FixedTerm) || s.Event.Is(employee.DeparturePostponed) && s.Traits.Scheduled
		return !later || s.Event.Is(employee.Backdated) || s.Event.Departure.Come(s.Event.Detected)
	default:
		return false
	}
}

// Returning says whether an event calls a leaving off.
func Returning(s employee.Sighting) bool {
	return s.Event.Kind == employee.Returned || s.Event.Kind == employee.Staying
}

// Weigh judges one burst. Both the count and the share of a limit must be reached: by everybody who moved in one
// direction within the window, or by those of them who have something in common (the lower limit). Whoever already got
// through counts, so that a drip over several scans is seen; only the fresh events can be held, and then all of that
// direction: somebody whom a bulk edit hit a minute after the others is part of the mistake too.
func Weigh(p policy.Policy, b employee.Burst) employee.Verdict {
	var v employee.Verdict
	var causes []string
	held := map[employee.ID]bool{}
	for _, d := range directions {
		places := matching(b.Fresh, d.is)
		cause := weigh(p, b, d, pick(b.Fresh, places))
		if cause == "" {
			continue
		}
		causes = append(causes, cause)
		v.Hold = append(v.Hold, places...)
		for _, i := range places {
			held[b.Fresh[i].Event.Employee] = true
		}
	}
	slices.Sort(v.Hold)
	v.People, v.Cause = len(held), strings.Join(causes, "; ")
	return v
}

// weigh is the cause for which the fresh events of one direction must be held; empty when they need not.
func weigh(p policy.Policy, b employee.Burst, d direction, fresh []employee.Sighting) string {
	if len(fresh) == 0 {
		return ""
	}
	all := append(slices.Clone(fresh), pick(b.Recent, matching(b.Recent, d.is))...)
	company := len(b.Company)
	together, alike := least(p.MassGuard.Together, company, fewestTogether), least(p.MassGuard.SameCause, company, fewestAlike)
	n := people(all)
	shared := inCommon(b.Company, all, alike)
	if n < together && len(shared) == 0 {
		return ""
	}
	text := fmt.Sprintf("%d of %d people %s within %s", n, company, d.what, policy.Real(p.Long(p.MassGuard.Window)))
	if earlier := n - people(fresh); earlier > 0 {
		text += fmt.Sprintf(" (%d of them in earlier scans)", earlier)
	}
	var words []string
	for _, s := range shared {
		// Of many people some share something by chance; of few, it is why they are held.
		if n < together || s.people*3 >= n {
			words = append(words, s.words)
		}
	}
	if len(words) == 0 {
		return text + "; nothing particular in common"
	}
	return text + "; in common: " + strings.Join(words, ", ")
}

func matching(all []employee.Sighting, is func(employee.Sighting) bool) []int {
	var places []int
	for i, s := range all {
		if is(s) {
			places = append(places, i)
		}
	}
	return places
}

func pick(all []employee.Sighting, places []int) []employee.Sighting {
	out := make([]employee.Sighting, len(places))
	for i, at := range places {
		out[i] = all[at]
	}
	return out
}

// people counts persons: one may have two events.
func people(all []employee.Sighting) int {
	seen := make(map[employee.ID]bool, len(all))
	for _, s := range all {
		seen[s.Event.Employee] = true
	}
	return len(seen)
}

// trait is something that people can have in common.
type trait struct {
	words string // with the value
	of    func(employee.Traits) string
}

var traits = []trait{
	{"the department %q", func(t employee.Traits) string { return t.Department }},
	{"the office %q", func(t employee.Traits) string { return t.Office }},
	{"the manager with profile %s", func(t employee.Traits) string { return t.Manager }},
	{"the worker type %q", func(t employee.Traits) string { return string(t.WorkerType) }},
}

// commonality is what some of the people have in common.
type commonality struct {
	people int
	words  string
}

// inCommon lists what at least so many of the people have in common. What a quarter of the company has in common
// anyway (one office, one type of worker, one manager of a small firm) explains nothing.
func inCommon(company []employee.Traits, all []employee.Sighting, enough int) []commonality {
	var out []commonality
	add := func(n int, format string, args ...any) {
		if n >= enough {
			out = append(out, commonality{n, fmt.Sprintf("%d ", n) + fmt.Sprintf(format, args...)})
		}
	}
	at, n := sameMinute(all)
	add(n, "edited by HR within one minute (%s UTC)", at.UTC().Format("15:04"))
	for _, t := range traits {
		usual := map[string]int{}
		for _, c := range company {
			usual[t.of(c)]++
		}
		value, n := most(all, func(s employee.Sighting) string { return t.of(s.Traits) }, func(value string) bool {
			return value != "" && usual[value]*quarter <= len(company)
		})
		add(n, "with "+t.words, value)
	}
	value, n := most(all, pattern, func(value string) bool { return value != "" })
	add(n, "whose %s changed too", value)
	return out
}

// most is the value that most people share, among those that count.
func most(all []employee.Sighting, of func(employee.Sighting) string, counts func(string) bool) (best string, n int) {
	who := map[string]map[employee.ID]bool{}
	for _, s := range all {
		value := of(s)
		if !counts(value) {
			continue
		}
		if who[value] == nil {
			who[value] = map[employee.ID]bool{}
		}
		who[value][s.Event.Employee] = true
	}
	for value, ids := range who {
		if len(ids) > n || len(ids) == n && value < best {
			best, n = value, len(ids)
		}
	}
	return best, n
}

// pattern is what changed beside the leaving itself: a column that shifted in an import blanks the same fields of
// everybody. Status and dates change with every leaver and tell nothing.
func pattern(s employee.Sighting) string {
	var fields []string
	for _, f := range s.Event.Fields {
		if f != "status" && f != "departureDate" {
			fields = append(fields, f)
		}
	}
	return strings.Join(fields, ", ")
}

// sameMinute is the largest number of people whom HR edited within any sixty seconds, and when these began.
func sameMinute(all []employee.Sighting) (at time.Time, n int) {
	edits := slices.DeleteFunc(slices.Clone(all), func(s employee.Sighting) bool { return s.Event.HREdited.IsZero() })
	slices.SortFunc(edits, func(a, b employee.Sighting) int { return a.Event.HREdited.Compare(b.Event.HREdited) })
	from := 0
	for to := range edits {
		for edits[to].Event.HREdited.Sub(edits[from].Event.HREdited) >= time.Minute {
			from++
		}
		if k := people(edits[from : to+1]); k > n {
			at, n = edits[from].Event.HREdited, k
		}
	}
	return at, n
}
