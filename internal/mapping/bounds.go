package mapping

import (
	"slices"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// The bounds of one expression. They are far above what a mapping needs, and such that the worst expression ends
// within milliseconds: a policy's author and HR's texts decide how much there is to do.
const (
	longest  = 2000 // characters of an expression
	deepest  = 50   // levels of brackets
	costMost = 10_000
)

// linear are the functions whose work and whose result are no larger than what they are given. An expression of these
// alone, without a loop, goes through HR's texts at most once for each of its at most [longest] characters.
var linear = []string{
	"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_&&_", "_||_", "!_", "_?_:_", "@in", "_+_", "_-_", "-_", "_*_", "_/_", "_%_", "_[_]",
	"plain", "slug", "titled", "initial", "prefixed", "firstOf",
	"lowerAscii", "upperAscii", "trim", "substring", "charAt", "indexOf", "lastIndexOf", "split", "reverse",
	"startsWith", "endsWith", "contains", "matches", "size", "string", "int", "double", "bool",
}

// modest says whether an expression can be evaluated without counting what it costs.
func modest(root ast.Expr) bool {
	yes := true
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.ComprehensionKind:
			yes = false
		case ast.CallKind:
			yes = yes && slices.Contains(linear, e.AsCall().FunctionName())
		case ast.UnspecifiedExprKind, ast.IdentKind, ast.ListKind, ast.LiteralKind, ast.MapKind, ast.SelectKind, ast.StructKind:
		}
	}))
	return yes
}

// cost charges a call for what it makes and reads, so that a text cannot be made to grow without bound. CEL itself
// counts one for each call of an extension.
type cost struct{}

// CallCost implements CEL's estimator.
func (cost) CallCost(_, _ string, args []ref.Val, result ref.Val) *uint64 {
	var n uint64
	switch result.(type) {
	case types.String, traits.Lister:
		n = 1 + weight(result)
		for _, a := range args {
			n += weight(a)
		}
		return &n
	}
	return nil // truth values, numbers: as CEL counts them
}

func weight(v ref.Val) uint64 {
	switch v := v.(type) {
	case types.String:
		return uint64(len(v)) / 10
	case traits.Lister:
		size, ok := v.Size().(types.Int)
		if ok && size > 0 {
			return uint64(size)
		}
	}
	return 0
}
