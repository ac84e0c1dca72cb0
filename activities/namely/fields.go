package namely

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"tenure/activities"
	"tenure/internal/employee"
)

// ListFields lists the fields that profiles of this company have, and the types of groups. Namely's own list leaves some
// fields out that profiles show; these follow by their keys, without a label or a type. It makes two requests to
// /profiles, which Namely counts.
func (s *System) ListFields(ctx context.Context, _ activities.ListFields) (activities.Fields, error) {
	out, err := s.listFields(ctx)
	return out, activities.Ended(ctx, err)
}

func (s *System) listFields(ctx context.Context) (out activities.Fields, err error) {
	fields, err := listed[struct {
		Name  text `json:"name"`
		Label text `json:"label"`
		Type  text `json:"type"`
	}](ctx, s, "/profiles/fields", "fields")
	if err != nil {
		return out, err
	}
	shown, err := s.shownKeys(ctx)
	if err != nil {
		return out, err
	}
	for _, f := range fields {
		if f.Name.Value != "" {
			out.Fields = append(out.Fields, activities.Field{Name: f.Name.Value, Label: f.Label.Value, Type: f.Type.Value})
			delete(shown, f.Name.Value)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(shown)) {
		out.Fields = append(out.Fields, activities.Field{Name: key})
	}
	types, err := listed[wireGroupType](ctx, s, "/group_types", "group_types")
	if err != nil {
		return out, err
	}
	for _, t := range types {
		if t.Title.Value != "" {
			out.GroupTypes = append(out.GroupTypes, t.Title.Value)
		}
	}
	return out, nil
}

// listed reads one of the lists that have no pages: under its plural as root key, or bare.
func listed[T any](ctx context.Context, s *System, path, root string) ([]T, error) {
	var raw json.RawMessage
	if err := s.get(ctx, path, nil, &raw); err != nil {
		return nil, err
	}
	if len(raw) > 0 && raw[0] == '{' {
		var envelope map[string]json.RawMessage
		if json.Unmarshal(raw, &envelope) != nil {
			return nil, noList(path)
		}
		raw = envelope[root]
	}
	var list *[]T
	if json.Unmarshal(raw, &list) != nil || list == nil {
		return nil, noList(path)
	}
	return *list, nil
}

func noList(path string) error {
	return flawed(employee.Unreadable, activities.Unavailable, "if this lasts, ask Namely's support", "Namely's answer to %s has no list", path)
}

// shownKeys are those of the first page of profiles, without what they say.
func (s *System) shownKeys(ctx context.Context) (map[string]bool, error) {
	var page struct {
		Profiles []map[string]there `json:"profiles"`
	}
	if err := s.get(ctx, "/profiles", url.Values{"page": {"1"}, "per_page": {strconv.Itoa(perPage)}}, &page); err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for _, p := range page.Profiles {
		for key := range p {
			keys[key] = key != "links" // not a field: the ids of what belongs to the profile
		}
	}
	maps.DeleteFunc(keys, func(_ string, field bool) bool { return !field })
	return keys, nil
}
