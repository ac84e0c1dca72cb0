package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tenure/internal/nearest"
)

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// Placeholders are what the texts of a policy may contain. The lock message knows {company} only: a locked screen
// names nobody.
func Placeholders() []string { return []string{"{name}", "{heir_name}", "{heir_email}", "{company}"} }

// Fill replaces placeholders; with is "{name}", value, and so on.
func Fill(text string, with ...string) string { return strings.NewReplacer(with...).Replace(text) }

// MentionsHeir says whether a text cannot be filled without an heir.
func MentionsHeir(text string) bool {
	return strings.Contains(text, "{heir_name}") || strings.Contains(text, "{heir_email}")
}

// template notes the placeholders that nothing will fill.
func (c checker) template(text, field string, known ...string) {
	for _, found := range placeholder.FindAllString(text, -1) {
		if slices.Contains(known, found) {
			continue
		}
		c.add(field, fmt.Sprintf("nothing fills the placeholder %s", found), nearest.Mend(found, known))
	}
}
