package mapping

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The manual names every field, type and function there is.
func TestManual_NamesWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("../../docs/mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range builtIn() {
		names = append(names, f.name)
		for inner := range f.inner {
			names = append(names, inner)
		}
	}
	for _, name := range slices.Concat(names, kinds(), attributeTypes()) {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/mapping.md does not explain %s", name)
		}
	}
	for _, name := range functionNames() {
		if !strings.Contains(string(text), "`"+name) {
			t.Errorf("docs/mapping.md does not explain %s", name)
		}
	}
}
