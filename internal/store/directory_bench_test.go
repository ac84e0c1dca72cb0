package store

import (
	"fmt"
	"testing"
	"time"

	"tenure/internal/employee"
)

// A scan holds the write lock from its first row to its last, and other writers wait for it at most 15 s: these say for
// how long a large company keeps them waiting.

// workforce is a company with what HR knows of everybody.
func workforce(n int) []employee.Employee {
	people := make([]employee.Employee, n)
	for i := range people {
		profile := fmt.Sprintf("7c0e5a4e-3f52-4a35-8f0b-%012d", i)
		people[i] = worker(profile, fmt.Sprintf("E%d", i), func(e *employee.Employee) {
			e.FirstName, e.LastName, e.FullName = "First", fmt.Sprint("Last", i), fmt.Sprint("First Last", i)
			e.Title, e.Department, e.Office = "Software Engineer", fmt.Sprint("Department ", i%20), "New York"
			e.WorkerType, e.ManagerProfileID = employee.FullTime, people[i/7].ProfileID
			e.StartDate, e.PersonalEmail = friday, profile+"@example.org"
			e.Home = employee.Address{Line1: fmt.Sprint(i, " Elm Street"), City: "New York", State: "NY", Zip: "10001", Country: "US"}
			e.OfficeAddress = employee.Address{Line1: "9 Elm Street", City: "New York", State: "NY", Zip: "10001", Country: "US"}
		})
	}
	return people
}

// reads scans a company until the benchmark has enough, an hour later each time; before is not counted.
func reads(b *testing.B, before func(round int) (*Directory, []employee.Employee), want employee.ScanSummary) {
	b.Helper()
	b.ReportAllocs()
	for round := 1; b.Loop(); round++ {
		b.StopTimer()
		dir, people := before(round)
		b.StartTimer()
		sum, err := dir.Apply(b.Context(), employee.Scan{At: day.Add(time.Duration(round) * time.Hour), People: people})
		if err != nil || sum != want {
			b.Fatalf("%+v, %v", sum, err)
		}
	}
}

const large = 20_000

// detailed is a company of which the policy reads further fields.
func detailed(people []employee.Employee) []employee.Employee {
	for i := range people {
		people[i].Custom = employee.Custom{"costCenter": {fmt.Sprint(i % 90)}, "level": {fmt.Sprint("L", i%7)}, "skills": {"Go", "SQL", fmt.Sprint("skill ", i%40)}}
	}
	return people
}

func BenchmarkApply_20000_Baseline(b *testing.B) {
	people := workforce(large)
	reads(b, func(int) (*Directory, []employee.Employee) { return fresh(b).Directory(defaultGuard(b)), people },
		employee.ScanSummary{Profiles: large, Baseline: true})
}

func BenchmarkApply_20000_Quiet(b *testing.B) {
	people, dir := known(b, workforce(large))
	reads(b, func(int) (*Directory, []employee.Employee) { return dir, people }, employee.ScanSummary{Profiles: large})
}

func BenchmarkApply_20000_50Changes(b *testing.B) {
	people, dir := known(b, workforce(large))
	promote := func(round int) (*Directory, []employee.Employee) {
		for i := range 50 {
			people[i*large/50].Title = fmt.Sprint("Engineer of rank ", round)
		}
		return dir, people
	}
	reads(b, promote, employee.ScanSummary{Profiles: large, Events: 50})
}

func BenchmarkApply_20000_FurtherFields_Quiet(b *testing.B) {
	people, dir := known(b, detailed(workforce(large)))
	reads(b, func(int) (*Directory, []employee.Employee) { return dir, people }, employee.ScanSummary{Profiles: large})
}

func BenchmarkApply_20000_FurtherFields_50Changes(b *testing.B) {
	people, dir := known(b, detailed(workforce(large)))
	promote := func(round int) (*Directory, []employee.Employee) {
		for i := range 50 {
			people[i*large/50].Custom["level"] = []string{fmt.Sprint("rank ", round)}
		}
		return dir, people
	}
	reads(b, promote, employee.ScanSummary{Profiles: large, Events: 50})
}

// The first scan after the migration writes everybody: what people are found by is not there yet.
func BenchmarkApply_20000_AfterTheMigration(b *testing.B) {
	people, dir := known(b, workforce(large))
	empty := func(int) (*Directory, []employee.Employee) {
		if _, err := dir.store.db.ExecContext(b.Context(), `UPDATE person SET number = NULL, status = NULL, manager_id = NULL, personal_key = NULL`); err != nil {
			b.Fatal(err)
		}
		return dir, people
	}
	reads(b, empty, employee.ScanSummary{Profiles: large})
}

// known is a company that was scanned once.
func known(b *testing.B, people []employee.Employee) ([]employee.Employee, *Directory) {
	b.Helper()
	dir := fresh(b).Directory(defaultGuard(b))
	if _, err := dir.Apply(b.Context(), employee.Scan{At: day, People: people}); err != nil {
		b.Fatal(err)
	}
	return people, dir
}
