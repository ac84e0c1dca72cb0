package slack

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// What is looked for is what the manifest asks for: no scope is missed that the app has, and none is missing that a
// new app would lack.
func TestExamine_LooksForTheScopesOfTheManifest(t *testing.T) {
	text, err := os.ReadFile("../../deploy/slack-manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, m := range regexp.MustCompile(`(?m)^ {6}- ([a-z:.]+)`).FindAllSubmatch(text, -1) {
		asked = append(asked, string(m[1]))
	}
	wanted := []string{groupsScope}
	for _, s := range botScopes {
		wanted = append(wanted, s.name)
	}
	slices.Sort(asked)
	slices.Sort(wanted)
	if !slices.Equal(asked, wanted) {
		t.Errorf("the manifest asks for %v, the examination looks for %v", asked, wanted)
	}
}
