package company

import (
	"fmt"
	"slices"
)

// DemoLeaver is the person in [People] whose leaving demonstrations show: full-time in the US, with an active manager,
// one laptop, private phones in Okta, applications assigned directly, mail forwarded to a private address, and a mail
// group that nobody else owns.
func DemoLeaver() Person {
	p, ok := demoLeaver(People())
	if !ok {
		panic("company: there is no demo leaver")
	}
	return p
}

func demoLeaver(people []Person) (Person, bool) {
	i := demoIndex(people)
	if i < 0 {
		return Person{}, false
	}
	return people[i], true
}

// demoIndex finds the first specialist in Customer Success who fits; -1 when nobody does.
func demoIndex(people []Person) int {
	for i, p := range people {
		fits := p.Department == "Customer Success" && p.Title == "Customer Success Specialist" && p.Status == "active" &&
			p.WorkerType == "Full Time" && p.Country() == "US" && p.Number != "" && p.Home.Country == "US"
		if !fits {
			continue
		}
		if m, ok := Find(people, p.Manager); ok && m.Status == "active" {
			return i
		}
	}
	return -1
}

func enrichDemoLeaver(people []Person) {
	i := demoIndex(people)
	if i < 0 {
		return
	}
	p := &people[i]
	p.Devices = p.Devices[:1] // one laptop: one box
	p.Devices[0].AppleSilicon = true
	p.Apps = []string{"salesforce", "figma", "miro"}
	p.Groups = []string{groupStaff, departmentGroup("customer-success"), groupVPN}
	p.OktaDevices = []OktaDevice{
		{Name: p.Devices[0].Name, Platform: "MACOS", Serial: p.Devices[0].Serial},
		{Name: p.First + "'s phone", Platform: "IOS"},
		{Name: p.First + "'s tablet", Platform: "ANDROID"},
		{Name: "Meeting room iPad", Platform: "IOS", SharedWith: []string{people[0].Email}},
	}
	p.Mail = Mail{
		ForwardTo: p.Personal,
		Delegates: []string{people[0].Email},
		Files:     []string{"Renewal playbook", "Account notes", "Quarterly review"},
		Tokens:    []string{"Mail merge", "Calendar sync"},
	}
}

// demoHires is from where on people are nobody in any [Generate]d company that a demonstration has room for.
const demoHires = 6000

// DemoJoiner is somebody whom the company hires in a demonstration: a site reliability engineer in New York, whose role
// gives more than a department's. HR knows nothing of the person yet, and the first day is HR's to choose.
func DemoJoiner() Person { return hire(0) }

// DemoNextJoiner begins later, in the same team.
func DemoNextJoiner() Person { return hire(1) }

func hire(n int) Person {
	p := base(demoHires + n)
	p.Department, p.Title, p.WorkerType, p.Status = "Engineering", "Site Reliability Engineer", "Full Time", "pending"
	p.Manager = DemoHead("Engineering").ProfileID
	return p
}

// DemoHead is the head of a department in [People].
func DemoHead(department string) Person {
	return first("head of "+department, func(p Person) bool { return p.Title == "Head of "+department })
}

// DemoMover is a site reliability engineer with the pager, who moves to another department in a demonstration.
func DemoMover() Person {
	return first("site reliability engineer on call", func(p Person) bool {
		return p.Title == "Site Reliability Engineer" && slices.Contains(p.Groups, groupOnCall) && employed(p)
	})
}

// DemoAway goes on leave of absence in a demonstration, and comes back.
func DemoAway() Person {
	return first("content strategist", func(p Person) bool { return p.Title == "Content Strategist" && employed(p) })
}

func employed(p Person) bool {
	return p.Status == "active" && p.WorkerType == "Full Time" && p.Number != "" && p.Home.Country != ""
}

func first(what string, fits func(Person) bool) Person {
	people := People()
	i := slices.IndexFunc(people, fits)
	if i < 0 {
		panic("company: there is no " + what)
	}
	return people[i]
}

// Hires are n people whom no company has yet, each with a job somewhere in it. HR knows nothing of them.
func Hires(n int) []Person {
	all := departments()
	people := make([]Person, 0, n)
	for i := range n {
		p, d := base(demoHires+100+i), all[i%len(all)]
		p.Number = fmt.Sprintf("E%d", firstNumber+demoHires+100+i)
		p.Department, p.Title, p.WorkerType, p.Status = d.name, d.titles[i%len(d.titles)], "Full Time", "active"
		if i%7 == 3 {
			p.WorkerType = "Contractor"
		}
		people = append(people, p)
	}
	return people
}
