package store

import (
	"slices"
	"testing"
	"time"
)

func put(t *testing.T, s *Store, key string, urgent bool) bool {
	t.Helper()
	fresh, err := s.PutLetter(t.Context(), key, `{"key":"`+key+`"}`, urgent)
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

// undelivered is the keys of the letters that are not delivered, in order.
func undelivered(t *testing.T, s *Store) []string {
	t.Helper()
	letters, err := s.NextLetters(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, l := range letters {
		keys = append(keys, l.Key)
	}
	return keys
}

func TestInbox_UrgentFirst_ThenInOrder_OnceEach(t *testing.T) {
	s, began := fresh(t), time.Now().Truncate(time.Microsecond)
	if n, since, err := s.InboxBacklog(t.Context()); err != nil || n != 0 || !since.IsZero() {
		t.Errorf("an empty inbox holds %d since %s (%v)", n, since, err)
	}
	for key, urgent := range map[string]bool{"slack:1": false} {
		if !put(t, s, key, urgent) || put(t, s, key, urgent) {
			t.Error("a redelivery is not known")
		}
	}
	put(t, s, "slack:2", false)
	put(t, s, "slack:3", true)
	if got := undelivered(t, s); !slices.Equal(got, []string{"slack:3", "slack:1", "slack:2"}) {
		t.Errorf("in the order %v", got)
	}
	if n, since, err := s.InboxBacklog(t.Context()); err != nil || n != 3 || since.Before(began) || since.After(time.Now()) {
		t.Errorf("%d letters since %s (%v)", n, since, err)
	}
	letters, err := s.NextLetters(t.Context(), 1)
	if err != nil || letters[0].Body != `{"key":"slack:3"}` {
		t.Fatalf("%+v, %v", letters, err)
	}
	if err := s.MarkDelivered(t.Context(), letters[0].Seq); err != nil {
		t.Fatal(err)
	}
	if got := undelivered(t, s); !slices.Equal(got, []string{"slack:1", "slack:2"}) || put(t, s, "slack:3", true) {
		t.Errorf("after delivery %v, or its redelivery is not known", got)
	}
	var body string
	if err := s.db.QueryRow(`SELECT ask FROM inbox WHERE ask_key = 'slack:3'`).Scan(&body); err != nil || body != "" {
		t.Errorf("what was delivered is kept still: %q (%v)", body, err)
	}
}

// What nobody can hand over must hold nothing up, and must not be lost either.
func TestInbox_PutAside_KeepsTheLetterOutOfTheWay(t *testing.T) {
	s := fresh(t)
	put(t, s, "slack:1", false)
	letters, err := s.NextLetters(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutAside(t.Context(), letters[0].Seq); err != nil {
		t.Fatal(err)
	}
	var body string
	if err := s.db.QueryRow(`SELECT ask FROM inbox WHERE ask_key = 'slack:1'`).Scan(&body); err != nil || body == "" || len(undelivered(t, s)) != 0 {
		t.Errorf("%q, %v waiting (%v)", body, undelivered(t, s), err)
	}
}

// Keys are forgotten once no vendor delivers again; numbers go on all the same.
func TestInbox_OldKeysAreDropped(t *testing.T) {
	now := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	s := fresh(t)
	s.now = func() time.Time { return now }
	deliver := func(key string) {
		put(t, s, key, false)
		letters, err := s.NextLetters(t.Context(), 1)
		if err == nil {
			err = s.MarkDelivered(t.Context(), letters[0].Seq)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	deliver("slack:1")
	now = now.Add(keepLetters + time.Hour)
	deliver("slack:2")
	var rows int
	if err := s.db.QueryRow(`SELECT COUNT(*) FROM inbox`).Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows (%v)", rows, err)
	}
	if put(t, s, "slack:2", false) || !put(t, s, "slack:1", false) {
		t.Error("the wrong key was forgotten")
	}
}

func TestInbox_NothingToKeep_IsRefused(t *testing.T) {
	for _, l := range [][2]string{{"", "{}"}, {"slack:1", ""}} {
		if _, err := fresh(t).PutLetter(t.Context(), l[0], l[1], false); err == nil {
			t.Errorf("kept %q", l)
		}
	}
}
