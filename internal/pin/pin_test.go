package pin

import (
	"strings"
	"testing"
)

func TestNew_ManyPINs_AreValidAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	leadingZero := false
	for range 2000 {
		p, err := New()
		if err != nil {
			t.Fatal(err)
		}
		if err := Valid(p); err != nil {
			t.Fatalf("New gave a PIN that Valid refuses: %v", err)
		}
		seen[p] = true
		leadingZero = leadingZero || p[0] == '0'
	}
	if len(seen) < 1900 {
		t.Errorf("2000 PINs hold only %d different ones", len(seen))
	}
	if !leadingZero {
		t.Error("no PIN of 2000 begins with 0: the leading zeros are lost")
	}
}

func TestValid(t *testing.T) {
	cases := []struct {
		name, pin string
		ok        bool
	}{
		{"ordinary", "493027", true},
		{"leading zero", "049302", true},
		{"three different digits without a pattern", "112333", true},
		{"row of four inside is fine", "123486", true},
		{"too short", "49302", false},
		{"too long", "4930271", false},
		{"empty", "", false},
		{"letter", "49302a", false},
		{"not ASCII digits", "٤٩٣", false},
		{"one digit", "000000", false},
		{"two digits", "121121", false},
		{"row up", "123456", false},
		{"row up over nine", "789012", false},
		{"row down", "654321", false},
		{"row down over zero", "210987", false},
		{"pattern of three twice", "493493", false},
		{"mirrored", "493394", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := Valid(c.pin)
			if (err == nil) != c.ok {
				t.Fatalf("Valid: %v, want ok %v", err, c.ok)
			}
			if err != nil && c.pin != "" && strings.Contains(err.Error(), c.pin) {
				t.Errorf("the error holds the PIN")
			}
		})
	}
}
