package arch

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	maxFileLines      = 400
	maxMedianFunction = 20 // lines, from func to the closing brace
	minFunctions      = 6  // fewer have no median worth the name
)

// longFiles may be longer than maxFileLines, each for its reason. An entry that is no longer needed fails the test.
var longFiles = map[string]string{}

func TestPackages_HaveADocComment(t *testing.T) {
	for _, p := range packages(t) {
		if strings.TrimSpace(p.Doc) == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s has no package comment: say what it is for and what a reader must know first", p.path)
		}
	}
}

// A package is named for what it holds. These names hold anything.
func TestPackages_AreNotDrawers(t *testing.T) {
	drawers := []string{"util", "utils", "common", "shared", "helper", "helpers", "manager", "managers", "misc", "lib", "types"}
	for _, p := range packages(t) {
		if slices.Contains(drawers, p.Name) || slices.Contains(drawers, path.Base(p.path)) {
			t.Errorf("%s is named for nothing in particular; name it for what it holds", p.path)
		}
	}
}

func TestFiles_AreShort(t *testing.T) {
	needed := map[string]bool{}
	for _, p := range packages(t) {
		for _, file := range p.files() {
			name := p.path + "/" + path.Base(file)
			lines := countLines(t, file)
			if lines <= maxFileLines || generated(t, file) {
				continue
			}
			needed[name] = true
			if longFiles[name] == "" {
				t.Errorf("%s has %d lines, more than %d: part it by what a reader looks for, or give the reason in longFiles", name, lines, maxFileLines)
			}
		}
	}
	for name := range longFiles {
		if !needed[name] {
			t.Errorf("longFiles names %s, which is not too long (any more)", name)
		}
	}
}

func countLines(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return bytes.Count(text, []byte("\n"))
}

func generated(t *testing.T, file string) bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.PackageClauseOnly)
	require.NoError(t, err)
	return ast.IsGenerated(f)
}

func TestFunctions_AreShort_InEveryPackage(t *testing.T) {
	for _, p := range packages(t) {
		var lengths []int
		for _, file := range p.files() {
			lengths = append(lengths, functionLengths(t, file)...)
		}
		if m := median(lengths); len(lengths) >= minFunctions && m >= maxMedianFunction {
			t.Errorf("%s: the median function has %d lines; keep it under %d", p.path, m, maxMedianFunction)
		}
	}
}

func functionLengths(t *testing.T, file string) []int {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var lengths []int
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			lengths = append(lengths, fset.Position(fn.End()).Line-fset.Position(fn.Pos()).Line+1)
		}
	}
	return lengths
}

func median(n []int) int {
	if len(n) == 0 {
		return 0
	}
	slices.Sort(n)
	return n[len(n)/2]
}

// A test that waits by the clock fails on a slow machine and proves nothing on a fast one; production code waits in a
// select with its context, or in a durable timer.
func TestCode_DoesNotSleep(t *testing.T) {
	for _, p := range packages(t) {
		files := p.files()
		for _, name := range slices.Concat(p.TestGoFiles, p.XTestGoFiles) {
			files = append(files, path.Join(p.Dir, name))
		}
		for _, file := range files {
			for _, at := range sleeps(t, file) {
				t.Errorf("%s sleeps: wait for what you are waiting for", at)
			}
		}
	}
}

func sleeps(t *testing.T, file string) []string {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var found []string
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sleep" {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" {
				found = append(found, fset.Position(sel.Pos()).String())
			}
		}
		return true
	})
	return found
}
