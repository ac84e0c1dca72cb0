package nearest

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"", "abc", 3}, {"lasts", "lastss", 1}, {"kitten", "sitting", 3}} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestMend_ASlipIsNamed_AnythingElseNamesThemAll(t *testing.T) {
	known := []string{"department", "office", "countryCode"}
	for word, want := range map[string]string{
		"departmnt":   "did you mean department?",
		"CountryCode": "did you mean countryCode?",
		"salary":      "use one of department, office, countryCode",
	} {
		if got := Mend(word, known); got != want {
			t.Errorf("%s: %s, want %s", word, got, want)
		}
	}
}
