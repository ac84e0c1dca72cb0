package slackdoor

import (
	"testing"
	"time"
)

func TestPace_OnePersonCannotAskForAll(t *testing.T) {
	var p pace
	now := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	for i := range askedAtMost {
		if !p.takes("U1", now.Add(time.Duration(i)*time.Second)) {
			t.Fatalf("ask %d was not taken", i+1)
		}
	}
	if p.takes("U1", now.Add(30*time.Second)) {
		t.Error("one too many was taken")
	}
	if !p.takes("U2", now.Add(31*time.Second)) {
		t.Error("somebody else was kept out")
	}
	if !p.takes("U1", now.Add(time.Minute)) || !p.takes("U1", now.Add(-time.Hour)) {
		t.Error("a new minute, or a clock that was set back, keeps the person out")
	}
}
