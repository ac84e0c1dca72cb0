package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/ext"
)

// The names of the types behind hr and manager, company, hr.custom and the addresses. Expressions do not write them;
// they are in the checker's messages, which are put into the policy's words before anybody reads them.
const (
	recordType  = "tenure.record"
	companyType = "tenure.company"
	customType  = recordType + ".custom"
)

// schema is what the expressions of one policy may name: a table of fields for each type.
type schema map[string]map[string]field

func newSchema(declared map[string]Field) schema {
	s := schema{recordType: {}, companyType: {
		"name":   {name: "name", kind: Text},
		"domain": {name: "domain", kind: Text},
	}, customType: {}}
	for _, f := range builtIn() {
		s[recordType][f.name] = f
		if f.inner != nil {
			s[recordType+"."+f.name] = f.inner
		}
	}
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		s[customType][name] = customField(name, declared[name])
	}
	s[recordType]["custom"] = field{name: "custom", inner: s[customType], set: func(r *record) bool { return !r.nobody }}
	return s
}

// names are the fields of a type, sorted.
func (s schema) names(of string) []string { return slices.Sorted(maps.Keys(s[of])) }

// find is the field that a path of names below hr or manager leads to.
func (s schema) find(path []string) (field, bool) {
	table := s[recordType]
	for i, name := range path {
		f, ok := table[name]
		if !ok || i == len(path)-1 {
			return f, ok
		}
		table = f.inner
	}
	return field{}, false
}

// provider tells CEL the types of the schema and reads their fields. All else is CEL's own.
type provider struct {
	types.Provider
	schema
}

func (p provider) FindStructType(name string) (*types.Type, bool) {
	if _, ours := p.schema[name]; ours {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	if _, ours := p.schema[name]; ours {
		return p.names(name), true
	}
	return p.Provider.FindStructFieldNames(name)
}

func (p provider) FindStructFieldType(name, key string) (*types.FieldType, bool) {
	table, ours := p.schema[name]
	if !ours {
		return p.Provider.FindStructFieldType(name, key)
	}
	f, ok := table[key]
	if !ok {
		return nil, false
	}
	if name == companyType {
		return companyField(key), true
	}
	out := &types.FieldType{Type: celType(f, name), IsSet: func(of any) bool {
		r, ok := of.(*record)
		return ok && f.set(r)
	}}
	out.GetFrom = func(of any) (any, error) {
		r, ok := of.(*record)
		switch {
		case !ok:
			return nil, fmt.Errorf("%s is read from something that is no record", key)
		case f.inner != nil: // its fields are read from the same record
			return r, nil
		}
		v := f.get(r)
		if err, bad := v.(error); bad {
			return nil, err
		}
		return v, nil
	}
	return out, true
}

// celType is the type of a field, which belongs to the type of that name.
func celType(f field, of string) *types.Type {
	if f.inner != nil {
		return types.NewObjectType(of + "." + f.name)
	}
	switch f.kind {
	case Number:
		return types.DoubleType
	case YesNo:
		return types.BoolType
	case List:
		return types.NewListType(types.StringType)
	default: // texts and days
		return types.StringType
	}
}

func companyField(key string) *types.FieldType {
	get := func(of any) string {
		c, _ := of.(Company)
		if key == "domain" {
			return c.Domain
		}
		return c.Name
	}
	return &types.FieldType{Type: types.StringType,
		IsSet:   func(of any) bool { return get(of) != "" },
		GetFrom: func(of any) (any, error) { return get(of), nil }}
}

// environment is CEL with the variables and functions of a mapping.
func environment(s schema) (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	options := []cel.EnvOption{
		cel.CustomTypeAdapter(registry), cel.CustomTypeProvider(provider{registry, s}),
		cel.Variable("hr", types.NewObjectType(recordType)),
		cel.Variable("manager", types.NewObjectType(recordType)),
		cel.Variable("company", types.NewObjectType(companyType)),
		cel.Variable("login", types.StringType),
		cel.HomogeneousAggregateLiterals(), cel.CrossTypeNumericComparisons(true), cel.DefaultUTCTimeZone(true),
		cel.ParserExpressionSizeLimit(longest), cel.ParserRecursionLimit(deepest),
		ext.Strings(ext.StringsVersion(5)), // pinned: a new version of the library must not change what a policy says
	}
	return cel.NewEnv(append(options, functions()...)...)
}

// scene is what an expression sees.
type scene struct {
	hr, manager *record
	company     Company
	login       string
}

// newScene shows a person to the expressions.
func newScene(p Person, c Company) *scene {
	s := &scene{hr: &record{Employee: p.Record, whose: "hr"}, manager: &record{nobody: true, whose: "manager"}, company: c,
		login: strings.ToLower(cmp.Or(p.Login, p.Record.Email))}
	if p.Manager != nil {
		s.manager = &record{Employee: *p.Manager, whose: "manager"}
	}
	return s
}

// ResolveName implements CEL's activation.
func (s *scene) ResolveName(name string) (any, bool) {
	switch name {
	case "hr":
		return s.hr, true
	case "manager":
		return s.manager, true
	case "company":
		return s.company, true
	case "login":
		return s.login, true
	}
	return nil, false
}

// Parent implements CEL's activation.
func (s *scene) Parent() cel.Activation { return nil }
