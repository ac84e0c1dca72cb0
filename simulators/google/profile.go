package googlesim

import (
	"encoding/json"
	"maps"
	"strings"
	"unicode/utf8"
)

// longestName is how many characters a given or a family name may have.
const longestName = 60

func (s *Simulator) applyName(u *User, fields map[string]json.RawMessage) *answer {
	var name struct{ GivenName, FamilyName *string }
	if raw, present := fields["name"]; !present || json.Unmarshal(raw, &name) != nil {
		return nil
	}
	for to, value := range map[*string]*string{&u.GivenName: name.GivenName, &u.FamilyName: name.FamilyName} {
		if value == nil {
			continue
		}
		v := strings.TrimSpace(*value)
		if v == "" || utf8.RuneCountInString(v) > longestName {
			return refusedBecause(invalid("Invalid Given/Family Name"))
		}
		*to = v
	}
	return nil
}

// applyLists replaces the lists that are in the body, each as a whole. null clears a list. An empty list is a change of
// nothing here, as every other zero value is: whether the vendor takes it for a clearing is not documented.
func (s *Simulator) applyLists(u *User, fields map[string]json.RawMessage) *answer {
	if ids, present := list(fields, "externalIds"); present {
		u.setExternalIDs(ids)
	}
	if orgs, present := list(fields, "organizations"); present {
		u.setOrganizations(orgs)
	}
	if relations, present := list(fields, "relations"); present {
		u.setRelations(relations)
	}
	return nil
}

func list(fields map[string]json.RawMessage, name string) (entries []map[string]any, present bool) {
	raw, sent := fields[name]
	if !sent || json.Unmarshal(raw, &entries) != nil {
		return nil, false
	}
	return entries, len(entries) > 0 || string(raw) == "null"
}

func word(entry map[string]any, field string) string {
	v, _ := entry[field].(string)
	return v
}

func (u *User) setExternalIDs(ids []map[string]any) {
	u.EmployeeNumber, u.Extra.ExternalIDs = "", nil
	for _, id := range ids {
		if word(id, "type") == "organization" && u.EmployeeNumber == "" {
			u.EmployeeNumber = word(id, "value")
			continue
		}
		u.Extra.ExternalIDs = append(u.Extra.ExternalIDs, id)
	}
}

func (u *User) externalIDs() []map[string]any {
	var out []map[string]any
	if u.EmployeeNumber != "" {
		out = append(out, map[string]any{"type": "organization", "value": u.EmployeeNumber})
	}
	return append(out, u.Extra.ExternalIDs...)
}

func (u *User) setRelations(relations []map[string]any) {
	u.Manager, u.Extra.Relations = "", nil
	for _, r := range relations {
		if word(r, "type") == "manager" && u.Manager == "" {
			u.Manager = word(r, "value")
			continue
		}
		u.Extra.Relations = append(u.Extra.Relations, r)
	}
}

func (u *User) relations() []map[string]any {
	out := append([]map[string]any(nil), u.Extra.Relations...)
	if u.Manager != "" {
		out = append(out, map[string]any{"type": "manager", "value": u.Manager})
	}
	return out
}

func (u *User) setOrganizations(orgs []map[string]any) {
	u.Title, u.Department, u.CostCenter, u.Extra.Primary, u.Extra.Organizations = "", "", "", nil, nil
	primary := false
	for _, o := range orgs {
		if o["primary"] != true || primary {
			u.Extra.Organizations = append(u.Extra.Organizations, o)
			continue
		}
		primary = true
		rest := maps.Clone(o)
		u.Title, u.Department, u.CostCenter = word(o, "title"), word(o, "department"), word(o, "costCenter")
		for _, known := range []string{"title", "department", "costCenter", "primary"} {
			delete(rest, known)
		}
		if len(rest) > 0 {
			u.Extra.Primary = rest
		}
	}
}

// organizations shows the primary one last, so that a client which takes the first for it is found out. Fields without
// a value are left out.
func (u *User) organizations() []map[string]any {
	out := append([]map[string]any(nil), u.Extra.Organizations...)
	primary := maps.Clone(u.Extra.Primary)
	if primary == nil {
		primary = map[string]any{}
	}
	for name, value := range map[string]string{"title": u.Title, "department": u.Department, "costCenter": u.CostCenter} {
		if value != "" {
			primary[name] = value
		}
	}
	if len(primary) == 0 {
		return out
	}
	primary["primary"] = true
	return append(out, primary)
}
