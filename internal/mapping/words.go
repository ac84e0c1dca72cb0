package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"tenure/internal/nearest"
)

// inWords says what CEL found wrong with an expression, for somebody who edits a policy file. Only the first finding
// is told: the others mostly follow from it.
func (c *compiler) inWords(source string, parsed *cel.Ast, issues *cel.Issues) string {
	first := issues.Errors()[0]
	where := ""
	if column := first.Location.Column(); strings.Contains(source, "\n") {
		where = fmt.Sprintf(" (line %d of the expression, character %d)", first.Location.Line(), column+1)
	} else if column > 0 {
		where = fmt.Sprintf(" (at character %d)", column+1)
	}
	of := ""
	if parsed != nil {
		of = selected(parsed, first.ExprID)
	}
	return shorten(source) + ": " + complaint(first.Message, of) + where
}

// shorten shows an expression on one line.
func shorten(source string) string {
	one := []rune(strings.Join(strings.Fields(source), " "))
	if len(one) > 60 {
		return string(one[:57]) + "..."
	}
	return string(one)
}

var (
	undefinedField = regexp.MustCompile(`^undefined field '(.*)'`)
	undeclared     = regexp.MustCompile(`^undeclared reference to '(.*?)'`)
	noOverload     = regexp.MustCompile(`^found no matching overload for '(.*?)' applied to '(.*)'$`)
	methodCall     = regexp.MustCompile(`^(.*?)\.\((.*)\)$`)
	expectedType   = regexp.MustCompile(`^expected type '(.*?)' but found '(.*?)'`)
	noSelection    = regexp.MustCompile(`^type '(.*?)' does not support field selection`)
	operatorName   = regexp.MustCompile(`^_(.+?)_`)
)

// complaint puts one message of CEL's into words; of is the type whose field was asked for.
func complaint(message, of string) string {
	if m := undefinedField.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("%s has no field %s", tableInWords(of), m[1])
	}
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("%s is not known here", m[1])
	}
	if m := noOverload.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("%s cannot be applied to %s", operationInWords(m[1]), argumentsInWords(m[2]))
	}
	if m := expectedType.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("%s stands where %s is wanted", typeNameInWords(m[2]), typeNameInWords(m[1]))
	}
	if m := noSelection.FindStringSubmatch(message); m != nil {
		return typeNameInWords(m[1]) + " has no fields"
	}
	return "it is no expression (" + plainly(message) + ")"
}

// plainly keeps the part of CEL's message that tells a person something.
func plainly(message string) string {
	message = strings.TrimPrefix(message, "Syntax error: ")
	message, _, _ = strings.Cut(message, " expecting {")
	return strings.Join(strings.Fields(message), " ")
}

func tableInWords(of string) string {
	switch of {
	case "", recordType:
		return "the record"
	case companyType:
		return "company"
	case customType:
		return "hr.custom"
	}
	return "hr." + strings.TrimPrefix(of, recordType+".")
}

func operationInWords(name string) string {
	if name == "_?_:_" {
		return "the choice ... ? ... : ..."
	}
	if m := operatorName.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return name + "()"
}

func argumentsInWords(list string) string {
	if m := methodCall.FindStringSubmatch(list); m != nil { // target.(arguments)
		list = m[1]
		if m[2] != "" {
			list += ", " + m[2]
		}
	} else {
		list = strings.TrimSuffix(strings.TrimPrefix(list, "("), ")")
	}
	var out []string
	for _, one := range strings.Split(list, ", ") {
		out = append(out, typeNameInWords(one))
	}
	if len(out) == 1 {
		return out[0]
	}
	return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1]
}

func typeInWords(t interface{ TypeName() string }) string {
	if full, ok := t.(*types.Type); ok {
		return typeNameInWords(full.String())
	}
	return typeNameInWords(t.TypeName())
}

func typeNameInWords(name string) string {
	switch name {
	case "string":
		return "a text"
	case "bool":
		return "yes or no"
	case "int", "uint":
		return "a whole number"
	case "double":
		return "a number"
	case "list(string)":
		return "a list of texts"
	case "null", "null_type":
		return "null"
	case "dyn":
		return "a value of which the type cannot be told"
	case recordType:
		return "a whole record"
	case "google.protobuf.Timestamp", "timestamp":
		return "a moment"
	}
	if strings.HasPrefix(name, "tenure.") {
		return "a group of fields"
	}
	return "a value of type " + name
}

// mendFor says what to write instead.
func mendFor(source, message string, s schema, of string) string {
	if m := undefinedField.FindStringSubmatch(message); m != nil {
		return mendField(m[1], s, of)
	}
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return mendName(source, m[1])
	}
	if m := noOverload.FindStringSubmatch(message); m != nil {
		return mendCall(m[1], m[2])
	}
	if strings.Contains(message, "token recognition error at: '=") || strings.Contains(message, "token recognition error at: '= ") {
		return "compare with =="
	}
	for _, w := range [][2]string{{"and", "&&"}, {"or", "||"}, {"not", "!"}} {
		if strings.Contains(message, "input '"+w[0]+"'") {
			return "write " + w[1] + " for " + w[0]
		}
	}
	return "it is CEL: see docs/mapping.md for what an expression can say"
}

func mendField(name string, s schema, of string) string {
	if of == "" {
		of = recordType
	}
	known := s.names(of)
	if of == customType && len(known) == 0 {
		return fmt.Sprintf("declare it in mapping.fields: %s: {field: <the key of Namely's profile>}", name)
	}
	if _, isCustom := s[customType][name]; isCustom && of != customType {
		return "write hr.custom." + name
	}
	if best, ok := nearest.Word(name, known); ok {
		return "did you mean " + best + "?"
	}
	if of == customType {
		return "declare it in mapping.fields, or use one of " + strings.Join(known, ", ")
	}
	return "use one of " + strings.Join(known, ", ") + "; a field of your own is declared in mapping.fields and written hr.custom." + name
}

// own are the functions that a mapping adds to CEL's.
var own = []string{"plain", "slug", "titled", "initial", "prefixed", "firstOf"}

// functionNames are those that a mapping is likely to mean.
func functionNames() []string {
	return append(slices.Clone(own), "lowerAscii", "upperAscii", "replace", "split", "join", "trim", "substring",
		"indexOf", "startsWith", "endsWith", "contains", "matches", "size", "string", "int", "double", "has", "exists", "all", "filter", "map")
}

func mendName(source, name string) string {
	if strings.Contains(source, name+"(") {
		return nearest.Mend(name, functionNames())
	}
	if best, ok := nearest.Word(name, []string{"manager", "company"}); ok {
		return "did you mean " + best + "?"
	}
	for _, f := range builtIn() {
		if f.name == name {
			return "write hr." + name
		}
	}
	return fmt.Sprintf("a text stands in quotes of its own: '\"%s\"'; what HR says begins with hr. or manager.", name)
}

func mendCall(name, arguments string) string {
	switch {
	case methodCall.MatchString(arguments) && slices.Contains(own, name):
		return fmt.Sprintf("write %s(...), with what it is of in the brackets", name)
	case strings.Contains(arguments, "null"):
		return `what HR leaves blank is the empty text "": compare with that, or ask has(...)`
	case strings.Contains(arguments, "double") && strings.Contains(arguments, "int"):
		return "write numbers with a point, such as 5.0"
	case name == "_?_:_":
		return "let both sides give the same type"
	case name == "_+_":
		return "turn numbers into texts with string(...)"
	case strings.Contains(arguments, "list(string)") && strings.HasPrefix(name, "_"):
		return `ask whether a list has something: "x" in hr.custom.list`
	}
	return "give it what it takes: see docs/mapping.md"
}

// evaluationInWords says why an expression could not be evaluated for a person, without saying anything of the
// person's.
func evaluationInWords(message string) string {
	message = plainly(message)
	switch {
	case strings.Contains(message, "cost limit"):
		return "it takes too long; make it simpler"
	case strings.Contains(message, "index out of bounds") || strings.Contains(message, "index out of range"):
		return "it asks for a part of a list or text that is not there"
	case strings.Contains(message, "division by zero") || strings.Contains(message, "modulus by zero"):
		return "it divides by zero"
	case strings.HasPrefix(message, hrSays):
		return message
	case strings.Contains(message, "type conversion error") || strings.Contains(message, "strconv") || strings.Contains(message, "parsing time"):
		return "a text cannot be turned into what the expression wants"
	}
	return "it cannot be evaluated for this person"
}
