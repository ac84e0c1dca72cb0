package casefile_test

import (
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/evidence"
	"tenure/internal/plan"
)

func (o *office) record(t *testing.T, key, caseID, run string, step plan.StepID) {
	t.Helper()
	r := evidence.Record{Run: run, Activity: "okta.CutAccess", Step: step, State: plan.Verified,
		Personal: evidence.Personal{Case: caseID, Employee: "E3"}, Executed: scanned}
	if _, _, err := o.store.AppendEvidence(t.Context(), key, r); err != nil {
		t.Fatal(err)
	}
}

func TestSeal_CountsAndHashesTheRecordsOfThisRun(t *testing.T) {
	o := newOffice(t)
	o.record(t, "a", "offboard/E3", "run-1", "okta.roles")
	o.record(t, "b", "offboard/E3", "run-1", "okta.suspend")
	o.record(t, "c", "offboard/E3", "run-0", "okta.roles") // an earlier offboarding of the same person
	o.record(t, "d", "offboard/E2", "run-1", "okta.roles")
	in := activities.SealCase{CaseRef: ref("E3"), Outcome: "completed", At: scanned,
		Steps: []activities.Outcome{{State: plan.Verified}, {State: plan.Verified}, {State: plan.Skipped}}}
	got, err := o.Seal(t.Context(), in)
	if err != nil || got.Records != 2 || !strings.HasPrefix(got.Hash, "sha256:") {
		t.Fatalf("%+v, %v", got, err)
	}
	records, err := o.store.CaseEvidence(t.Context(), "offboard/E3")
	if err != nil {
		t.Fatal(err)
	}
	last := records[len(records)-1]
	if want := "completed; 2 records, " + got.Hash + "; 1 skipped; 2 verified"; last.Detail != want || last.Activity != "case.Seal" {
		t.Errorf("%s: %q, want %q", last.Activity, last.Detail, want)
	}
	// A worker that died before it could answer seals again; what came late does not change the seal.
	o.record(t, "e", "offboard/E3", "run-1", "okta.sessions")
	again, err := o.Seal(t.Context(), in)
	if err != nil || again != got {
		t.Errorf("%+v, %v", again, err)
	}
	if n, _ := o.store.CaseEvidence(t.Context(), "offboard/E3"); len(n) != 5 {
		t.Errorf("%d records, want 5: sealed twice", len(n))
	}
	if _, err := o.store.VerifyEvidence(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSeal_AnotherRecordMissing_IsAnotherHash(t *testing.T) {
	hash := func(steps ...plan.StepID) string {
		o := newOffice(t)
		for _, s := range steps {
			o.record(t, string(s), "offboard/E3", "run-1", s)
		}
		got, err := o.Seal(t.Context(), activities.SealCase{CaseRef: ref("E3"), Outcome: "completed", At: scanned})
		if err != nil {
			t.Fatal(err)
		}
		return got.Hash
	}
	if hash("okta.roles", "okta.suspend") == hash("okta.roles") {
		t.Error("the seal does not depend on the records")
	}
}
