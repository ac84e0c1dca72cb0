package namelysim

import (
	"cmp"
	"hash/crc32"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (s *Simulator) listProfiles(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var rows []map[string]any
	total := 0
	s.must(func() bool {
		all := s.matching(query)
		total = len(all)
		var only []string
		if query.Get("profile_format") == "short" {
			only = short
		}
		if s.EmptyFrom > 0 && number(query.Get("page"), 1) >= s.EmptyFrom {
			return false
		}
		for _, p := range page(all, query) {
			rows = append(rows, s.show(p, isoDate, only))
		}
		return false
	})
	s.answerProfiles(w, http.StatusOK, rows, total)
}

func (s *Simulator) readProfile(w http.ResponseWriter, r *http.Request) {
	s.answerOne(w, func() *Profile { return s.state.profile(r.PathValue("id")) })
}

// readMe is the profile of the token's owner.
func (s *Simulator) readMe(w http.ResponseWriter, _ *http.Request) {
	s.answerOne(w, s.owner)
}

// owner is the profile whose token this is; nil when there is none. It is called with the lock held.
func (s *Simulator) owner() *Profile {
	if s.Owner != "" || len(s.state.Profiles) == 0 {
		return s.state.profile(s.Owner)
	}
	return s.state.Profiles[0]
}

func (s *Simulator) answerOne(w http.ResponseWriter, find func() *Profile) {
	date := isoDate
	if s.OldDates {
		date = oldDate
	}
	var row map[string]any
	s.must(func() bool {
		if p := find(); p != nil {
			row = s.show(p, date, nil)
		}
		return false
	})
	if row == nil {
		refuse(w, http.StatusNotFound, "Profile not found")
		return
	}
	s.answerProfiles(w, http.StatusOK, []map[string]any{row}, 1)
}

// answerProfiles writes the envelope with the linked job titles: these have a whole number as id and the UUID in guid.
func (s *Simulator) answerProfiles(w http.ResponseWriter, status int, rows []map[string]any, total int) {
	titles, seen := []any{}, map[string]bool{}
	for _, row := range rows {
		title, _ := row["job_title"].(map[string]any)
		guid, _ := title["id"].(string)
		if guid == "" || seen[guid] {
			continue
		}
		seen[guid] = true
		titles = append(titles, map[string]any{"id": crc32.ChecksumIEEE([]byte(guid)), "guid": guid, "title": title["title"], "is_default": false})
	}
	if rows == nil {
		rows = []map[string]any{}
	}
	answer(w, status, map[string]any{
		"profiles": rows,
		"meta":     map[string]any{"count": len(rows), "total_count": total, "status": 200},
		"links": map[string]any{"profiles.job_title": map[string]any{"type": "job_titles"}, "profiles.image": map[string]any{"type": "files"},
			"profiles.groups": map[string]any{"type": "groups"}, "profiles.teams": map[string]any{"type": "teams"}},
		"linked": map[string]any{"job_titles": titles, "files": []any{}, "groups": []any{}, "teams": []any{}},
	})
}

// matching filters and sorts. An unknown filter or sort key is ignored, as the vendor ignores it.
func (s *Simulator) matching(query url.Values) []*Profile {
	var out []*Profile
	for _, p := range s.state.Profiles {
		if matches(p, query) {
			out = append(out, p)
		}
	}
	key, reverse := strings.CutPrefix(query.Get("sort"), "-")
	order, ok := orders[key]
	if !ok {
		return out
	}
	slices.SortStableFunc(out, func(a, b *Profile) int {
		if reverse {
			return order(b, a)
		}
		return order(a, b)
	})
	return out
}

var orders = map[string]func(a, b *Profile) int{
	"first_name": func(a, b *Profile) int { return cmp.Compare(a.FirstName, b.FirstName) },
	"last_name":  func(a, b *Profile) int { return cmp.Compare(a.LastName, b.LastName) },
	"created_at": func(a, b *Profile) int { return a.CreatedAt.Compare(b.CreatedAt) },
	"updated_at": func(a, b *Profile) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
}

var filters = map[string]func(*Profile) string{
	"filter[user_status]":    func(p *Profile) string { return p.Status },
	"filter[first_name]":     func(p *Profile) string { return p.FirstName },
	"filter[last_name]":      func(p *Profile) string { return p.LastName },
	"filter[email]":          func(p *Profile) string { return p.Email },
	"filter[personal_email]": func(p *Profile) string { return p.Personal },
	"filter[job_title]":      func(p *Profile) string { return p.JobTitle },
	"filter[reports_to]":     func(p *Profile) string { return p.ReportsTo },
}

func matches(p *Profile, query url.Values) bool {
	for key, value := range filters {
		if query.Has(key) && query.Get(key) != value(p) {
			return false
		}
	}
	return true
}

// page cuts one page out. Past the end it is empty, with 200. The paging of before 2017, `limit` with `after`, still
// works; `limit=all` does not.
func page(all []*Profile, query url.Values) []*Profile {
	size := number(query.Get("per_page"), DefaultPerPage)
	from := (number(query.Get("page"), 1) - 1) * min(size, MaxPerPage)
	if after := query.Get("after"); after != "" {
		size = number(query.Get("limit"), DefaultPerPage)
		from = 1 + slices.IndexFunc(all, func(p *Profile) bool { return p.ID == after })
	}
	size = min(size, MaxPerPage)
	if from >= len(all) {
		return nil
	}
	return all[from:min(from+size, len(all))]
}

func number(s string, fallback int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return fallback
	}
	return n
}
