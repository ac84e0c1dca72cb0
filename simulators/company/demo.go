package company

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
