package google

import "testing"

func TestNobodySince(t *testing.T) {
	for seen, want := range map[string]string{
		"": "nobody ever signed in", "1970-01-01T00:00:00.000Z": "nobody ever signed in",
		"2026-11-30T17:00:00.000Z": "no sign-in after the one of 2026-11-30T17:00:00.000Z",
	} {
		if got := nobodySince(seen); got != want {
			t.Errorf("%q: %q", seen, got)
		}
	}
}
