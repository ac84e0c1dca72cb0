package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tenure/internal/pin"
)

func TestPIN_DecidedOnceHoweverManyAsk(t *testing.T) {
	s := fresh(t)
	var mu sync.Mutex
	seen := map[string]bool{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			p, err := s.PIN(t.Context(), "offboard/E1", "C02")
			if err != nil || pin.Valid(p) != nil {
				t.Errorf("PIN: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[p] = true
		})
	}
	all.Wait()
	if len(seen) != 1 {
		t.Errorf("%d different PINs for one computer", len(seen))
	}
}

func TestPIN_EveryComputerAndEveryCaseHasItsOwn(t *testing.T) {
	s := fresh(t)
	made := []string{"111112", "222223", "333334"}
	s.newPIN = func() (string, error) { p := made[0]; made = made[1:]; return p, nil }
	for _, k := range [][2]string{{"offboard/E1", "C02"}, {"offboard/E1", "C03"}, {"offboard/E2", "C02"}} {
		if _, err := s.PIN(t.Context(), k[0], k[1]); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := s.KnownPIN(t.Context(), "offboard/E1", "C03"); err != nil || p != "222223" {
		t.Errorf("KnownPIN = %v, %v", p, err)
	}
	_, err := s.KnownPIN(t.Context(), "offboard/E2", "C03")
	isNotFound(t, err)
}

func TestPIN_IsNowhereInTheFiles(t *testing.T) {
	onlySQLite(t)
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "tenure.db"))
	p, err := s.PIN(t.Context(), "offboard/E1", "C02")
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(p)) {
			t.Errorf("%s holds the PIN", f.Name())
		}
		if f.Name() == "tenure.db-wal" && !bytes.Contains(b, []byte("C02")) {
			t.Error("the row is not in the log at all: this test sees nothing")
		}
	}
}

func TestPIN_MovedToAnotherComputer_DoesNotOpen(t *testing.T) {
	s := fresh(t)
	p, err := s.PIN(t.Context(), "offboard/E1", "C02")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(`UPDATE pin SET serial = 'C03'`); err != nil {
		t.Fatal(err)
	}
	got, err := s.KnownPIN(t.Context(), "offboard/E1", "C03")
	if err == nil || got == p || strings.Contains(err.Error(), p) {
		t.Errorf("a moved PIN opened: %v", err)
	}
}

func TestPIN_WrongOrMissingKey_SaysSoAndKeepsThePIN(t *testing.T) {
	place := newPlace(t)
	p, err := open(t, place).PIN(t.Context(), "offboard/E1", "C02")
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string][32]byte{"wrong": {9}, "none": {}} {
		other, err := Open(t.Context(), Config{Path: place, SecretKey: key})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.PIN(t.Context(), "offboard/E1", "C02"); err == nil || !strings.Contains(err.Error(), "key") {
			t.Errorf("%s key: %v", name, err)
		}
		if name == "none" {
			if _, err := other.PIN(t.Context(), "offboard/E1", "C03"); err == nil {
				t.Error("a PIN was made without a key")
			}
		}
		_ = other.Close()
	}
	if again, err := open(t, place).KnownPIN(t.Context(), "offboard/E1", "C02"); err != nil || again != p {
		t.Errorf("the PIN changed: %v", err)
	}
}

func TestPIN_WithoutCaseOrSerial_IsRefused(t *testing.T) {
	if _, err := fresh(t).PIN(t.Context(), "offboard/E1", ""); err == nil {
		t.Error("a PIN for no computer was made")
	}
}
