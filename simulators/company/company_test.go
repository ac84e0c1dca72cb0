package company

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

func TestPeople_AreTheSameEveryTime(t *testing.T) {
	if !reflect.DeepEqual(People(), People()) {
		t.Error("two calls differ")
	}
}

func TestPeople_Composition(t *testing.T) {
	people := People()
	if len(people) != Size {
		t.Fatalf("%d people", len(people))
	}
	by := map[string]int{}
	for _, p := range people {
		by[p.Status]++
		by[p.WorkerType]++
		by[p.Country()]++
		by[p.Department]++
		if p.Number == "" {
			by["no number"]++
		}
		if p.Home == (Address{}) {
			by["no home"]++
		}
		if len(p.Devices) > 1 {
			by["several devices"]++
		}
		if p.GoogleSuperAdmin {
			by["super admin"]++
		}
		if m, _ := Find(people, p.Manager); m.Status == "inactive" {
			by["manager gone"]++
		}
	}
	t.Log(by)
	for _, kind := range append([]string{"active", "pending", "inactive", "Full Time", "Part Time", "Intern", "Contractor", "Freelance",
		"US", "CA", "KR", "DE", "no number", "no home", "several devices", "manager gone"}, Departments()...) {
		if by[kind] == 0 {
			t.Errorf("nobody is %q", kind)
		}
	}
	if by["active"] < 230 || by["super admin"] != 1 {
		t.Errorf("composition %v", by)
	}
}

func TestGenerate_NothingIsThereTwice(t *testing.T) {
	for _, n := range []int{1, 2, 20, Size, 20_000} {
		seen := map[string]bool{}
		once := func(what string) {
			if what == "" {
				return
			}
			if seen[what] {
				t.Fatalf("%d people: %s is there twice", n, what)
			}
			seen[what] = true
		}
		people := Generate(n)
		if len(people) != n {
			t.Fatalf("Generate(%d) gave %d people", n, len(people))
		}
		for _, p := range people {
			once(p.ProfileID)
			once(p.Number)
			once(p.Email)
			once(p.Personal)
			for _, d := range p.Devices {
				once(d.Serial)
				once(d.AssetTag)
			}
		}
	}
}

func TestGenerate_EverybodyReportsUpToTheChief(t *testing.T) {
	people := Generate(2000)
	managers := map[string]string{}
	for _, p := range people {
		managers[p.ProfileID] = p.Manager
	}
	for _, p := range people {
		at, steps := p.ProfileID, 0
		for managers[at] != "" && steps < 10 {
			at, steps = managers[at], steps+1
		}
		if at != people[0].ProfileID {
			t.Fatalf("%s does not report to the chief executive", p.Name())
		}
	}
}

var forms = struct{ uuid, serial, mail, date *regexp.Regexp }{
	regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
	regexp.MustCompile(`^(C02|F17)[0-9A-HJ-NP-Z]{9}$`),
	regexp.MustCompile(`^[a-z]+\.[a-z0-9]+@example\.(com|org)$`),
	regexp.MustCompile(`^\d{4}-\d\d-\d\d$`),
}

func TestPeople_Forms(t *testing.T) {
	groups, apps := map[string]bool{}, map[string]bool{}
	for _, a := range Apps() {
		apps[a.Key] = true
	}
	for _, g := range Groups() {
		groups[g.Name] = true
		for _, a := range g.Apps {
			if !apps[a] {
				t.Errorf("group %s has the unknown app %s", g.Name, a)
			}
		}
	}
	for _, p := range People() {
		if !forms.uuid.MatchString(p.ProfileID) || !forms.mail.MatchString(p.Email) || !forms.mail.MatchString(p.Personal) || !forms.date.MatchString(p.Start) {
			t.Errorf("form of %+v", p)
		}
		for _, d := range p.Devices {
			if !forms.serial.MatchString(d.Serial) {
				t.Errorf("serial %s", d.Serial)
			}
		}
		for _, g := range p.Groups {
			if !groups[g] {
				t.Errorf("%s is in the unknown group %s", p.Name(), g)
			}
		}
		for _, a := range p.Apps {
			if !apps[a] {
				t.Errorf("%s has the unknown app %s", p.Name(), a)
			}
		}
		if _, err := time.LoadLocation(p.Office.Zone); err != nil {
			t.Error(err)
		}
	}
}

func TestDemoLeaver(t *testing.T) {
	p := DemoLeaver()
	m, ok := Find(People(), p.Manager)
	if !ok || m.Status != "active" || m.external() {
		t.Errorf("manager %+v", m)
	}
	if p.Home.Country != "US" || p.Status != "active" || len(p.Devices) != 1 || p.Devices[0].Mobile || len(p.Apps) == 0 || len(p.OktaDevices) < 2 {
		t.Errorf("demo leaver %+v", p)
	}
	if p.GoogleSuperAdmin || len(p.OktaRoles) > 0 {
		t.Error("the demo leaver is an administrator")
	}
	owns := false
	for _, g := range MailGroups(People()) {
		owns = owns || len(g.Owners) == 1 && g.Owners[0] == p.Email
	}
	if !owns {
		t.Error("the demo leaver owns no mail group")
	}
	t.Logf("%s %s %s, manager %s", p.Number, p.Name(), p.Home, m.Name())
}

func TestAccounts_AreNobodys(t *testing.T) {
	people := People()
	for _, a := range Accounts() {
		if _, ok := Find(people, a.Login); ok || !strings.HasSuffix(a.Login, "@"+Domain) {
			t.Errorf("account %s", a.Login)
		}
	}
	if p := LastSuperAdmin(); p.Status != "active" || p.Department != "IT" {
		t.Errorf("super administrator %+v", p)
	}
}
