package namely

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
)

// kind is what a group means to us.
type kind int

const (
	other kind = iota
	department
	office
)

// groups maps group ids to what they are.
type groups map[string]group

type group struct {
	title     string
	kind      kind
	typeTitle string
}

type wireGroupType struct {
	ID    text `json:"id"`
	Title text `json:"title"`
	Type  text `json:"type"`
}

type wireGroups struct {
	Groups []struct {
		ID    text `json:"id"`
		Title text `json:"title"`
		Type  text `json:"type"` // the title of the group's type, or its id
		Links struct {
			Type reference `json:"group_type"`
		} `json:"links"`
	} `json:"groups"`
	Linked struct {
		Types []wireGroupType `json:"group_types"`
	} `json:"linked"`
}

// reference is an id, or an object that has one.
type reference struct{ ID string }

// UnmarshalJSON takes both forms and null.
func (r *reference) UnmarshalJSON(b []byte) error {
	if b[0] == '{' {
		var object struct {
			ID text `json:"id"`
		}
		err := json.Unmarshal(b, &object)
		r.ID = object.ID.Value
		return err
	}
	var plain text
	err := plain.UnmarshalJSON(b)
	r.ID = plain.Value
	return err
}

// readGroups finds out which groups are departments and which are office locations. The types of both come with
// every company and cannot be deleted, but their titles are the customer's: the type's own type tells them.
func (s *System) readGroups(ctx context.Context) (groups, error) {
	var answer wireGroups
	if err := s.get(ctx, "/groups", nil, &answer); err != nil {
		return nil, err
	}
	types := answer.Linked.Types
	if len(types) == 0 && len(answer.Groups) > 0 {
		var list struct {
			Types []wireGroupType `json:"group_types"`
		}
		if err := s.get(ctx, "/group_types", nil, &list); err != nil {
			return nil, err
		}
		types = list.Types
	}
	known := make(map[string]wireGroupType, 2*len(types))
	for _, t := range types {
		known[t.Title.Value] = t
	}
	for _, t := range types {
		known[t.ID.Value] = t
	}
	found := make(groups, len(answer.Groups))
	for _, g := range answer.Groups {
		t, ok := known[g.Links.Type.ID]
		if !ok {
			t = known[g.Type.Value]
		}
		found[g.ID.Value] = group{title: g.Title.Value, kind: kindOf(t), typeTitle: cmp.Or(t.Title.Value, g.Type.Value)}
	}
	return found, nil
}

func kindOf(t wireGroupType) kind {
	switch strings.ToLower(strings.ReplaceAll(t.Type.Value, "_", " ")) {
	case "department", "departments":
		return department
	case "office location", "office locations", "location":
		return office
	}
	return other
}
