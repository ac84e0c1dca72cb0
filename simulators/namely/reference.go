package namelysim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Group is a department, an office location, or a group of a type that the company made.
type Group struct {
	ID      string  `json:"id"`
	Title   string  `json:"title"`
	Type    string  `json:"type"` // "department", "office location", or the title of the company's own type
	Address Address `json:"address,omitzero"`
}

// Title is a job title.
type Title struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// The two types of group that every company has and cannot delete.
const (
	typeDepartment = "department"
	typeOffice     = "office location"
)

// typeOther is the type of every type of group that a company makes itself.
const typeOther = "other"

// groupTypes lists the types in the vendor's own shape. Their titles are the customer's to choose; their type is not.
func (st *state) groupTypes() []map[string]any {
	types := []map[string]any{
		{"id": uuid(3, 1), "title": "Departments", "field_name": "departments", "type": typeDepartment, "deletable": false, "x_groups_as_teams": false},
		{"id": uuid(3, 2), "title": "Office Locations", "field_name": "office_locations", "type": typeOffice, "deletable": false, "x_groups_as_teams": false},
	}
	for i, title := range st.Types {
		types = append(types, map[string]any{"id": uuid(3, i+3), "title": title, "field_name": strings.ToLower(strings.ReplaceAll(title, " ", "_")),
			"type": typeOther, "deletable": true, "x_groups_as_teams": false})
	}
	return types
}

// groupType is the type of a group: a company's own is known by its title.
func (st *state) groupType(kind string) map[string]any {
	for _, t := range st.groupTypes() {
		if t["type"] == kind || t["type"] == typeOther && t["title"] == kind {
			return t
		}
	}
	return nil
}

// ensurePlaces makes the groups and the job title that a profile names.
func (st *state) ensurePlaces(p *Profile) {
	st.ensureGroup(typeDepartment, p.Department)
	st.ensureGroup(typeOffice, p.Office)
	for _, kind := range slices.Sorted(maps.Keys(p.Groups)) {
		if !slices.Contains(st.Types, kind) {
			st.Types = append(st.Types, kind)
		}
		for _, title := range p.Groups[kind] {
			st.ensureGroup(kind, title)
		}
	}
	st.ensureTitle(p.JobTitle)
}

func (st *state) group(kind, title string) (Group, bool) {
	for _, g := range st.Groups {
		if g.Type == kind && g.Title == title {
			return g, true
		}
	}
	return Group{}, false
}

func (st *state) ensureGroup(kind, title string) *Group {
	if title == "" {
		return nil
	}
	for i := range st.Groups {
		if g := &st.Groups[i]; g.Type == kind && g.Title == title {
			return g
		}
	}
	st.Groups = append(st.Groups, Group{ID: uuid(1, len(st.Groups)+1), Title: title, Type: kind})
	return &st.Groups[len(st.Groups)-1]
}

func (st *state) title(title string) (Title, bool) {
	for _, t := range st.Titles {
		if t.Title == title || t.ID == title {
			return t, true
		}
	}
	return Title{}, false
}

func (st *state) ensureTitle(title string) {
	if _, ok := st.title(title); !ok && title != "" {
		st.Titles = append(st.Titles, Title{ID: uuid(2, len(st.Titles)+1), Title: title})
	}
}

// members counts who is in a group.
func (st *state) members(g Group) (ids []string) {
	ids = []string{}
	for _, p := range st.Profiles {
		if p.in(g) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

func (st *state) showGroup(g Group) map[string]any {
	return map[string]any{
		"id": g.ID, "title": g.Title, "type": st.groupType(g.Type)["title"], "is_team": false, "count": len(st.members(g)),
		"address": showAddress(g.Address, true), "links": map[string]any{"group_type": st.groupType(g.Type)["id"]},
	}
}

func (s *Simulator) listGroups(w http.ResponseWriter, _ *http.Request) {
	groups := []any{}
	var types []map[string]any
	s.must(func() bool {
		for _, g := range s.state.Groups {
			groups = append(groups, s.state.showGroup(g))
		}
		types = s.state.groupTypes()
		return false
	})
	answer(w, http.StatusOK, map[string]any{
		"groups": groups, "meta": map[string]any{"count": len(groups), "status": 200},
		"links":  map[string]any{"groups.group_types": map[string]any{"type": "group_types"}},
		"linked": map[string]any{"group_types": types},
	})
}

func (s *Simulator) readGroup(w http.ResponseWriter, r *http.Request) {
	var group map[string]any
	s.must(func() bool {
		for _, g := range s.state.Groups {
			if g.ID == r.PathValue("id") {
				group = s.state.showGroup(g)
				group["links"] = map[string]any{"group_type": s.state.groupType(g.Type)["id"], "profiles": s.state.members(g)}
			}
		}
		return false
	})
	if group == nil {
		refuse(w, http.StatusNotFound, "Group not found")
		return
	}
	envelope(w, "groups", []any{group})
}

func (s *Simulator) listGroupTypes(w http.ResponseWriter, _ *http.Request) {
	var types []any
	s.must(func() bool {
		for _, t := range s.state.groupTypes() {
			types = append(types, t)
		}
		return false
	})
	envelope(w, "group_types", types)
}

func (s *Simulator) listTitles(w http.ResponseWriter, _ *http.Request) {
	titles := []any{}
	s.must(func() bool {
		for _, t := range s.state.Titles {
			titles = append(titles, map[string]any{"id": t.ID, "title": t.Title, "links": map[string]any{"job_tier": nil}})
		}
		return false
	})
	envelope(w, "job_titles", titles)
}

// listEvents is the social feed. It knows of no departures, so nothing here fills it.
func (s *Simulator) listEvents(w http.ResponseWriter, _ *http.Request) {
	envelope(w, "events", []any{})
}

func (s *Simulator) companyInfo(w http.ResponseWriter, _ *http.Request) {
	name := s.Company
	if name == "" {
		name = "acme"
	}
	methods := []any{}
	for _, m := range s.SignIn {
		methods = append(methods, map[string]any{"type": m})
	}
	if len(methods) == 0 {
		methods = append(methods, map[string]any{"type": "email_password"})
	}
	envelope(w, "companies", []any{map[string]any{
		"name": name, "permalink": strings.ToLower(name), "background_url": "", "logo_url": "", "authentications": methods,
	}})
}

func envelope(w http.ResponseWriter, key string, rows []any) {
	answer(w, http.StatusOK, map[string]any{
		key: rows, "meta": map[string]any{"count": len(rows), "status": 200}, "links": map[string]any{}, "linked": map[string]any{},
	})
}
