package oktasim

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
)

// The types of an attribute.
const (
	Text    = "string"
	YesNo   = "boolean"
	Number  = "number"
	Integer = "integer"
	List    = "array" // of texts
)

// ProfileMaster is the master of an attribute that another system owns.
const ProfileMaster = "PROFILE_MASTER"

// Attribute is one attribute of the default user schema.
type Attribute struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Type     string   `json:"type"`
	Required bool     `json:"required,omitempty"`
	Enum     []string `json:"enum,omitempty"` // of a list: what its items can be
	Max      int      `json:"max,omitempty"`  // characters; 0 for no bound
	Master   string   `json:"master,omitempty"`
}

// base are the attributes every org has. All of them are texts.
var base = func() map[string]Attribute {
	out := map[string]Attribute{}
	for _, name := range nullable {
		out[name] = Attribute{Name: name, Title: name, Type: Text}
	}
	for _, name := range []string{"middleName", "honorificPrefix", "honorificSuffix", "nickName", "primaryPhone", "profileUrl", "postalAddress", "preferredLanguage"} {
		out[name] = Attribute{Name: name, Title: name, Type: Text}
	}
	for name, most := range map[string]int{"login": 100, "email": 100, "firstName": 50, "lastName": 50} {
		out[name] = Attribute{Name: name, Title: name, Type: Text, Required: true, Max: most}
	}
	for name, most := range map[string]int{"secondEmail": 100, "mobilePhone": 100, "primaryPhone": 100, "city": 128, "state": 128, "countryCode": 2, "zipCode": 50, "streetAddress": 1024, "postalAddress": 4096} {
		a := out[name]
		a.Max = most
		out[name] = a
	}
	return out
}()

// AddAttribute adds an attribute to the default user schema, or replaces one of the same name. The type defaults to a text.
func (s *Simulator) AddAttribute(a Attribute) {
	s.locked(func() {
		fill(&a.Type, func() string { return Text })
		fill(&a.Title, func() string { return a.Name })
		a.Enum = slices.Clone(a.Enum)
		s.state.Attributes[a.Name] = a
		s.dirty = true
	})
}

// MasterElsewhere lets another system own attributes: no update of Okta's changes them.
func (s *Simulator) MasterElsewhere(names ...string) {
	s.locked(func() {
		for _, name := range names {
			a, _ := s.attribute(name)
			a.Name, a.Master = name, ProfileMaster
			fill(&a.Type, func() string { return Text })
			s.state.Attributes[name] = a
		}
		s.dirty = true
	})
}

func (s *Simulator) attribute(name string) (Attribute, bool) {
	if a, ok := s.state.Attributes[name]; ok {
		return a, true
	}
	a, ok := base[name]
	return a, ok
}

func (s *Simulator) schemaRoutes(add func(family, pattern string, h handler)) {
	add("schemas", "GET /api/v1/meta/schemas/user/{schema}", s.userSchema)
}

func (s *Simulator) userSchema(c *call) {
	if id := c.r.PathValue("schema"); id != "default" && id != "oty1" {
		c.missing(id, "UserSchema")
		return
	}
	own, custom := maps.Clone(base), map[string]Attribute{}
	for name, a := range s.state.Attributes {
		if _, isBase := base[name]; isBase {
			own[name] = a
		} else {
			custom[name] = a
		}
	}
	c.ok(map[string]any{
		"id": "http://" + c.r.Host + "/meta/schemas/user/default", "$schema": "http://json-schema.org/draft-04/schema#", "name": "user",
		"title": "User", "type": "object",
		"definitions": map[string]any{"base": schemaPart("#base", own), "custom": schemaPart("#custom", custom)},
		"properties":  map[string]any{"profile": map[string]any{"allOf": []any{map[string]string{"$ref": "#/definitions/custom"}, map[string]string{"$ref": "#/definitions/base"}}}},
	})
}

func schemaPart(id string, attributes map[string]Attribute) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, name := range sortedKeys(attributes) {
		a := attributes[name]
		properties[name] = a.wire()
		if a.Required {
			required = append(required, name)
		}
	}
	return map[string]any{"id": id, "type": "object", "properties": properties, "required": required}
}

func (a Attribute) wire() map[string]any {
	out := map[string]any{"title": a.Title, "type": a.Type, "master": map[string]string{"type": cmp.Or(a.Master, "OKTA")},
		"permissions": []map[string]string{{"principal": "SELF", "action": "READ_ONLY"}}, "scope": "NONE", "mutability": "READ_WRITE"}
	if a.Required {
		out["required"] = true
	}
	if a.Max > 0 {
		out["maxLength"] = a.Max
	}
	if a.Type == List {
		items := map[string]any{"type": Text}
		if len(a.Enum) > 0 {
			items["enum"] = a.Enum
		}
		out["items"] = items
	} else if len(a.Enum) > 0 {
		out["enum"] = a.Enum
	}
	return out
}

// refuses checks the attributes of a body, answers what is wrong with them, and says whether something is. u is the user
// they are for, nil for a new one.
func (s *Simulator) refuses(c *call, profile map[string]any, u *User) bool {
	var causes []string
	for _, name := range sortedKeys(profile) {
		if a, ok := s.attribute(name); !ok {
			causes = append(causes, fmt.Sprintf("Property name '%s' is not defined in profile", name))
		} else if wrong := a.wrong(profile[name]); wrong != "" {
			causes = append(causes, name+": "+wrong)
		}
	}
	causes = append(causes, s.blanks(profile, u)...)
	causes = append(causes, s.loginFaults(profile, u)...)
	if len(causes) > 0 {
		about, _, isField := strings.Cut(causes[0], ":")
		if !isField {
			about = "newUser"
		}
		c.fail(http.StatusBadRequest, "E0000001", "Api validation failed: "+about, causes...)
		return true
	}
	return u != nil && s.mastered(c, profile, u)
}

// blanks are the required attributes that a new user lacks or an update clears.
func (s *Simulator) blanks(profile map[string]any, u *User) []string {
	var out []string
	check := func(a Attribute) {
		v, named := profile[a.Name]
		if a.Required && (named || u == nil) && (v == nil || v == "") {
			out = append(out, a.Name+": The field cannot be left blank")
		}
	}
	all := maps.Clone(base)
	maps.Copy(all, s.state.Attributes)
	for _, name := range sortedKeys(all) {
		check(all[name])
	}
	return out
}

func (s *Simulator) loginFaults(profile map[string]any, u *User) []string {
	login, _ := profile["login"].(string)
	if login == "" {
		return nil
	}
	if !strings.Contains(login, "@") {
		return []string{"login: Username must be in the form of an email address"}
	}
	for _, other := range s.state.Users {
		if strings.EqualFold(other.Profile.Login, login) && (u == nil || other.ID != u.ID) {
			return []string{"login: An object with this field already exists in the current organization"}
		}
	}
	return nil
}

// wrong says what is wrong with a value; "" for nothing. The words of these refusals are not documented.
func (a Attribute) wrong(v any) string {
	if v == nil {
		return ""
	}
	switch a.Type {
	case YesNo:
		if _, ok := v.(bool); !ok {
			return "The value must be a boolean"
		}
	case Number, Integer:
		f, ok := v.(float64)
		if !ok || a.Type == Integer && f != math.Trunc(f) {
			return "The value must be of type " + a.Type
		}
	case List:
		items, ok := v.([]any)
		if !ok {
			return "The value must be an array"
		}
		for _, item := range items {
			if text, ok := item.(string); !ok || len(a.Enum) > 0 && !contains(a.Enum, text) {
				return "The items are not all among the choices"
			}
		}
	default:
		return a.wrongText(v)
	}
	return ""
}

func (a Attribute) wrongText(v any) string {
	text, ok := v.(string)
	switch {
	case !ok:
		return "The value must be a string"
	case a.Max > 0 && len([]rune(text)) > a.Max:
		return "The field is too long"
	case len(a.Enum) > 0 && text != "" && !contains(a.Enum, text):
		return "The value is not among the choices"
	}
	return ""
}

// mastered refuses a change of an attribute that another system owns. Okta does not name the attribute.
func (s *Simulator) mastered(c *call, profile map[string]any, u *User) bool {
	for _, name := range sortedKeys(profile) {
		a, _ := s.attribute(name)
		if a.Master != ProfileMaster || fmt.Sprint(u.Profile.value(name)) == fmt.Sprint(profile[name]) {
			continue
		}
		if s.MasteredAsInvalid {
			c.fail(http.StatusBadRequest, "E0000001", "Api validation failed: "+name, name+": The attribute is mastered by another system")
			return true
		}
		c.fail(http.StatusForbidden, "E0000023", "Operation failed because user profile is mastered under another system")
		return true
	}
	return false
}

// value is one attribute whatever its type, nil when unset.
func (p *Profile) value(name string) any {
	if field, ok := p.named()[name]; ok {
		return textOrNull(*field)
	}
	return p.Extra[name]
}
