package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// result is what an expression is to give.
type result struct {
	words string // of what it is: "a text"
	fits  func(*types.Type) bool
	mend  string
}

func exactly(words string, t *types.Type, mend string) result {
	return result{words, t.IsExactType, mend}
}

var (
	givesTruth = exactly("yes or no", types.BoolType, `write a condition, such as hr.country == "DE"`)
	givesText  = exactly("a text", types.StringType, "turn it into a text with string(...)")
	givesList  = result{"a list of texts", isTexts, `write [hr.title], or ["a", "b"]`}
	givesNames = result{"the name of a group or a list of names",
		func(t *types.Type) bool { return t.IsExactType(types.StringType) || isTexts(t) }, `write it like "dept-" + slug(hr.department)`}
	givesNumber = result{"a number",
		func(t *types.Type) bool { return t.IsExactType(types.IntType) || t.IsExactType(types.DoubleType) },
		"turn a text into a number with double(...), or declare the field as a number in mapping.fields"}
)

func isTexts(t *types.Type) bool { return t.IsExactType(types.NewListType(types.StringType)) }

// The types of an attribute, as Okta names them.
const (
	typeString  = "string"
	typeBoolean = "boolean"
	typeInteger = "integer"
	typeNumber  = "number"
	typeArray   = "array"
)

func attributeTypes() []string {
	return []string{typeString, typeBoolean, typeInteger, typeNumber, typeArray}
}

// gives is what the expression for a value of an attribute of this type is to give.
func gives(attributeType string) result {
	switch attributeType {
	case typeBoolean:
		return givesTruth
	case typeInteger, typeNumber:
		return givesNumber
	case typeArray:
		return givesList
	default:
		return givesText
	}
}

// expression is one expression that was checked and can be evaluated by many at once.
type expression struct {
	at      string // the field of the policy file
	program cel.Program
	reads   []reading
	// literals are the texts that it gives as they stand; all of them, unless it computes others too.
	literals []string
	computes bool
	// direct is set where the expression is a field and nothing else: it gives nothing where HR leaves that blank, even
	// a number or a truth value.
	direct *reading
}

// reading is a field that an expression reads.
type reading struct {
	of   string // "hr" or "manager"
	path []string
}

func (r reading) String() string { return r.of + "." + strings.Join(r.path, ".") }

// compile checks one expression. What is wrong with it is added to the faults, and nil is returned.
func (c *compiler) compile(at, source string, want result) *expression {
	source = strings.TrimSpace(source)
	if n := len([]rune(source)); n > longest {
		c.fault(at, fmt.Sprintf("the expression has %d characters, which is more than %d", n, longest), "make it shorter, or several rules of it")
		return nil
	}
	parsed, issues := c.env.Parse(source)
	if issues.Err() != nil {
		c.fault(at, c.inWords(source, nil, issues), mendFor(source, issues.Errors()[0].Message, c.schema, ""))
		return nil
	}
	checked, issues := c.env.Check(parsed)
	if issues.Err() != nil {
		c.fault(at, c.inWords(source, parsed, issues), mendFor(source, issues.Errors()[0].Message, c.schema, selected(parsed, issues.Errors()[0].ExprID)))
		return nil
	}
	if got := checked.OutputType(); !want.fits(got) {
		c.fault(at, fmt.Sprintf("the expression gives %s, where %s is wanted", typeInWords(got), want.words), want.mend)
		return nil
	}
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if !modest(checked.NativeRep().Expr()) { // counting costs more than most expressions
		options = append(options, cel.CostLimit(costMost), cel.CostTracking(cost{}))
	}
	program, err := c.env.Program(checked, options...)
	if err != nil {
		c.fault(at, "the expression cannot be prepared ("+plainly(err.Error())+")", "write it more simply; a pattern for matches() is RE2's")
		return nil
	}
	x := &expression{at: at, program: program}
	if constant(checked.NativeRep().Expr()) {
		if _, err := x.evaluate(newScene(Person{}, c.settings.Company)); err != nil {
			c.fault(at, "the expression can be applied to nobody: "+err.Error(), "correct it: it is the same for everybody, because it reads neither hr nor manager")
			return nil
		}
	}
	x.look(checked.NativeRep().Expr(), c.schema)
	c.expressions = append(c.expressions, x)
	return x
}

// constant says whether an expression is the same for everybody and takes no time worth the name: then it can be tried
// once, before it fails for each person.
func constant(root ast.Expr) bool {
	reads := false
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		reads = reads || e.Kind() == ast.IdentKind && slices.Contains([]string{"hr", "manager", "login"}, e.AsIdent())
	}))
	return !reads && modest(root)
}

// look notes what the expression reads and which texts it can give.
func (x *expression) look(root ast.Expr, s schema) {
	if r, ok := readingOf(root); ok {
		x.direct = &r
	}
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		r, ok := readingOf(e)
		if !ok || slices.ContainsFunc(x.reads, func(known reading) bool { return known.String() == r.String() }) {
			return
		}
		if f, known := s.find(r.path); known && f.inner == nil {
			x.reads = append(x.reads, r)
		}
	}))
	x.give(root)
}

// give notes the texts that the expression gives as they stand.
func (x *expression) give(e ast.Expr) {
	switch e.Kind() {
	case ast.LiteralKind:
		if s, ok := e.AsLiteral().(types.String); ok && s != "" {
			x.literals = append(x.literals, string(s))
		}
	case ast.ListKind:
		for _, one := range e.AsList().Elements() {
			x.give(one)
		}
	case ast.CallKind:
		call := e.AsCall()
		if call.FunctionName() == "_?_:_" {
			x.give(call.Args()[1])
			x.give(call.Args()[2])
			return
		}
		if call.FunctionName() == "_+_" && call.Args()[0].Kind() != ast.LiteralKind { // two lists
			if l, r := call.Args()[0], call.Args()[1]; givesWhole(l) && givesWhole(r) {
				x.give(l)
				x.give(r)
				return
			}
		}
		x.computes = true
	case ast.UnspecifiedExprKind, ast.ComprehensionKind, ast.IdentKind, ast.MapKind, ast.SelectKind, ast.StructKind:
		x.computes = true
	}
}

// givesWhole says whether what is added up is lists, whose elements stay what they are.
func givesWhole(e ast.Expr) bool {
	switch e.Kind() {
	case ast.ListKind:
		return true
	case ast.CallKind:
		call := e.AsCall()
		switch call.FunctionName() {
		case "_?_:_":
			return givesWhole(call.Args()[1]) && givesWhole(call.Args()[2])
		case "_+_":
			return givesWhole(call.Args()[0]) && givesWhole(call.Args()[1])
		}
	case ast.UnspecifiedExprKind, ast.ComprehensionKind, ast.IdentKind, ast.LiteralKind, ast.MapKind, ast.SelectKind, ast.StructKind:
	}
	return false
}

// readingOf is the field that an expression of the form hr.a.b is.
func readingOf(e ast.Expr) (reading, bool) {
	var path []string
	for e.Kind() == ast.SelectKind && !e.AsSelect().IsTestOnly() {
		path = append(path, e.AsSelect().FieldName())
		e = e.AsSelect().Operand()
	}
	if e.Kind() != ast.IdentKind || len(path) == 0 || (e.AsIdent() != "hr" && e.AsIdent() != "manager") {
		return reading{}, false
	}
	slices.Reverse(path)
	return reading{of: e.AsIdent(), path: path}, true
}

// selected is the type whose field the expression with that id asks for, as the schema names it; empty for none.
func selected(parsed *cel.Ast, id int64) (of string) {
	ast.PreOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() != id || e.Kind() != ast.SelectKind {
			return
		}
		operand := e.AsSelect().Operand()
		if r, ok := readingOf(operand); ok {
			of = recordType + "." + strings.Join(r.path, ".")
		} else if operand.Kind() == ast.IdentKind {
			of = map[string]string{"hr": recordType, "manager": recordType, "company": companyType}[operand.AsIdent()]
		}
	}))
	return of
}

// evaluate gives the value of the expression for what is seen, or an error in words. It never panics.
func (x *expression) evaluate(seen *scene) (ref.Val, error) {
	v, _, err := x.program.Eval(seen) // CEL turns a panic into an error
	if err == nil && types.IsUnknownOrError(v) {
		err = fmt.Errorf("%v", v)
	}
	if err != nil {
		return nil, errors.New(evaluationInWords(err.Error()))
	}
	return v, nil
}

// holds is the truth of a condition; no condition always holds.
func (x *expression) holds(seen *scene) (bool, error) {
	if x == nil {
		return true, nil
	}
	v, err := x.evaluate(seen)
	if err != nil {
		return false, err
	}
	b, ok := v.(types.Bool)
	if !ok {
		return false, fmt.Errorf("it gives %s, where yes or no is wanted", typeInWords(v.Type()))
	}
	return bool(b), nil
}

// blank says whether the expression is nothing but a field that HR leaves blank.
func (x *expression) blank(seen *scene, s schema) bool {
	if x.direct == nil {
		return false
	}
	f, ok := s.find(x.direct.path)
	r := seen.hr
	if x.direct.of == "manager" {
		r = seen.manager
	}
	return ok && f.set != nil && !f.set(r)
}

// texts are the texts that an expression for one or several gives, without blanks.
func (x *expression) texts(seen *scene) ([]string, error) {
	v, err := x.evaluate(seen)
	if err != nil {
		return nil, err
	}
	var out []string
	add := func(v ref.Val) error {
		s, ok := v.(types.String)
		if !ok {
			return fmt.Errorf("it gives %s, where a text is wanted", typeInWords(v.Type()))
		}
		if t := strings.TrimSpace(string(s)); t != "" {
			out = append(out, t)
		}
		return nil
	}
	list, isList := v.(traits.Lister)
	if !isList {
		err = add(v)
		return out, err
	}
	for it := list.Iterator(); it.HasNext() == types.True; {
		if err := add(it.Next()); err != nil {
			return nil, err
		}
	}
	return out, nil
}
