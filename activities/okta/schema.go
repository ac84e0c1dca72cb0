package okta

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"tenure/activities"
)

// schemaScope is asked for only where the schema is read, in a token of its own: an installation whose service app was
// not granted it can still contain a leaver.
const schemaScope = "okta.schemas.read"

const schemaPath = "/api/v1/meta/schemas/user/default"

// userSchema is as much of the answer as is needed.
type userSchema struct {
	Definitions struct {
		Base, Custom schemaPart
	} `json:"definitions"`
}

type schemaPart struct {
	Properties map[string]schemaProperty `json:"properties"`
	Required   []string                  `json:"required"`
}

type schemaProperty struct {
	Type      string `json:"type"`
	Required  bool   `json:"required"`
	Enum      []any  `json:"enum"`
	MaxLength int    `json:"maxLength"`
	Items     *struct {
		Enum []any `json:"enum"`
	} `json:"items"`
	Master *struct {
		Type string `json:"type"`
	} `json:"master"`
}

// ReadSchema reads the attributes that users of the org can have, and which groups there are; see
// [activities.OktaReadSchema]. A group that an application owns is missing: nobody can be put into it.
func (s *System) ReadSchema(ctx context.Context, in activities.ReadSchema) (activities.Schema, error) {
	out, err := s.schemaAndGroups(ctx, in)
	return out, activities.Ended(ctx, err)
}

func (s *System) schemaAndGroups(ctx context.Context, in activities.ReadSchema) (activities.Schema, error) {
	out, err := s.readSchema(ctx)
	if err != nil {
		return activities.Schema{}, err
	}
	f, err := s.lookUp(ctx, in.Groups)
	if err != nil {
		return activities.Schema{}, err
	}
	for _, name := range in.Groups {
		if f.ids[name] == "" {
			out.Missing = add(out.Missing, name)
		}
	}
	return out, nil
}

func (s *System) readSchema(ctx context.Context) (activities.Schema, error) {
	reader, err := s.withScope(schemaScope)
	if err != nil {
		return activities.Schema{}, err
	}
	var found userSchema
	if _, err := reader.raw(ctx, http.MethodGet, schemaPath, nil, &found); err != nil {
		return activities.Schema{}, err
	}
	if len(found.Definitions.Base.Properties) == 0 {
		return activities.Schema{}, activities.Problemf(activities.Unavailable, "okta answered a user schema without attributes")
	}
	var out activities.Schema
	for _, part := range []schemaPart{found.Definitions.Base, found.Definitions.Custom} {
		for name, p := range part.Properties {
			out.Attributes = append(out.Attributes, p.attribute(name, slices.Contains(part.Required, name)))
		}
	}
	slices.SortFunc(out.Attributes, func(a, b activities.SchemaAttribute) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

func (p schemaProperty) attribute(name string, required bool) activities.SchemaAttribute {
	a := activities.SchemaAttribute{Name: name, Type: p.Type, Required: p.Required || required, Max: p.MaxLength}
	values := p.Enum
	if p.Items != nil {
		values = p.Items.Enum
	}
	for _, v := range values {
		a.Enum = append(a.Enum, show(v))
	}
	if p.Master != nil {
		a.Master = p.Master.Type
	}
	return a
}

// withScope is this system with tokens of one scope. An API token has no scopes.
func (s *System) withScope(scope string) (*System, error) {
	if !s.oauth {
		return s, nil
	}
	had := s.api.GetConfig()
	c := had.Okta.Client
	api, err := newAPI(c.OrgUrl, had.HttpClient, authorize("PrivateKey", "", c.ClientId, c.PrivateKey, c.PrivateKeyId, []string{scope}))
	if err != nil {
		return nil, err
	}
	return &System{api: api, prefix: s.prefix, oauth: true, poll: s.poll, patience: s.patience, clock: s.clock}, nil
}
