package intake

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/internal/store"
)

// away is a mailroom whose Temporal is at an address where nobody listens.
func away(t *testing.T) (*Mailroom, *store.Store) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "tenure.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	m, err := NewMailroom(s, c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

func slackAsk(key string) activities.Ask {
	return activities.Ask{Key: key, Verb: activities.VerbOffboard, Actor: "slack:U1", Who: "E1"}
}

func TestAccept_KeepsTheAskOnce(t *testing.T) {
	m, s := away(t)
	for _, want := range []bool{true, false} {
		if fresh, err := m.Accept(t.Context(), slackAsk("slack:1.2")); err != nil || fresh != want {
			t.Errorf("fresh %v, want %v (%v)", fresh, want, err)
		}
	}
	letters, err := s.NextLetters(t.Context(), 10)
	if err != nil || len(letters) != 1 || !strings.Contains(letters[0].Body, `"who":"E1"`) {
		t.Errorf("%+v, %v", letters, err)
	}
}

// What comes from outside must not fill the store, nor become a workflow id that is none.
func TestAccept_Bounds(t *testing.T) {
	m, s := away(t)
	huge := slackAsk("slack:huge")
	huge.Who = strings.Repeat("x", maxAsk)
	for _, ask := range []activities.Ask{slackAsk(""), slackAsk("1.2"), slackAsk("slack:a/b"), slackAsk("slack:" + strings.Repeat("x", 181)), huge} {
		if _, err := m.Accept(t.Context(), ask); err == nil {
			t.Errorf("accepted %.40q", ask.Key)
		}
	}
	long := slackAsk("slack:long")
	long.Reason = strings.Repeat("ü", 2*maxReason)
	if _, err := m.Accept(t.Context(), long); err != nil {
		t.Error(err)
	}
	letters, err := s.NextLetters(t.Context(), 10)
	if err != nil || len(letters) != 1 || strings.Count(letters[0].Body, "ü") != maxReason {
		t.Errorf("%d letters (%v)", len(letters), err)
	}
}

func TestAccept_StoreAway_IsAnError(t *testing.T) {
	m, s := away(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Accept(t.Context(), slackAsk("slack:1")); err == nil {
		t.Error("said to be kept")
	}
}

// Temporal away keeps the letters; what nobody can read is put aside and holds nothing up.
func TestHandOver_KeepsWhatCannotBeHandedOver(t *testing.T) {
	m, s := away(t)
	if _, err := s.PutLetter(t.Context(), "slack:0", "no ask", false); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Accept(t.Context(), slackAsk("slack:1")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := m.handOver(ctx); err == nil {
		t.Error("handed over to nobody")
	}
	letters, err := s.NextLetters(t.Context(), 10)
	if err != nil || len(letters) != 1 || letters[0].Key != "slack:1" {
		t.Errorf("%+v, %v", letters, err)
	}
}

func TestNewMailroom_NeedsBothEnds(t *testing.T) {
	if _, err := NewMailroom(nil, nil, nil, nil); err == nil {
		t.Error("made of nothing")
	}
}

func TestRequestOptions_EmergencyOvertakes(t *testing.T) {
	usual, hurry := slackAsk("slack:1"), slackAsk("slack:2")
	hurry.Emergency = true
	if a, b := RequestOptions(usual).Priority.PriorityKey, RequestOptions(hurry).Priority.PriorityKey; b != 1 || a <= b {
		t.Errorf("priority %d, and %d in an emergency", a, b)
	}
}
