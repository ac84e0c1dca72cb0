package store

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// clocked is a store whose clock the test moves.
func clocked(t *testing.T) (*Store, *time.Time) {
	t.Helper()
	s, now := fresh(t), day
	s.now = func() time.Time { return now }
	return s, &now
}

func TestTracker_LeadsToTheCaseThatFollowsItLast(t *testing.T) {
	s := fresh(t)
	if got, err := s.CaseOfTracker(t.Context(), "trk_1"); got != "" || err != nil {
		t.Errorf("a tracker nobody follows: %q, %v", got, err)
	}
	for _, c := range []string{"device-return/E1/C02", "device-return/E1/C02", "device-return/E2/C02"} {
		if err := s.RememberTracker(t.Context(), "trk_1", "9400", c); err != nil {
			t.Fatal(err)
		}
		if got, err := s.CaseOfTracker(t.Context(), "trk_1"); err != nil || got != c {
			t.Errorf("%s: %s, %v", c, got, err)
		}
	}
	if s.RememberTracker(t.Context(), "", "9400", "c") == nil || s.RememberTracker(t.Context(), "trk_2", "9400", "") == nil {
		t.Error("a tracker without an id, or of no case, was remembered")
	}
}

func claim(t *testing.T, s *Store, who string) bool {
	t.Helper()
	mine, err := s.ClaimRead(t.Context(), "orders", who, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return mine
}

func TestSharedRead_OneReadsAndTheOthersUseIt(t *testing.T) {
	s, now := clocked(t)
	if body, _, err := s.SharedRead(t.Context(), "orders"); body != nil || err != nil {
		t.Fatalf("before anybody read: %q, %v", body, err)
	}
	if !claim(t, s, "a") || claim(t, s, "b") || !claim(t, s, "a") {
		t.Error("the claim is not a's alone")
	}
	if body, _, err := s.SharedRead(t.Context(), "orders"); body != nil || err != nil {
		t.Errorf("a claim is no answer: %q, %v", body, err)
	}
	if err := s.KeepRead(t.Context(), "orders", "b", []byte("forged"), *now); err != nil {
		t.Fatal(err)
	}
	if err := s.KeepRead(t.Context(), "orders", "a", []byte("answer"), now.Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	body, at, err := s.SharedRead(t.Context(), "orders")
	if string(body) != "answer" || !at.Equal(now.Add(-time.Second)) || err != nil {
		t.Errorf("%q of %s, %v", body, at, err)
	}
	if !claim(t, s, "b") {
		t.Error("keeping the answer did not end the claim")
	}
}

func TestClaimRead_OfAWorkerThatDied_RunsOut(t *testing.T) {
	s, now := clocked(t)
	claim(t, s, "a")
	*now = now.Add(time.Minute)
	if !claim(t, s, "b") {
		t.Fatal("a claim that has run out holds everybody up")
	}
	if err := s.KeepRead(t.Context(), "orders", "a", []byte("late"), *now); err != nil {
		t.Fatal(err)
	}
	if err := s.DropClaim(t.Context(), "orders", "a"); err != nil {
		t.Fatal(err)
	}
	if body, _, _ := s.SharedRead(t.Context(), "orders"); body != nil || claim(t, s, "c") {
		t.Error("who lost the claim spoiled the next one's")
	}
	if err := s.DropClaim(t.Context(), "orders", "b"); err != nil || !claim(t, s, "c") {
		t.Errorf("a claim that was given back is not free: %v", err)
	}
}

func TestSharedRead_IsEncryptedAndOpensUnderItsNameAlone(t *testing.T) {
	s := fresh(t)
	claim(t, s, "a")
	if err := s.KeepRead(t.Context(), "orders", "a", []byte("tracking 9400111"), day); err != nil {
		t.Fatal(err)
	}
	var sealed string
	if err := s.db.QueryRowContext(t.Context(), `SELECT sealed FROM shared_read`).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(sealed, "9400111") {
		t.Error("it is kept in the clear")
	}
	if b, err := s.openShared("orders", sealed); err != nil || !bytes.Equal(b, []byte("tracking 9400111")) {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := s.openShared("others", sealed); err == nil {
		t.Error("it opens under another name")
	}
	s.key = [32]byte{9}
	if body, _, err := s.SharedRead(t.Context(), "orders"); body != nil || err != nil {
		t.Errorf("with another key it is as if nobody had read: %q, %v", body, err)
	}
}

func TestSpend_NeverMoreThanTheBudgetInAnyTwentyFourHours(t *testing.T) {
	s, now := clocked(t)
	const most = 10
	var made []time.Time
	for step := range 400 {
		*now = day.Add(time.Duration(step) * 17 * time.Minute)
		ok, free, err := s.Spend(t.Context(), "reads", most)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			made = append(made, *now)
		} else if !free.After(*now) || free.Sub(*now) > window+time.Hour {
			t.Errorf("refused at %s until %s", *now, free)
		}
	}
	for i := most; i < len(made); i++ {
		if made[i].Sub(made[i-most]) <= window {
			t.Fatalf("%d calls from %s to %s", most+1, made[i-most], made[i])
		}
	}
	if len(made) < 3*most {
		t.Errorf("only %d calls in %s: the budget is not used", len(made), now.Sub(day))
	}
}

func TestSpend_OfSeveralProcessesIsOneBudget(t *testing.T) {
	place := newPlace(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	spent := 0
	for range 4 {
		s := open(t, place)
		s.now = func() time.Time { return day }
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 10 {
				ok, _, err := s.Spend(t.Context(), "reads", 25)
				if err != nil {
					t.Error(err)
				}
				if ok {
					mu.Lock()
					spent++
					mu.Unlock()
				}
			}
		}()
	}
	wg.Wait()
	if spent != 25 {
		t.Errorf("%d of 40 calls were let through, want 25", spent)
	}
}
