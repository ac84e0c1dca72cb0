package arch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestDoors_EveryPackageHasOneAndKeepsIt(t *testing.T) {
	for _, p := range packages(t) {
		d, ok := doorOf(p.path)
		if !ok {
			t.Errorf("%s has no door; add it to the table in doors.go and to .golangci.yml", p.path)
			continue
		}
		check := func(imports []string, test bool) {
			for _, i := range imports {
				if to, ok := ours(i); ok && !d.allows(p.path, to, test) {
					t.Errorf("%s imports %s, which its door %q does not allow (tests: %t)", p.path, to, d.name, test)
				}
			}
		}
		check(p.Imports, false)
		check(p.TestImports, true)
		check(p.XTestImports, true)
	}
}

func TestDoors_ShutToTheOutside(t *testing.T) {
	for _, p := range packages(t) {
		for _, s := range shut {
			if !matches(s.of, p.path) {
				continue
			}
			for _, i := range p.Imports {
				for _, prefix := range s.imports {
					if under(prefix, i) {
						t.Errorf("%s imports %s: %s", p.path, i, s.why)
					}
				}
			}
		}
	}
}

// The employee's words are the innermost part: the standard library and nothing else.
func TestEmployee_StandsOnTheStandardLibrary(t *testing.T) {
	for _, p := range packages(t) {
		if p.path != "internal/employee" {
			continue
		}
		for _, dep := range p.Deps {
			first, _, _ := strings.Cut(dep, "/")
			require.NotContains(t, first, ".", "internal/employee needs %s", dep)
		}
	}
}

func TestTemporalServer_IsLinkedByStandaloneOnly(t *testing.T) {
	server := func(dep string) bool {
		return strings.HasPrefix(dep, "go.temporal.io/server/") || strings.HasPrefix(dep, "github.com/temporalio/ui-server/")
	}
	for _, p := range packages(t) {
		if slices.ContainsFunc(p.Imports, server) && p.path != "standalone/temporal" {
			t.Errorf("%s imports the Temporal server; only standalone/temporal does", p.path)
		}
		if slices.ContainsFunc(p.Deps, server) && !matchesAny([]string{"standalone/...", "e2e/...", "bench/..."}, p.path) {
			t.Errorf("%s links the Temporal server", p.path)
		}
	}
}

func TestDoorOf_TakesTheMostParticular(t *testing.T) {
	for pkg, want := range map[string]string{
		"activities": "activities", "activities/okta": "systems", "activities/casefile": "casefile",
		"simulators/kit": "kit", "simulators/okta": "simulators", "simulators/console": "console",
		"workers": "workers", "workers/fleet": "workers", "standalone/temporal": "everything", "e2e": "everything",
	} {
		d, ok := doorOf(pkg)
		require.True(t, ok, pkg)
		require.Equal(t, want, d.name, pkg)
	}
	_, ok := doorOf("internal/common")
	require.False(t, ok, "a new part needs a door of its own")
}

func TestDoor_Allows(t *testing.T) {
	d, _ := doorOf("activities/okta")
	require.True(t, d.allows("activities/okta", "activities", false))
	require.False(t, d.allows("activities/okta", "activities/google", false), "never another vendor")
	require.False(t, d.allows("activities/okta", "activities/google", true), "not in a test either")
	require.False(t, d.allows("activities/okta", "workflows", false))
	require.False(t, d.allows("activities/okta", "simulators/okta", false))
	require.True(t, d.allows("activities/okta", "simulators/okta", true), "tests run against the stand-in")
}

// The linter says the same as this table while one types; the two must not drift apart.
func TestDoors_AreTheLintersToo(t *testing.T) {
	var conf struct {
		Linters struct {
			Settings struct {
				Depguard struct {
					Rules map[string]struct {
						Files []string
						Allow []string
						Deny  []struct{ Pkg string }
					}
				}
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(root, ".golangci.yml"))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &conf))
	rules := conf.Linters.Settings.Depguard.Rules
	for _, d := range doors {
		if slices.Contains(d.may, "...") {
			continue
		}
		rule, ok := rules[d.name]
		require.True(t, ok, ".golangci.yml has no depguard rule %q", d.name)
		var allow []string
		for _, m := range d.may {
			allow = append(allow, linterPattern(m))
		}
		slices.Sort(allow)
		slices.Sort(rule.Allow)
		require.Equal(t, allow, rule.Allow, "depguard rule %q", d.name)
		require.Contains(t, rule.Files, "!$test")
		require.True(t, slices.ContainsFunc(rule.Files, func(f string) bool { return f == linterFiles(d.of) }),
			"depguard rule %q covers %v, not %s", d.name, rule.Files, linterFiles(d.of))
		require.Equal(t, module+"/", rule.Deny[0].Pkg, "depguard rule %q shuts everything of ours first", d.name)
	}
}

// linterPattern says the pattern in depguard's words: a prefix, or an exact path ending in $.
func linterPattern(p string) string {
	if dir, ok := strings.CutSuffix(p, "/..."); ok {
		return module + "/" + dir
	}
	return module + "/" + p + "$"
}

// linterFiles says the pattern as depguard's file glob.
func linterFiles(p string) string {
	if dir, ok := strings.CutSuffix(p, "/..."); ok {
		return "**/" + dir + "/**"
	}
	return "**/" + p + "/*.go"
}
