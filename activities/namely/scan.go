package namely

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"tenure/activities"
	"tenure/internal/employee"
)

const (
	perPage = 50 // the vendor's most
	// maxStale is how many pages in a row may bring nobody new. Rows move while they are read, so one may; a server
	// that ignores the page number never ends.
	maxStale = 3
)

// ScanDirectory reads every profile and hands them to the directory as one snapshot. A scan that is not whole, or
// in which something cannot be understood, is discarded whole.
func (s *System) ScanDirectory(ctx context.Context, _ activities.ScanDirectory) (activities.ScanResult, error) {
	people, err := s.People(ctx)
	if err != nil {
		return activities.ScanResult{}, activities.Ended(ctx, err)
	}
	at := s.now().UTC()
	sum, err := s.directory.Apply(ctx, people, at)
	if err != nil {
		return activities.ScanResult{}, activities.Ended(ctx, fmt.Errorf("keep the directory: %w", err))
	}
	return activities.ScanResult{Profiles: sum.Profiles, Baseline: sum.Baseline, Events: sum.Events, At: at}, nil
}

// People reads every profile of the company, each once, whatever its status.
func (s *System) People(ctx context.Context) ([]employee.Employee, error) {
	groups, err := s.readGroups(ctx)
	if err != nil {
		return nil, err
	}
	profiles, err := s.readProfiles(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkFeed(profiles); err != nil {
		return nil, err
	}
	people := make([]employee.Employee, 0, len(profiles))
	for _, p := range profiles {
		e, err := p.vocabulary(groups)
		if err != nil {
			return nil, err
		}
		people = append(people, e)
	}
	return people, nil
}

// feed collects profiles from pages, each profile once.
type feed struct {
	profiles []profile
	at       map[string]int // profile id to its place in profiles
	total    int            // the largest total any page named
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

func newer(a, b profile) bool {
	x, _ := strconv.ParseInt(a.UpdatedAt.Value, 10, 64)
	y, _ := strconv.ParseInt(b.UpdatedAt.Value, 10, 64)
	return x >= y
}

// readProfiles reads pages until one is empty. A short page is no end, and neither is the total: both have meant
// other things in the past.
func (s *System) readProfiles(ctx context.Context) ([]profile, error) {
	f := feed{at: map[string]int{}}
	for page, stale := 1, 0; ; page++ {
		rows, total, err := s.readPage(ctx, page)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			break
		}
		f.total = max(f.total, total)
		if f.add(rows) > 0 {
			stale = 0
		} else if stale++; stale == maxStale {
			return nil, &activities.Problem{Type: activities.Unavailable,
				Text: fmt.Sprintf("Namely's list of profiles does not end: pages %d to %d bring nobody new; the scan is discarded", page-maxStale+1, page)}
		}
	}
	if len(f.profiles) < f.total {
		return nil, &activities.Problem{Type: activities.Unavailable,
			Text: fmt.Sprintf("Namely counts %d profiles and showed %d: rows moved while they were read; the scan is discarded", f.total, len(f.profiles))}
	}
	return f.profiles, nil
}

func (s *System) readPage(ctx context.Context, page int) (rows []profile, total int, err error) {
	if err := s.pace.take(ctx); err != nil {
		return nil, 0, err
	}
	alive(ctx)
	var answer struct {
		Profiles *[]profile `json:"profiles"`
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
		return nil, 0, &activities.Problem{Type: activities.Unavailable, Text: fmt.Sprintf("Namely's page %d has no list of profiles; the scan is discarded", page)}
	}
	return *answer.Profiles, answer.Meta.Total, nil
}

// checkFeed refuses a feed that must not be believed. Fields that the token's role may not see are missing without a
// word, and a departure date that is not shown looks like one that was cleared.
func checkFeed(profiles []profile) error {
	if len(profiles) == 0 {
		return &activities.Problem{Type: activities.InvalidInput, Text: "Namely shows the token nobody at all",
			Mend: "give the token's owner a role that may see every profile"}
	}
	hidden := map[string]int{}
	for _, p := range profiles {
		if p.ID.Value == "" {
			return &activities.Problem{Type: activities.InvalidInput, Text: "Namely sent a profile without an id; the scan is discarded"}
		}
		for field, seen := range map[string]bool{"start_date": p.StartDate.Seen, "departure_date": p.Departure.Seen, "reports_to": p.ReportsTo.Seen} {
			if !seen {
				hidden[field]++
			}
		}
	}
	var names []string
	for _, field := range []string{"start_date", "departure_date", "reports_to"} {
		if n := hidden[field]; n > 0 {
			names = append(names, fmt.Sprintf("%s (of %d in %d people)", field, n, len(profiles)))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &activities.Problem{Type: activities.InvalidInput,
		Text: "Namely does not show the token " + strings.Join(names, ", ") + "; the scan is discarded",
		Mend: "let the role of the token's owner see these fields for everybody"}
}
