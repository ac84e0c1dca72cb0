package employee

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	cases := []struct {
		in, want string
		bad      bool
	}{
		{in: "2026-11-30", want: "2026-11-30"},
		{in: " 11/30/2026 ", want: "2026-11-30"},
		{in: "", want: ""},
		{in: "2026-02-30", bad: true},
		{in: "30.11.2026", bad: true},
		{in: "2026-11-30T00:00:00Z", bad: true},
	}
	for _, c := range cases {
		got, err := ParseDate(c.in)
		if (err != nil) != c.bad || got.String() != c.want {
			t.Errorf("ParseDate(%q) = %q, %v", c.in, got, err)
		}
		if err != nil && !strings.Contains(err.Error(), "YYYY-MM-DD") {
			t.Errorf("ParseDate(%q): the error does not say how to write a date: %v", c.in, err)
		}
	}
}

func TestDate_GoesThroughJSON(t *testing.T) {
	b, err := json.Marshal(Employee{DepartureDate: Date{2026, time.November, 30}})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "startDate") || !strings.Contains(string(b), `"departureDate":"2026-11-30"`) {
		t.Errorf("encoded as %s", b)
	}
	var e Employee
	if err := json.Unmarshal(b, &e); err != nil || e.DepartureDate.Day != 30 {
		t.Errorf("decoded %v, %v", e.DepartureDate, err)
	}
}

// The day is the leaver's own: midnight in Seoul comes before midnight in New York.
func TestDate_At_IsInThePersonsZone(t *testing.T) {
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Skip("no time zone data on this machine")
	}
	got := Date{2026, time.November, 30}.At(18, 0, seoul).UTC()
	if want := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("18:00 in Seoul is %s, want %s", got, want)
	}
}

// Stores and histories hold records from before there were further fields: such a record reads and writes as it did.
func TestEmployee_WithoutFurtherFields_IsAsItWas(t *testing.T) {
	const old = `{"id":"E1","profileId":"p1","email":"sam@example.com","firstName":"Sam","lastName":"Lake","fullName":"Sam Lake","status":"active"}`
	var e Employee
	if err := json.Unmarshal([]byte(old), &e); err != nil {
		t.Fatal(err)
	}
	if b, err := json.Marshal(e); err != nil || string(b) != old {
		t.Errorf("written as %s, %v", b, err)
	}
	e.Custom = Custom{"b": {"2"}, "a": {"1", "x"}}
	b, err := json.Marshal(e)
	if err != nil || !strings.HasSuffix(string(b), `"custom":{"a":["1","x"],"b":["2"]}}`) {
		t.Errorf("written as %s, %v", b, err)
	}
	var again Employee
	if err := json.Unmarshal(b, &again); err != nil || len(Compare(e, again, detected)) != 0 {
		t.Errorf("read as %+v, %v", again, err)
	}
}

func TestCountry_HomeBeforeOffice(t *testing.T) {
	e := Employee{OfficeAddress: Address{Country: "us"}}
	if got := e.Country(); got != "US" {
		t.Errorf("without a home: %q", got)
	}
	e.Home.Country = "kr"
	if got := e.Country(); got != "KR" {
		t.Errorf("with a home: %q", got)
	}
}

func TestName(t *testing.T) {
	if got := (Employee{FullName: "Sam Lake", FirstName: "S"}).Name(); got != "Sam Lake" {
		t.Errorf("Name = %q", got)
	}
	if got := (Employee{FirstName: "Sam"}).Name(); got != "Sam" {
		t.Errorf("Name = %q", got)
	}
}
