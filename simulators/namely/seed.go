package namelysim

import (
	"fmt"
	"slices"
	"time"
)

// AddProfiles seeds people and returns them as they were kept. What a profile leaves empty is filled in. A profile
// whose ID is there already (a second start on the same Dir) stays as it is.
func (s *Simulator) AddProfiles(profiles ...Profile) (kept []Profile) {
	s.must(func() bool {
		known := make(map[string]*Profile, len(s.state.Profiles))
		for _, p := range s.state.Profiles {
			known[p.ID] = p
		}
		changed := false
		for _, p := range profiles {
			have, ok := known[p.ID]
			if !ok {
				have, changed = s.add(p), true
				known[have.ID] = have
			}
			kept = append(kept, have.copy())
		}
		return changed
	})
	return kept
}

// AddProfile seeds one person, see [Simulator.AddProfiles].
func (s *Simulator) AddProfile(p Profile) Profile { return s.AddProfiles(p)[0] }

func (s *Simulator) add(p Profile) *Profile {
	s.state.NextID++
	if p.ID == "" {
		p.ID = uuid(0, s.state.NextID)
	}
	if p.Status == "" {
		p.Status = "active"
	}
	if p.CreatedAt.IsZero() {
		p.CreatedAt = s.Now()
	}
	if p.UpdatedAt.IsZero() {
		p.UpdatedAt = p.CreatedAt
	}
	s.state.ensurePlaces(&p)
	kept := p.copy()
	s.state.Profiles = append(s.state.Profiles, &kept)
	return &kept
}

// SetOffice gives an office location its address, which profiles of people there inherit.
func (s *Simulator) SetOffice(title string, a Address) {
	s.must(func() bool {
		s.state.ensureGroup(typeOffice, title).Address = a
		return true
	})
}

// Profile is the profile with this id or work address.
func (s *Simulator) Profile(key string) (found Profile, ok bool) {
	s.must(func() bool {
		if p := s.state.find(key); p != nil {
			found, ok = p.copy(), true
		}
		return false
	})
	return found, ok
}

// Profiles is everybody, in the order in which they were added.
func (s *Simulator) Profiles() (all []Profile) {
	s.must(func() bool {
		for _, p := range s.state.Profiles {
			all = append(all, p.copy())
		}
		return false
	})
	return all
}

// TokenOwner is the id of the profile whose token this is.
func (s *Simulator) TokenOwner() (id string) {
	s.must(func() bool {
		if p := s.owner(); p != nil {
			id = p.ID
		}
		return false
	})
	return id
}

// Groups is every department, office location, and group of the company's own types.
func (s *Simulator) Groups() (all []Group) {
	s.must(func() bool {
		all = append(all, s.state.Groups...)
		return false
	})
	return all
}

// Edit changes a profile, by id or work address, as HR does in Namely's pages: updated_at moves. It panics when there
// is no such profile, because a seed that is not there makes a test prove nothing.
func (s *Simulator) Edit(key string, f func(*Profile)) {
	s.must(func() bool {
		p := s.state.find(key)
		if p == nil {
			panic(fmt.Sprintf("namelysim: no profile %q", key))
		}
		f(p)
		s.state.ensurePlaces(p)
		p.UpdatedAt = s.Now()
		return true
	})
}

// SetStatus is HR turning somebody active, pending or inactive.
func (s *Simulator) SetStatus(key, status string) {
	if !slices.Contains(statuses, status) {
		panic(fmt.Sprintf("namelysim: status %q is none of %q", status, statuses))
	}
	s.Edit(key, func(p *Profile) { p.Status = status })
}

// SetDeparture is HR setting the departure date (YYYY-MM-DD), or clearing it with "".
func (s *Simulator) SetDeparture(key, date string) {
	if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
		panic(fmt.Sprintf("namelysim: departure date %q is not YYYY-MM-DD", date))
	}
	s.Edit(key, func(p *Profile) { p.Departure = date })
}

// SetField is HR filling in a field of the company's own: text, a number, a list or an object; nil leaves it blank.
func (s *Simulator) SetField(key, field string, value any) {
	s.Edit(key, func(p *Profile) {
		switch {
		case value == nil:
			delete(p.Custom, field)
		case p.Custom == nil:
			p.Custom = map[string]any{field: value}
		default:
			p.Custom[field] = value
		}
	})
}

// LeaveField is the field of [Simulator.SetLeave]. Namely has none for leave of absence; companies add one like it.
const LeaveField = "leave_status"

// SetLeave is HR sending somebody on leave ("On leave", "Parental leave"), or having them back with "". The field is made
// where it is not there yet.
func (s *Simulator) SetLeave(key, kind string) {
	if !slices.ContainsFunc(s.Fields(), func(f Field) bool { return f.Name == LeaveField && f.Type == "select" }) {
		s.AddField(Field{Name: LeaveField, Label: "Leave status", Type: "select", Section: "Job"})
	}
	if kind == "" {
		s.SetField(key, LeaveField, nil)
		return
	}
	s.SetField(key, LeaveField, kind)
}

// Hire is HR making a profile while the company is at work: pending until HR sets it active, which opens an onboarding
// session, and edited now. It panics without a start date, which Namely asks for.
func (s *Simulator) Hire(p Profile) Profile {
	if _, err := time.Parse(time.DateOnly, p.Start); err != nil {
		panic(fmt.Sprintf("namelysim: start date %q of a hire is not YYYY-MM-DD", p.Start))
	}
	if p.Status == "" {
		p.Status = "pending"
	}
	p.CreatedAt, p.UpdatedAt = s.Now(), s.Now()
	return s.AddProfile(p)
}

// Remove takes a profile away. The vendor's API cannot; its support can, and a feed that lost somebody looks the same.
func (s *Simulator) Remove(key string) {
	s.must(func() bool {
		before := len(s.state.Profiles)
		s.state.Profiles = slices.DeleteFunc(s.state.Profiles, func(p *Profile) bool { return p.ID == key || p.Email == key })
		return len(s.state.Profiles) != before
	})
}

var statuses = []string{"active", "pending", "inactive"}

func (st *state) profile(id string) *Profile {
	if id == "" {
		return nil
	}
	for _, p := range st.Profiles {
		if p.ID == id {
			return p
		}
	}
	return nil
}

func (st *state) find(key string) *Profile {
	if p := st.profile(key); p != nil {
		return p
	}
	for _, p := range st.Profiles {
		if key != "" && p.Email == key {
			return p
		}
	}
	return nil
}

// uuid is a UUID of version 4 in form; kind keeps those of profiles, groups and titles apart.
func uuid(kind, n int) string { return fmt.Sprintf("4e414d%02x-0000-4000-8000-%012x", kind, n) }
