package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"tenure/internal/evidence"
	"tenure/internal/plan"
)

func record(step plan.StepID, state plan.State) evidence.Record {
	return evidence.Record{
		Run:      "run-1",
		Personal: evidence.Personal{Case: "offboard/E1", Employee: "E1", Actor: "namely"},
		Step:     step, System: "okta", Activity: "okta.CutAccess", Attempt: 1, State: state,
	}
}

func appendRecord(t *testing.T, s *Store, key string, r evidence.Record) (evidence.Record, bool) {
	t.Helper()
	got, written, err := s.AppendEvidence(t.Context(), key, r)
	if err != nil {
		t.Fatal(err)
	}
	return got, written
}

func TestAppendEvidence_ChainHolds(t *testing.T) {
	s := fresh(t)
	if head, err := s.VerifyEvidence(t.Context()); err != nil || head != evidence.Start() {
		t.Errorf("empty store: %+v, %v", head, err)
	}
	first, _ := appendRecord(t, s, "a", record("okta.suspend", plan.Verified))
	second, _ := appendRecord(t, s, "b", record("okta.sessions", plan.Verified))
	if first.Seq != 1 || first.Prev != evidence.Genesis || second.Prev != first.Hash || first.RecordedAt.IsZero() {
		t.Errorf("records %+v, %+v", first, second)
	}
	head, err := s.VerifyEvidence(t.Context())
	if err != nil || head != second.Head() {
		t.Errorf("VerifyEvidence = %+v, %v", head, err)
	}
	if other, err := s.EvidenceHead(t.Context()); err != nil || other != head {
		t.Errorf("EvidenceHead = %+v, %v", other, err)
	}
}

func TestAppendEvidence_SameKey_IsOneRow(t *testing.T) {
	s := fresh(t)
	first, written := appendRecord(t, s, "a", record("", ""))
	again, rewritten := appendRecord(t, s, "a", record("", ""))
	if !written || rewritten || again.Hash != first.Hash {
		t.Errorf("written %v, again %v, records %+v %+v", written, rewritten, first, again)
	}
	if _, _, err := s.AppendEvidence(t.Context(), "", record("", "")); err == nil {
		t.Error("a record without a key was taken")
	}
}

func TestAppendEvidence_OnlyChangesOfState(t *testing.T) {
	s := fresh(t)
	for i, state := range []plan.State{plan.Waiting, plan.Waiting, plan.Verified, plan.Verified, plan.NeedsAttention, plan.Verified} {
		appendRecord(t, s, fmt.Sprint(i), record("jamf.lock:C02", state))
	}
	appendRecord(t, s, "other", record("jamf.lock:C03", plan.Verified))
	got, err := s.CaseEvidence(t.Context(), "offboard/E1")
	if err != nil {
		t.Fatal(err)
	}
	var states []plan.State
	for _, r := range got {
		states = append(states, r.State)
	}
	if fmt.Sprint(states) != "[waiting verified needs_attention verified verified]" {
		t.Errorf("recorded %v", states)
	}
}

func TestAppendEvidence_ManyAtOnce_DoNotForkTheChain(t *testing.T) {
	s := fresh(t)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			// Every key twice.
			if _, _, err := s.AppendEvidence(t.Context(), fmt.Sprint(i/2), record("", "")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if head, err := s.VerifyEvidence(t.Context()); err != nil || head.Count != 20 {
		t.Errorf("head %+v, %v", head, err)
	}
}

func TestVerifyEvidence_TamperedFile_NamesTheRecord(t *testing.T) {
	tampering := map[string]struct {
		sql string
		seq int64
	}{
		"state edited":    {`UPDATE evidence SET record = replace(record, '"verified"', '"skipped"') WHERE seq = 2`, 2},
		"detail edited":   {`UPDATE evidence SET record = replace(record, 'namely', 'nobody') WHERE seq = 3`, 3},
		"not JSON":        {`UPDATE evidence SET record = 'x' || record WHERE seq = 3`, 3},
		"row removed":     {`DELETE FROM evidence WHERE seq = 2`, 2},
		"beginning gone":  {`DELETE FROM evidence WHERE seq <= 2`, 1},
		"rows swapped":    {`UPDATE evidence SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3); UPDATE evidence SET seq = -seq WHERE seq < 0`, 2},
		"one byte folded": {`UPDATE evidence SET record = replace(record, '"state"', '"State"') WHERE seq = 1`, 1},
	}
	for name, c := range tampering {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			for i := range 4 {
				appendRecord(t, s, fmt.Sprint(i), record(plan.StepID(fmt.Sprintf("app.revoke:%d", i)), plan.Verified))
			}
			if _, err := s.db.Exec(c.sql); err != nil {
				t.Fatal(err)
			}
			_, err := s.VerifyEvidence(t.Context())
			var broken *evidence.BrokenError
			if !errors.As(err, &broken) || broken.Seq != c.seq {
				t.Errorf("VerifyEvidence = %v, want record %d named", err, c.seq)
			}
		})
	}
}

func TestCaseEvidence_OtherCasesAreNotInIt(t *testing.T) {
	s := fresh(t)
	appendRecord(t, s, "a", record("okta.suspend", plan.Verified))
	other := record("okta.suspend", plan.Verified)
	other.Case = "offboard/E2"
	appendRecord(t, s, "b", other)
	got, err := s.CaseEvidence(t.Context(), "offboard/E2")
	if err != nil || len(got) != 1 || got[0].Seq != 2 {
		t.Errorf("CaseEvidence = %+v, %v", got, err)
	}
}

func BenchmarkAppendEvidence(b *testing.B) {
	s := fresh(b)
	for i := 0; b.Loop(); i++ {
		if _, _, err := s.AppendEvidence(b.Context(), fmt.Sprint(i), record(plan.StepID(fmt.Sprintf("app.revoke:%d", i)), plan.Verified)); err != nil {
			b.Fatal(err)
		}
	}
}
