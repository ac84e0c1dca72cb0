package employee

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ScanSummary is what a directory scan did to the stored snapshot.
type ScanSummary struct {
	Profiles int  // people the scan saw
	Baseline bool // this was the first scan
	Events   int  // events put into the outbox
	Held     int  // of these, how many are held in a batch
	Batch    string
}

// Diff compares two snapshots of the directory and says what happened in between, in the order of after. People
// are matched by ProfileID, never by name, address or number. detected becomes the events' Detected.
//
// Somebody who is in before and not in after yields nothing: absence is never termination. Nor does a new profile
// that is already inactive: it is an old leaver who became visible.
//
// One person can yield two events: a lifecycle change (Left, Returned, Joining) or Changed, and a departure date
// that was set or cleared. A person who left yields Left alone, whatever else changed with it.
func Diff(before, after []Employee, detected time.Time) []Event {
	known := make(map[string]Employee, len(before))
	for _, e := range before {
		known[e.ProfileID] = e
	}
	var addresses addressBook
	var events []Event
	for _, now := range after {
		if was, ok := known[now.ProfileID]; ok {
			events = append(events, Compare(was, now, detected)...)
			continue
		}
		if addresses == nil {
			addresses = newAddressBook(before)
		}
		events = append(events, appeared(now, addresses.matches(now), detected)...)
	}
	return events
}

// Compare says what happened to one person between two readings of the same profile.
func Compare(was, now Employee, detected time.Time) []Event {
	fields := changedFields(was, now)
	if len(fields) == 0 {
		return nil
	}
	event := func(kind EventKind, fields []string) Event { return newEvent(kind, was, now, fields, detected) }
	dateMoved := was.DepartureDate != now.DepartureDate
	switch {
	case was.Status != Inactive && now.Status == Inactive:
		return []Event{event(Left, fields)}
	case now.Status == Inactive:
		return []Event{event(Changed, fields)}
	case was.Status == Inactive:
		events := []Event{event(Returned, fields)}
		if dateMoved && !now.DepartureDate.IsZero() {
			events = append(events, event(Departing, []string{departureDate}))
		}
		return events
	}
	var events []Event
	if dateMoved {
		kind := Departing
		if now.DepartureDate.IsZero() {
			kind = Staying
		}
		events = append(events, event(kind, []string{departureDate}))
		fields = slices.DeleteFunc(fields, func(f string) bool { return f == departureDate })
	}
	if len(fields) > 0 {
		events = append(events, event(Changed, fields))
	}
	return events
}

func appeared(now Employee, matches []Match, detected time.Time) []Event {
	if now.Status == Inactive {
		return nil
	}
	joining := newEvent(Joining, Employee{}, now, nil, detected)
	for _, m := range matches {
		joining.AddMatch(m)
	}
	events := []Event{joining}
	if !now.DepartureDate.IsZero() {
		events = append(events, newEvent(Departing, Employee{}, now, []string{departureDate}, detected))
	}
	return events
}

// AddMatch proposes somebody as the same person as a new profile.
func (e *Event) AddMatch(m Match) {
	class := LikelyDuplicate
	if m.Status == Inactive {
		class = LikelyRehire
	}
	e.Matches = append(e.Matches, m)
	if !e.Is(class) {
		e.What = append(e.What, class)
	}
}

// addressBook finds people by any of their addresses.
type addressBook map[string][]Employee

func newAddressBook(people []Employee) addressBook {
	book := make(addressBook, len(people))
	for _, e := range people {
		for _, a := range []string{e.Email, e.PersonalEmail} {
			if a = fold(a); a != "" {
				book[a] = append(book[a], e)
			}
		}
	}
	return book
}

// matches are the people who have an address of a new profile: HR gave a rehire a second profile, perhaps, or the
// address of somebody who left to somebody else. Which it is, nobody can tell from here.
func (b addressBook) matches(now Employee) []Match {
	var out []Match
	seen := map[ID]bool{}
	for _, a := range []struct{ address, by string }{{now.Email, ByEmail}, {now.PersonalEmail, ByPersonalEmail}} {
		for _, e := range b[fold(a.address)] {
			if !seen[e.ID] {
				seen[e.ID] = true
				out = append(out, Match{Employee: e.ID, By: a.by, Status: e.Status})
			}
		}
	}
	slices.SortFunc(out, func(x, y Match) int { return strings.Compare(string(x.Employee), string(y.Employee)) })
	return out
}

func fold(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// newEvent makes the event with its key, a digest of the change itself. It is no proof that two events are one: HR can
// say the same twice with other words in between, even under the same updated_at.
func newEvent(kind EventKind, was, now Employee, fields []string, detected time.Time) Event {
	h := sha256.New()
	for _, f := range watched {
		_, _ = fmt.Fprintf(h, "%s %q %q\n", f.name, f.get(was), f.get(now))
	}
	for _, name := range customNames(was, now) {
		_, _ = fmt.Fprintf(h, "%s %q %q\n", customField(name), was.Custom[name], now.Custom[name])
	}
	_, _ = fmt.Fprintf(h, "%d %d", was.UpdatedAt.Unix(), now.UpdatedAt.Unix())
	return Event{
		Key:       fmt.Sprintf("%s/%s/%s", kind, now.ProfileID, hex.EncodeToString(h.Sum(nil)[:8])),
		Kind:      kind,
		What:      classify(kind, was, now, fields, detected),
		Employee:  now.ID,
		Fields:    fields,
		Departure: now.DepartureDate, DepartureWas: was.DepartureDate,
		HREdited: now.UpdatedAt,
		Detected: detected,
	}
}

func changedFields(was, now Employee) []string {
	var names []string
	for _, f := range watched {
		if f.get(was) != f.get(now) {
			names = append(names, f.name)
		}
	}
	for _, name := range customNames(was, now) {
		if !slices.Equal(was.Custom[name], now.Custom[name]) {
			names = append(names, customField(name))
		}
	}
	return names
}

// customNames are the further fields of either reading, in order.
func customNames(was, now Employee) []string {
	if len(was.Custom) == 0 && len(now.Custom) == 0 {
		return nil
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(was.Custom)), maps.Keys(now.Custom))
	slices.Sort(names)
	return slices.Compact(names)
}

// detail begins the names of further fields in [Event.Fields].
const detail = "custom."

func customField(name string) string { return detail + name }

const departureDate = "departureDate"

// watched lists the fields whose change is an event, by their JSON names; further fields of the record are watched
// beside them, as custom.<name>. ID and ProfileID never change, and UpdatedAt alone says nothing about what was edited.
var watched = []struct {
	name string
	get  func(Employee) string
}{
	{"email", func(e Employee) string { return e.Email }},
	{"firstName", func(e Employee) string { return e.FirstName }},
	{"lastName", func(e Employee) string { return e.LastName }},
	{"fullName", func(e Employee) string { return e.FullName }},
	{"status", func(e Employee) string { return string(e.Status) }},
	{"workerType", func(e Employee) string { return string(e.WorkerType) }},
	{"title", func(e Employee) string { return e.Title }},
	{"department", func(e Employee) string { return e.Department }},
	{"office", func(e Employee) string { return e.Office }},
	{"managerProfileId", func(e Employee) string { return e.ManagerProfileID }},
	{"startDate", func(e Employee) string { return e.StartDate.String() }},
	{departureDate, func(e Employee) string { return e.DepartureDate.String() }},
	{"onLeave", func(e Employee) string { return strconv.FormatBool(e.OnLeave) }},
	{"personalEmail", func(e Employee) string { return e.PersonalEmail }},
	{"home", func(e Employee) string { return e.Home.fingerprint() }},
	{"officeAddress", func(e Employee) string { return e.OfficeAddress.fingerprint() }},
}

// fingerprint tells two addresses apart.
func (a Address) fingerprint() string {
	return fmt.Sprintf("%q %q %q %q %q %q", a.Line1, a.Line2, a.City, a.State, a.Zip, a.Country)
}
