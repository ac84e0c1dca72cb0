package company

import (
	"fmt"
	"strings"
)

// span is how many people report to one manager.
const span = 7

// firstNumber is the number of the chief executive.
const firstNumber = 1000

// futureStart is when pending people begin: late enough to stay in the future.
const futureStart = "2040-01-09"

// Generate is a company of n people, the chief executive first, then department by department with its head first.
// Every department is a tree: span people report to each manager, the heads to the chief executive. The first people
// of a larger company are not those of a smaller one.
func Generate(n int) []Person {
	if n <= 0 {
		return nil
	}
	people := make([]Person, 0, n)
	people = append(people, chief())
	all := departments()
	sizes, rest := make([]int, len(all)), n-1
	for at, d := range all {
		sizes[at] = (n - 1) * d.share / 100
		rest -= sizes[at]
	}
	sizes[0] += rest // what rounding left over works in the largest department
	for at, d := range all {
		people = appendDepartment(people, d, sizes[at])
	}
	for i := range people {
		people[i] = equip(people[i], i)
	}
	enrichDemoLeaver(people)
	appointSuperAdmin(people)
	return people
}

func chief() Person {
	p := base(0)
	p.Title, p.Department, p.WorkerType, p.Status = "Chief Executive", executive, "Full Time", "active"
	p.Groups = []string{groupStaff, groupManagers, groupVPN}
	return p
}

// base is person i without a place in the company.
func base(i int) Person {
	first, last := name(i)
	local := strings.ToLower(first + "." + last)
	o := office(i)
	p := Person{
		ProfileID: profileID(i), Number: fmt.Sprintf("E%d", firstNumber+i), First: first, Last: last,
		Email: local + "@" + Domain, Personal: local + "@" + PersonalDomain, Office: o, Home: home(o, i),
		Start: fmt.Sprintf("%d-%02d-%02d", 2015+mix(i, 1)%10, 1+mix(i, 2)%12, 1+mix(i, 3)%28),
	}
	if i%67 == 66 {
		p.Number = "" // HR forgets
	}
	if i%43 == 42 {
		p.Home = Address{} // and does not always know where somebody lives
	}
	return p
}

// appendDepartment adds a department of size people as a tree of managers.
func appendDepartment(people []Person, d department, size int) []Person {
	offset := len(people)
	for k := range size {
		i := offset + k
		p := base(i)
		p.Department = d.name
		manages := k*span+1 < size
		switch {
		case k == 0:
			p.Title, p.Manager = "Head of "+d.name, people[0].ProfileID
		case manages:
			p.Title = d.lead
		default:
			p.Title = d.titles[mix(i, 4)%len(d.titles)]
		}
		if k > 0 {
			p.Manager = people[offset+(k-1)/span].ProfileID
		}
		p.WorkerType, p.Status = relation(i, manages || k == 0)
		if d.name == "Sales" && k == 3 {
			p.Status = "inactive" // a manager who has left, whose reports HR has not moved yet
		}
		if p.Status == "pending" {
			p.Start = futureStart
		}
		if p.Status == "inactive" {
			p.Departure = fmt.Sprintf("2025-%02d-%02d", 1+mix(i, 5)%12, 1+mix(i, 6)%28)
		}
		p.Groups = groupsOf(p, d, i, manages)
		if len(d.direct) > 0 && i%3 == 0 {
			p.Apps = []string{d.direct[mix(i, 8)%len(d.direct)]}
		}
		people = append(people, p)
	}
	return people
}

// relation is the kind of work and the status. Managers are full-time and active.
func relation(i int, manages bool) (workerType, status string) {
	workerType, status = "Full Time", "active"
	if manages {
		return workerType, status
	}
	switch {
	case i%11 == 3:
		workerType = "Contractor"
	case i%31 == 7:
		workerType = "Freelance"
	case i%23 == 5:
		workerType = "Intern"
	case i%17 == 2:
		workerType = "Part Time"
	}
	switch {
	case i%41 == 40:
		status = "inactive"
	case i%61 == 60:
		status = "pending"
	}
	return workerType, status
}

func groupsOf(p Person, d department, i int, manages bool) []string {
	groups := []string{groupStaff}
	if p.external() {
		groups = []string{groupContractors}
	}
	groups = append(groups, departmentGroup(d.slug))
	if manages {
		groups = append(groups, groupManagers)
	}
	if i%2 == 0 {
		groups = append(groups, groupVPN)
	}
	if d.name == "Engineering" && i%6 == 0 {
		groups = append(groups, groupOnCall)
	}
	return groups
}

func (p Person) external() bool { return p.WorkerType == "Contractor" || p.WorkerType == "Freelance" }

// equip gives person i devices and administrator rights. Contractors bring their own computer; people who have left
// or not begun have none.
func equip(p Person, i int) Person {
	if p.Status != "active" || p.external() {
		return p
	}
	p.Devices = append(p.Devices, mac(p, i, "MacBook Pro", ""))
	if i%9 == 4 {
		p.Devices = append(p.Devices, mac(p, 500_000+i, "Mac mini", " lab"))
	}
	if i%4 == 1 {
		p.Devices = append(p.Devices, Device{Serial: serial("F17", i), Name: p.First + "'s iPhone", Model: "iPhone 15",
			AssetTag: fmt.Sprintf("PH-%05d", i), Mobile: true, OSVersion: "18.1"})
	}
	p.OktaDevices = []OktaDevice{{Name: p.Devices[0].Name, Platform: "MACOS", Serial: p.Devices[0].Serial}}
	if i%5 == 2 {
		p.OktaDevices = append(p.OktaDevices, OktaDevice{Name: p.First + "'s phone", Platform: "ANDROID"})
	}
	if p.Department == "IT" && i%3 == 0 {
		p.OktaRoles = []string{"HELP_DESK_ADMIN"}
	}
	p.Mail.Files = []string{"Notes of " + p.First, "Plans"}
	return p
}

func mac(p Person, i int, model, suffix string) Device {
	return Device{Serial: serial("C02", i), Name: p.First + "'s " + model + suffix, Model: model,
		AssetTag: fmt.Sprintf("LT-%06d", i), AppleSilicon: i%6 != 0, OSVersion: "15.1"}
}

// appointSuperAdmin makes the head of IT the only super administrator of Google Workspace: the last one, whom no
// process may cut off.
func appointSuperAdmin(people []Person) {
	for i := range people {
		if people[i].Title == "Head of IT" {
			people[i].GoogleSuperAdmin = true
			people[i].OktaRoles = []string{"SUPER_ADMIN"}
			return
		}
	}
}

// LastSuperAdmin is the only super administrator of Google Workspace in [People].
func LastSuperAdmin() Person {
	for _, p := range People() {
		if p.GoogleSuperAdmin {
			return p
		}
	}
	panic("company: nobody is super administrator")
}
