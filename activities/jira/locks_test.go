package jira

import (
	"context"
	"testing"
)

func TestLocks_OneWriterPerCase(t *testing.T) {
	var l locks
	release, err := l.hold(t.Context(), "case")
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.hold(gone, "case"); err == nil {
		t.Fatal("two writers hold the same case")
	}
	other, err := l.hold(t.Context(), "other case")
	if err != nil {
		t.Fatal(err)
	}
	other()
	release()
	again, err := l.hold(t.Context(), "case")
	if err != nil {
		t.Fatal(err)
	}
	again()
	if len(l.held) != 0 {
		t.Errorf("%d locks are left behind", len(l.held))
	}
}
