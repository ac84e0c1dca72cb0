// Package policies holds the example policy files, so that every program of ours can start without one: the
// company default, the demonstration, a strict variant, and an example of a mapping. Package internal/policy reads them.
package policies

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// Names lists the example policies: "default", "demo", "mapping", "strict".
func Names() []string {
	found, err := fs.Glob(files, "*.yaml")
	if err != nil { // the pattern is a constant
		panic("policies: " + err.Error())
	}
	for i, name := range found {
		found[i] = strings.TrimSuffix(name, ".yaml")
	}
	return found
}

// Read is the text of an example policy, by its name without ".yaml".
func Read(name string) ([]byte, error) {
	body, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no example policy %q: choose one of %s, or give the path of a file", name, strings.Join(Names(), ", "))
	}
	return body, nil
}
