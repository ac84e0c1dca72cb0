package mapping

import (
	"strings"
	"testing"

	"tenure/internal/employee"
)

// Each row is what HR has, what the policy says, and the first logins, without the domain where it is the company's.
func TestLogins(t *testing.T) {
	lee := employee.Employee{ID: "E7", FirstName: "Jo", LastName: "Lee"}
	with := func(email string) employee.Employee { e := lee; e.Email = email; return e }
	long := strings.Repeat("a", 70)
	for _, c := range []struct {
		name   string
		login  Login
		record employee.Employee
		fromHR bool
		want   string // the first four
		count  int
	}{
		{"HR's address, then made", Login{}, with("J.Lee@Example.COM"), true, "j.lee jo.lee jo.lee2 jo.lee3", 21},
		{"HR's address is what would be made", Login{}, with("jo.lee@example.com"), true, "jo.lee jo.lee2 jo.lee3 jo.lee4", 20},
		{"an address elsewhere is not the login", Login{}, with("jo.lee@example.org"), false, "jo.lee jo.lee2 jo.lee3 jo.lee4", 20},
		{"of a part of the company's domain neither", Login{}, with("jo.lee@mail.example.com"), false, "jo.lee jo.lee2 jo.lee3 jo.lee4", 20},
		{"no address", Login{}, with("jo lee@example.com"), false, "jo.lee jo.lee2 jo.lee3 jo.lee4", 20},
		{"from another field", Login{From: "hr.personal_email"}, employee.Employee{ID: "E7", FirstName: "Jo", PersonalEmail: "me@example.com"}, true, "me jo jo2 jo3", 21},
		{"in the policy's order", Login{Make: []string{`initial(hr.first_name) + "." + hr.last_name`, `hr.last_name + "." + hr.first_name`}}, lee, false, "j.lee lee.jo lee.jo2 lee.jo3", 21},
		{"a name in another script", Login{}, employee.Employee{ID: "E7", FirstName: "민준", LastName: "김"}, false, "e7 e72 e73 e74", 20},
		{"half a name", Login{}, employee.Employee{ID: "E7", FirstName: "Jo"}, false, "jo jo2 jo3 jo4", 20},
		{"nothing at all", Login{}, employee.Employee{}, false, "", 0},
		{"an expression that gives no address", Login{Make: []string{`"jo lee"`, `"a/b"`, `"jo"`}}, lee, false, "jo jo2 jo3 jo4", 20},
		{"a very long name is cut", Login{Make: []string{"plain(hr.last_name)"}}, employee.Employee{ID: "E7", LastName: long}, false,
			long[:64] + " " + long[:63] + "2 " + long[:63] + "3 " + long[:63] + "4", 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := compile(t, Section{Login: c.login}).Logins([]Person{{Record: c.record}})
			var locals []string
			for _, l := range got.Wanted[:min(4, len(got.Wanted))] {
				local, domain, _ := strings.Cut(l, "@")
				if domain != "example.com" {
					t.Errorf("%s is not of the company", l)
				}
				locals = append(locals, local)
			}
			if strings.Join(locals, " ") != c.want || got.FromHR != c.fromHR || len(got.Wanted) != c.count || len(got.Faults) > 0 {
				t.Errorf("%s (%d), from HR %v, %v; want %s (%d), %v", strings.Join(locals, " "), len(got.Wanted), got.FromHR, got.Faults, c.want, c.count, c.fromHR)
			}
		})
	}
}

// Of several records the leading one makes the name; the address may be another's.
func TestLogins_OfSeveralRecords(t *testing.T) {
	lead := Person{Record: employee.Employee{ID: "E2", FirstName: "Jo", LastName: "Lee"}}
	side := Person{Record: employee.Employee{ID: "E1", FirstName: "Joseph", LastName: "Lee", WorkerType: employee.Contractor, Email: "joseph@example.com"}}
	got := compile(t, Section{}).Logins([]Person{side, lead})
	if !got.FromHR || got.Wanted[0] != "joseph@example.com" || got.Wanted[1] != "jo.lee@example.com" {
		t.Errorf("%+v", got)
	}
}

func TestLogins_AnExpressionThatFails_IsAFaultAndTheOthersAreTried(t *testing.T) {
	r := compile(t, Section{Login: Login{From: `hr.email.split("@")[7]`, Make: []string{`hr.title.split(" ")[7]`, `plain(hr.first_name)`}}})
	got := r.Logins([]Person{{Record: employee.Employee{ID: "E1", FirstName: "Jo"}}})
	if len(got.Faults) != 2 || got.Faults[0].Rule != "mapping.login.from" || got.Faults[1].Rule != "mapping.login.make" || got.Wanted[0] != "jo@example.com" {
		t.Errorf("%+v", got)
	}
	if empty := r.Logins(nil); len(empty.Wanted) > 0 {
		t.Errorf("%+v", empty)
	}
}
