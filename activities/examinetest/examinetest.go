// Package examinetest is what the tests of every system's examination share: what a finding must look like, and how one
// is looked for.
package examinetest

import (
	"slices"
	"strings"
	"testing"

	"tenure/activities"
)

// ByCheck sorts the findings of a system by their check. Each check stands there once, belongs to the system and says
// something; whatever is not well says why it matters and what to do.
func ByCheck(t *testing.T, system string, all []activities.Finding) map[string]activities.Finding {
	t.Helper()
	found := map[string]activities.Finding{}
	for _, f := range all {
		if _, twice := found[f.Check]; twice || f.System != system || !strings.HasPrefix(f.Check, system+".") || f.Text == "" {
			t.Errorf("finding %+v", f)
		}
		if f.Severity != activities.FindingOK && (f.Why == "" || f.Mend == "") {
			t.Errorf("%s says not why it matters or what to do: %+v", f.Check, f)
		}
		found[f.Check] = f
	}
	return found
}

// Want checks that a finding is there, is that bad, and says all the words.
func Want(t *testing.T, found map[string]activities.Finding, check string, s activities.Severity, words ...string) {
	t.Helper()
	f, ok := found[check]
	if !ok || f.Severity != s {
		t.Fatalf("%s is %+v, want %s; all: %+v", check, f, s, found)
	}
	for _, w := range words {
		if !strings.Contains(f.Text+" "+f.Why+" "+f.Mend, w) {
			t.Errorf("%s does not say %q: %+v", check, w, f)
		}
	}
}

// Troubles lists the checks that are not well.
func Troubles(found map[string]activities.Finding) []string {
	var out []string
	for check, f := range found {
		if f.Severity != activities.FindingOK {
			out = append(out, check)
		}
	}
	slices.Sort(out)
	return out
}

// Only checks that these checks, given in order, are not well and all others are.
func Only(t *testing.T, found map[string]activities.Finding, checks ...string) {
	t.Helper()
	if got := Troubles(found); !slices.Equal(got, checks) {
		t.Fatalf("not well: %v, want %v; all: %+v", got, checks, found)
	}
}
