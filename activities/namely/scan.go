package namely

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/vendorhttp"
)

const (
	perPage = 50 // the vendor's most
	// maxStale is how many pages in a row may bring nobody new. Rows move while they are read, so one may; a server
	// that ignores the page number never ends.
	maxStale = 3
)

// ScanDirectory reads every profile and hands them to the directory as one snapshot. A scan that is not whole, or
// in which something cannot be understood, or that the directory does not believe, is discarded whole. How it ended is
// kept either way.
func (s *System) ScanDirectory(ctx context.Context, _ activities.ScanDirectory) (activities.ScanResult, error) {
	scan, err := s.read(ctx)
	if err == nil {
		var sum employee.ScanSummary
		if sum, err = s.directory.Apply(ctx, scan); err == nil {
			return activities.ScanResult{Profiles: sum.Profiles, Baseline: sum.Baseline, Events: sum.Events, Held: sum.Held, Batch: sum.Batch, At: scan.At}, nil
		}
		err = notApplied(err)
	}
	s.note(ctx, err)
	return activities.ScanResult{}, activities.Ended(ctx, err)
}

// read reads the whole company, and whose token did.
func (s *System) read(ctx context.Context) (employee.Scan, error) {
	began := s.now().UTC()
	owner, err := s.owner(ctx)
	if err != nil {
		return employee.Scan{}, err
	}
	scan, err := s.people(ctx)
	scan.Owner, scan.Began, scan.At = owner, began, s.now().UTC()
	return scan, err
}

// People reads every profile of the company, each once, whatever its status.
func (s *System) People(ctx context.Context) ([]employee.Employee, error) {
	scan, err := s.people(ctx)
	return scan.People, err
}

func (s *System) people(ctx context.Context) (employee.Scan, error) {
	groups, err := s.readGroups(ctx)
	if err != nil {
		return employee.Scan{}, err
	}
	details := s.details()
	profiles, err := s.readProfiles(ctx, details)
	if err != nil {
		return employee.Scan{}, err
	}
	if err := checkFeed(profiles); err != nil {
		return employee.Scan{}, err
	}
	people := make([]employee.Employee, 0, len(profiles))
	for _, p := range profiles {
		e, err := p.vocabulary(groups)
		if err != nil {
			return employee.Scan{}, err
		}
		e.Custom = details.custom(p, groups)
		people = append(people, e)
	}
	sources := details.sources()
	return employee.Scan{People: people, Filled: filled(people, profiles, sources), Sources: sources}, nil
}

// owner is the profile whose token this is. Where Namely does not say it is not known, and that is no fault.
func (s *System) owner(ctx context.Context) (employee.TokenOwner, error) {
	var answer struct {
		Profiles []struct {
			ID     text `json:"id"`
			Status text `json:"user_status"`
		} `json:"profiles"`
	}
	err := s.get(ctx, "/profiles/me", nil, &answer)
	var status *vendorhttp.StatusError
	if errors.As(err, &status) && status.Status == http.StatusNotFound {
		return employee.TokenOwner{}, nil
	}
	if err != nil || len(answer.Profiles) == 0 {
		return employee.TokenOwner{}, err
	}
	me := answer.Profiles[0]
	return employee.TokenOwner{ProfileID: me.ID.Value, Status: statusOf(me.Status)}, nil
}

// feed collects profiles from pages, each profile once.
type feed struct {
	profiles []profile
	at       map[string]int // profile id to its place in profiles
	total    int            // the largest total any page named
	last     int            // the total of the last page that named one
}

// add takes a page and counts those not seen before. Of two readings of one profile the newer stays.
func (f *feed) add(page []profile) (fresh int) {
	for _, p := range page {
		i, seen := f.at[p.ID.Value]
		switch {
		case !seen:
			f.at[p.ID.Value] = len(f.profiles)
			f.profiles = append(f.profiles, p)
			fresh++
		case newer(p, f.profiles[i]):
			f.profiles[i] = p
		}
	}
	return fresh
}

// count takes the total that a page named. A total that shrinks while pages are read means that rows behind the reader
// went away, and the rows before it moved up past it.
func (f *feed) count(total int) error {
	if total == 0 {
		return nil
	}
	if f.last > total {
		return unreadable(employee.ChangedWhileRead, "Namely counted %d profiles and then %d while they were read; the scan is discarded", f.last, total)
	}
	f.last, f.total = total, max(f.total, total)
	return nil
}

func newer(a, b profile) bool {
	x, _ := strconv.ParseInt(a.UpdatedAt.Value, 10, 64)
	y, _ := strconv.ParseInt(b.UpdatedAt.Value, 10, 64)
	return x >= y
}

// readProfiles reads pages until one is empty. A short page is no end, and neither is the total: both have meant
// other things in the past.
func (s *System) readProfiles(ctx context.Context, details Details) ([]profile, error) {
	f := feed{at: map[string]int{}}
	for page, stale := 1, 0; ; page++ {
		rows, total, err := s.readPage(ctx, page, details)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return f.whole(total)
		}
		if err := f.count(total); err != nil {
			return nil, err
		}
		if err := checkRows(rows, page); err != nil {
			return nil, err
		}
		if f.add(rows) > 0 {
			stale = 0
		} else if stale++; stale == maxStale {
			return nil, unreadable(employee.EndlessFeed, "Namely's list of profiles does not end: pages %d to %d bring nobody new; the scan is discarded", page-maxStale+1, page)
		}
	}
}

// whole is everybody, if nobody is missing. total is what the empty page at the end named.
func (f *feed) whole(total int) ([]profile, error) {
	if counted := max(f.total, total); len(f.profiles) < counted {
		return nil, unreadable(employee.ShortFeed, "Namely counts %d profiles and showed %d: rows moved while they were read, or a page is missing; the scan is discarded", counted, len(f.profiles))
	}
	return f.profiles, f.count(total)
}

// checkRows refuses a page on which somebody has no id, or stands twice; rows that move between pages never do that.
func checkRows(rows []profile, page int) error {
	seen := make(map[string]bool, len(rows))
	for _, p := range rows {
		id := p.ID.Value
		switch {
		case id == "":
			return flawed(employee.Unreadable, activities.InvalidInput, "ask Namely's support", "Namely's page %d shows a profile without an id; the scan is discarded", page)
		case seen[id]:
			return unreadable(employee.DuplicateRows, "Namely's page %d shows profile %s twice; the scan is discarded", page, id)
		}
		seen[id] = true
	}
	return nil
}

func (s *System) readPage(ctx context.Context, page int, details Details) (rows []profile, total int, err error) {
	alive(ctx)
	var answer struct {
		Profiles *[]json.RawMessage `json:"profiles"`
		Meta     struct {
			Total int `json:"total_count"`
		} `json:"meta"`
	}
	// Sorted by creation, because that is the order that no edit changes under the reader.
	query := url.Values{"page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(perPage)}, "sort": {"created_at"}}
	if err := s.get(ctx, "/profiles", query, &answer); err != nil {
		return nil, 0, err
	}
	if answer.Profiles == nil {
		// Without its root key an answer is not an empty page: the end of the list must be said, not guessed.
		return nil, 0, unreadable(employee.Unreadable, "Namely's page %d has no list of profiles; the scan is discarded", page)
	}
	rows, err = details.rows(*answer.Profiles)
	if err != nil {
		return nil, 0, unreadable(employee.Unreadable, "Namely's page %d holds a profile that cannot be read; the scan is discarded", page)
	}
	return rows, answer.Meta.Total, nil
}

func (d Details) rows(raw []json.RawMessage) ([]profile, error) {
	rows := make([]profile, len(raw))
	for i, r := range raw {
		if err := json.Unmarshal(r, &rows[i]); err != nil {
			return nil, err
		}
		var err error
		if rows[i].Further, err = d.read(r); err != nil {
			return nil, err
		}
	}
	return rows, nil
}
