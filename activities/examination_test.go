package activities

import (
	"net/http"
	"testing"
	"time"
)

func TestExamination_Clock(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		date string
		want []Severity
	}{
		{noon.Format(http.TimeFormat), []Severity{FindingOK}},
		{noon.Add(29 * time.Second).Format(http.TimeFormat), []Severity{FindingOK}},
		{noon.Add(-30 * time.Second).Format(http.TimeFormat), []Severity{FindingWarning}},
		{noon.Add(4 * time.Minute).Format(http.TimeFormat), []Severity{FindingFailure}},
		{noon.Add(-time.Hour).Format(http.TimeFormat), []Severity{FindingFailure}},
		{"", nil},
		{"soon", nil},
	} {
		e := NewExamination("okta")
		e.Clock(http.Header{"Date": {c.date}}, noon)
		var got []Severity
		for _, f := range e.Findings().Findings {
			got = append(got, f.Severity)
			if f.Check != "okta.clock" || f.System != "okta" || f.Severity != FindingOK && (f.Why == "" || f.Mend == "") {
				t.Errorf("%q: %+v", c.date, f)
			}
		}
		if len(got) != len(c.want) || len(got) == 1 && got[0] != c.want[0] {
			t.Errorf("%q: %v, want %v", c.date, got, c.want)
		}
	}
}

func TestExamination_Refused_SaysWhatToDoEvenWhenTheVendorIsAway(t *testing.T) {
	e := NewExamination("jira")
	e.Refused("let-in", FindingFailure, Problemf(Unavailable, "Jira is away"), "no tickets")
	e.Refused("let-in", FindingFailure, &Problem{Type: Forbidden, Text: "no", Mend: "make a token"}, "no tickets")
	f := e.Findings().Findings
	if f[0].Text != "Jira is away" || f[0].Mend == "" || f[0].Why != "no tickets" || f[0].Severity != FindingFailure {
		t.Errorf("%+v", f[0])
	}
	if f[1].Mend != "make a token" {
		t.Errorf("%+v", f[1])
	}
}

func TestSortFindings_BySystemWorstFirst(t *testing.T) {
	f := []Finding{
		{System: "okta", Check: "a", Severity: FindingOK}, {System: "google", Check: "b", Severity: FindingOK},
		{System: "okta", Check: "c", Severity: FindingWarning}, {System: "okta", Check: "d", Severity: FindingFailure},
		{System: "okta", Check: "e", Severity: FindingOK}, {System: "okta", Check: "f", Severity: FindingFailure},
	}
	SortFindings(f)
	order := ""
	for _, x := range f {
		order += x.Check
	}
	if order != "bdfcae" {
		t.Errorf("order %s, want bdfcae", order)
	}
}
