package policy

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"tenure/internal/nearest"
)

var (
	policyType = reflect.TypeFor[Policy]()
	listIndex  = regexp.MustCompile(`\[\d+\]`)
)

// survey goes through the YAML tree beside the Go types: it finds unknown keys and values of the wrong shape, and
// remembers on which line each field stands, so that later checks can name it.
type survey struct {
	name   string
	lines  map[string]int
	homes  map[string][]string // where in a policy a key is known
	faults Faults
}

func newSurvey(name string) *survey {
	s := &survey{name: name, lines: map[string]int{}, homes: map[string][]string{}}
	s.learn(policyType, "")
	return s
}

// learn notes for every key of the policy where it is allowed.
func (s *survey) learn(t reflect.Type, path string) {
	t = behind(t)
	switch {
	case isLeaf(t):
	case t.Kind() == reflect.Struct:
		for key, field := range keysOf(t) {
			s.homes[key] = append(s.homes[key], path)
			s.learn(field, join(path, key))
		}
	case t.Kind() == reflect.Map:
		s.learn(t.Elem(), join(path, "*"))
	case t.Kind() == reflect.Slice:
		s.learn(t.Elem(), path)
	}
}

// add notes a fault at a field. A field that is not in the file stands on the line of what would contain it.
func (s *survey) add(field, text, mend string) {
	shown := listIndex.ReplaceAllString(field, "") // the line says which one of a list
	s.faults = append(s.faults, Fault{s.name, s.lineOf(field), shown, text, mend})
}

func (s *survey) lineOf(field string) int {
	for {
		if line, ok := s.lines[field]; ok || field == "" {
			return line
		}
		field = field[:max(0, strings.LastIndexAny(field, ".["))]
	}
}

func (s *survey) walk(n *yaml.Node, t reflect.Type, path string) {
	t = behind(t)
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if _, seen := s.lines[path]; !seen {
		s.lines[path] = n.Line
	}
	switch {
	case isLeaf(t):
		s.leaf(n, t, path)
	case t.Kind() == reflect.Slice:
		s.list(n, t, path)
	default:
		s.mapping(n, t, path)
	}
}

func (s *survey) list(n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.SequenceNode {
		s.add(path, "it is not a list", "write the values as [a, b] or one per line, each after a dash")
		return
	}
	for i, item := range n.Content {
		s.walk(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
	}
}

func (s *survey) mapping(n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.MappingNode {
		s.add(path, "it does not hold keys", "write the keys below it, indented: "+strings.Join(knownKeys(t), ", "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(path, key.Value)
		s.lines[at] = key.Line
		inner, known := innerOf(t, key.Value)
		switch {
		case seen[key.Value]:
			s.add(at, "it is given twice", "keep one of the two")
		case !known:
			s.unknown(path, key, t)
		default:
			s.walk(value, inner, at)
		}
		seen[key.Value] = true
	}
}

// unknown says where an unknown key is allowed, or what was probably meant.
func (s *survey) unknown(path string, key *yaml.Node, t reflect.Type) {
	known := knownKeys(t)
	where := "at the top of the file"
	path = listIndex.ReplaceAllString(path, "")
	if path != "" {
		where = "under " + path
	}
	s.faults = append(s.faults, Fault{s.name, key.Line, join(path, key.Value),
		fmt.Sprintf("there is no key %q %s (there: %s)", key.Value, where, strings.Join(known, ", ")), s.mendKey(key.Value, known)})
}

// mendKey is what was probably meant by a key: one of the same section that differs in a letter, the same key of another
// section, one of the same section that is less close, one of another section that differs in a letter.
func (s *survey) mendKey(key string, known []string) string {
	own, near := nearest.Word(key, known)
	elsewhere, slip := nearest.Word(key, slices.Sorted(maps.Keys(s.homes)))
	homes := s.homes[key]
	switch {
	case near && aLetterOff(key, own), near && len(homes) == 0:
		return "did you mean " + own + "?"
	case len(homes) > 0:
		return "it belongs " + strings.Join(placesOf(homes), " or ")
	case slip && aLetterOff(key, elsewhere):
		return fmt.Sprintf("did you mean %s? it belongs %s", elsewhere, strings.Join(placesOf(s.homes[elsewhere]), " or "))
	}
	return nearest.Mend(key, known)
}

func aLetterOff(a, b string) bool {
	return nearest.Distance(strings.ToLower(a), strings.ToLower(b)) <= 1
}

func placesOf(homes []string) []string {
	out := make([]string, len(homes))
	for i, h := range homes {
		out[i] = "under " + h
		if h == "" {
			out[i] = "at the top of the file"
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s *survey) leaf(n *yaml.Node, t reflect.Type, path string) {
	switch {
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.String:
		s.add(path, "it is not a single value", "write a text; one that has a colon and a space in it stands in quotes")
		return
	case n.Kind != yaml.ScalarNode:
		s.add(path, "it is not a single value", "write "+shapeOf(t))
		return
	case n.Tag == "!!null":
		s.add(path, "it has no value", "write "+shapeOf(t)+" or leave the key out")
		return
	}
	value := reflect.New(t).Interface()
	if u, ok := value.(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(n.Value)); err != nil {
			text, mend, _ := strings.Cut(err.Error(), "; ")
			s.add(path, text, mend)
		}
		return
	}
	if err := n.Decode(value); err != nil {
		s.add(path, fmt.Sprintf("%q is not %s", n.Value, shapeOf(t)), "write "+shapeOf(t))
	}
}

func shapeOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[Span]():
		return "a length of time such as 60d or 30m"
	case t == reflect.TypeFor[Clock]():
		return "an hour of the day such as 17:00"
	case t == reflect.TypeFor[Share]():
		return "a share of the company such as 0.5%"
	case t.Kind() == reflect.Int:
		return "a whole number"
	case t.Kind() == reflect.Bool:
		return "true or false"
	default:
		return "a text"
	}
}

// behind is the type itself of a section that may be left out, which is a pointer.
func behind(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

func isLeaf(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) ||
		(t.Kind() != reflect.Struct && t.Kind() != reflect.Map && t.Kind() != reflect.Slice)
}

// innerOf is the type behind a key of t; any key is known to a map.
func innerOf(t reflect.Type, key string) (reflect.Type, bool) {
	if t.Kind() == reflect.Map {
		return t.Elem(), true
	}
	inner, ok := keysOf(t)[key]
	return inner, ok
}

func knownKeys(t reflect.Type) []string {
	if t.Kind() == reflect.Map {
		return []string{"a name of your choice"}
	}
	var out []string
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("yaml"); key != "-" {
			out = append(out, key)
		}
	}
	return out
}

func keysOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("yaml"); key != "-" {
			out[key] = t.Field(i).Type
		}
	}
	return out
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
