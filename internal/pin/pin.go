// Package pin makes the six-digit PINs that unlock a remotely locked Mac. It keeps nothing: whoever calls [New]
// stores the PIN, encrypted, before it is sent anywhere.
package pin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
)

// Length is the number of digits Apple's DeviceLock command asks for.
const Length = 6

// minDistinct is how many different digits a PIN needs: fewer invites guessing by hand.
const minDistinct = 3

var errForm = errors.New("a lock PIN is exactly six digits, for example made by pin.New")

// New is a random PIN that [Valid] accepts. The error is the operating system's, when it has no randomness.
func New() (string, error) {
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
		if err != nil {
			return "", fmt.Errorf("random lock PIN: %w", err)
		}
		if p := fmt.Sprintf("%0*d", Length, n.Int64()); Valid(p) == nil {
			return p, nil
		}
	}
}

// Valid says whether s may lock a computer. The error never holds the PIN.
func Valid(s string) error {
	if len(s) != Length {
		return errForm
	}
	for i := range s {
		if s[i] < '0' || s[i] > '9' {
			return errForm
		}
	}
	if trivial(s) {
		return errors.New("the lock PIN is too easy to guess: too few different digits, a row, or a repeated pattern")
	}
	return nil
}

func trivial(s string) bool {
	return distinct(s) < minDistinct || steps(s, 1) || steps(s, -1) || s[:3] == s[3:] || mirrored(s)
}

func distinct(s string) int {
	seen := map[byte]bool{}
	for i := range s {
		seen[s[i]] = true
	}
	return len(seen)
}

// steps says whether every digit follows the one before by d, counting 9 and 0 as neighbours: 789012.
func steps(s string, d int) bool {
	for i := 1; i < len(s); i++ {
		if (int(s[i-1]-'0')+d+10)%10 != int(s[i]-'0') {
			return false
		}
	}
	return true
}

func mirrored(s string) bool {
	for i := range len(s) / 2 {
		if s[i] != s[len(s)-1-i] {
			return false
		}
	}
	return true
}
