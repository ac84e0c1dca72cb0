package casefile_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/evidence"
)

func admit(id string, at time.Time) activities.Admit {
	c := ref(id)
	c.Case, c.Run = "onboard/"+id, "run-7"
	return activities.Admit{CaseRef: c, By: "slack:U1", Reason: "hired again", At: at}
}

// decisions is the evidence of one case.
func (o *office) decisions(t *testing.T, caseID string) []evidence.Record {
	t.Helper()
	records, err := o.store.CaseEvidence(t.Context(), caseID)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestAdmit_LetsInAgain_AndKeepsWhoSaidSo(t *testing.T) {
	o := roleOffice(t)
	o.shut(t, "E3", "offboard/E3", "run-0", scanned)
	in := admit("E3", scanned.Add(time.Hour))
	for range 2 { // a worker that died before it could answer
		if _, err := o.Admit(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	if said := refusal(t, o.gate().MayOpen(t.Context(), in.CaseRef)); said != "" {
		t.Error(said)
	}
	kept := o.decisions(t, "onboard/E3")
	if len(kept) != 1 || kept[0].Actor != "slack:U1" || kept[0].Activity != "case.Admit" || !kept[0].Executed.Equal(in.At) ||
		kept[0].Detail != "let in again by slack:U1: hired again; offboard/E3 of 2026-11-02T08:00:00Z keeps them out no more" {
		t.Errorf("%+v", kept)
	}
}

func TestAdmit_OfWhomNothingKeepsOut_DoesNothing(t *testing.T) {
	o := roleOffice(t)
	if _, err := o.Admit(t.Context(), admit("E3", scanned)); err != nil || len(o.decisions(t, "onboard/E3")) != 0 {
		t.Error(err, o.decisions(t, "onboard/E3"))
	}
}

func TestAdmit_Refuses(t *testing.T) {
	late := admit("E3", scanned.Add(-time.Hour))
	nobody := admit("E3", scanned)
	nobody.By = ""
	for _, c := range []struct {
		name      string
		person    employee.Employee
		in        activities.Admit
		typ, text string
	}{
		{"whom HR has as inactive", with(somebody("E3", ""), is(employee.Inactive)), admit("E3", scanned), activities.Conflict, "HR has E3 as inactive"},
		{"whose last day is over", with(somebody("E3", ""), leaves("2020-01-31")), admit("E3", scanned), activities.Conflict, "the last day of E3, 2020-01-31, is over"},
		{"who was shut out after it was decided", somebody("E3", ""), late, activities.Conflict, "offboard/E3 ended the access of E3 at 2026-11-02T08:00:00Z, after slack:U1 had decided"},
		{"on nobody's word", somebody("E3", ""), nobody, activities.InvalidInput, "missing"},
		{"who is unknown", somebody("E4", ""), admit("E3", scanned), activities.NotFound, "employee E3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := roleOffice(t, c.person)
			o.shut(t, "E3", "offboard/E3", "run-0", scanned)
			_, err := o.Admit(t.Context(), c.in)
			if typ, text, mend := problemOf(t, err); typ != c.typ || !strings.Contains(text, c.text) || mend == "" {
				t.Errorf("%s: %s (%s)", typ, text, mend)
			}
			if _, stands, err := o.store.Fence(t.Context(), "E3"); !stands || err != nil {
				t.Errorf("the fence is down: %v", err)
			}
			if kept := o.decisions(t, "onboard/E3"); len(kept) != 0 {
				t.Errorf("what was refused is on record as done: %+v", kept)
			}
		})
	}
}

// A rehire was confirmed, and before that took effect the person was shut out once more.
func TestAdmit_OvertakenByAnotherCase_LeavesThatOne(t *testing.T) {
	o := roleOffice(t)
	o.shut(t, "E3", "offboard/E3", "run-0", scanned)
	o.shut(t, "E3", "offboard/E3", "run-1", scanned.Add(2*time.Hour))
	_, err := o.Admit(t.Context(), admit("E3", scanned.Add(time.Hour)))
	if typ, text, _ := problemOf(t, err); typ != activities.Conflict || !strings.Contains(text, "after slack:U1 had decided") {
		t.Errorf("%s: %s", typ, text)
	}
	if said := refusal(t, o.gate().MayOpen(t.Context(), admit("E3", noon).CaseRef)); said == "" {
		t.Error("let in past an offboarding that came later")
	}
}

// Somebody comes back under a new record: their old one is inactive, and what it left behind is taken down too.
func TestAdmit_OfARehireUnderANewRecord(t *testing.T) {
	o := roleOffice(t, with(somebody("E3", ""), is(employee.Inactive)), with(somebody("E9", ""), is(employee.Pending)))
	o.shut(t, "E3", "offboard/E3", "run-0", scanned)
	o.join(t, "E9", "E3")
	if _, err := o.Admit(t.Context(), admit("E9", scanned.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	if _, stands, err := o.store.Fence(t.Context(), "E3"); stands || err != nil {
		t.Errorf("still shut out: %v", err)
	}
}

func joining(record, to string) activities.JoinRecords {
	c := ref(record)
	c.Case, c.Run = "onboard/"+record, "run-7"
	return activities.JoinRecords{CaseRef: c, To: employee.ID(to), By: "slack:U1", Reason: "asked HR", At: scanned}
}

func TestJoinRecords_RemembersIt_AndKeepsWhoSaidSo(t *testing.T) {
	o := roleOffice(t)
	for range 2 {
		if _, err := o.JoinRecords(t.Context(), joining("E3", "E2")); err != nil {
			t.Fatal(err)
		}
	}
	if main, err := o.store.MainID(t.Context(), "E3"); err != nil || main != "E2" {
		t.Errorf("%s, %v", main, err)
	}
	kept := o.decisions(t, "onboard/E3")
	if len(kept) != 1 || kept[0].Actor != "slack:U1" || kept[0].Detail != "the records E3 and E2 are one person's, by slack:U1: asked HR" {
		t.Errorf("%+v", kept)
	}
}

func TestJoinRecords_Apart_IsNotAskedAgain(t *testing.T) {
	o := roleOffice(t)
	in := joining("E3", "E2")
	in.Apart = true
	if _, err := o.JoinRecords(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if apart, err := o.store.Apart(t.Context(), "E2", "E3"); err != nil || !apart {
		t.Errorf("%v, %v", apart, err)
	}
	if kept := o.decisions(t, "onboard/E3"); len(kept) != 1 || !strings.Contains(kept[0].Detail, "two people's") {
		t.Errorf("%+v", kept)
	}
	_, err := o.JoinRecords(t.Context(), joining("E3", "E2"))
	if typ, text, mend := problemOf(t, err); typ != activities.Conflict || !strings.Contains(text, "on the word of slack:U1") || mend == "" {
		t.Errorf("%s: %s (%s)", typ, text, mend)
	}
}

// Ending one of two accounts would leave the other open.
func TestJoinRecords_WithAccountsOfTheirOwn_IsRefused(t *testing.T) {
	o := roleOffice(t)
	for id, account := range map[employee.ID]string{"E2": "00u2", "E3": "00u3"} {
		if err := o.store.Link(t.Context(), id, "okta", account, "login", scanned); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.store.Link(t.Context(), "E3", "google", "333", "login", scanned); err != nil {
		t.Fatal(err)
	}
	_, err := o.JoinRecords(t.Context(), joining("E3", "E2"))
	if typ, text, mend := problemOf(t, err); typ != activities.Conflict || text != "E3 and E2 have accounts of their own in okta" || !strings.Contains(mend, "apart") {
		t.Errorf("%s: %s (%s)", typ, text, mend)
	}
	apart := joining("E3", "E2")
	apart.Apart = true
	if _, err := o.JoinRecords(t.Context(), apart); err != nil {
		t.Error(err)
	}
}

func TestJoinRecords_Refuses(t *testing.T) {
	nobody := joining("E3", "E2")
	nobody.By = ""
	for _, c := range []struct {
		name string
		in   activities.JoinRecords
		typ  string
	}{
		{"on nobody's word", nobody, activities.InvalidInput},
		{"to nobody", joining("E3", ""), activities.InvalidInput},
		{"to somebody unknown", joining("E3", "E99"), activities.NotFound},
		{"a record that is unknown", joining("E99", "E3"), activities.NotFound},
		{"to itself", joining("E3", "E3"), activities.InvalidInput},
	} {
		o := roleOffice(t)
		_, err := o.JoinRecords(t.Context(), c.in)
		if typ, text, mend := problemOf(t, err); typ != c.typ || text == "" || mend == "" {
			t.Errorf("%s: %s %s (%s)", c.name, typ, text, mend)
		}
		if kept := o.decisions(t, c.in.Case); len(kept) != 0 {
			t.Errorf("%s is on record: %+v", c.name, kept)
		}
	}
}

func TestGiven_OfNobody_IsRefused(t *testing.T) {
	_, err := roleOffice(t).Given(t.Context(), activities.RoleGiven{})
	if typ, _, mend := problemOf(t, err); typ != activities.InvalidInput || mend == "" {
		t.Error(typ)
	}
}
