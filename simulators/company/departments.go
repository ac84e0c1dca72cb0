package company

// department is a part of the company: its share of the people in percent, what people there are called, and what
// they work with.
type department struct {
	name   string
	slug   string
	share  int
	lead   string
	titles []string
	apps   []string // come with the department's group
	direct []string // some have these assigned directly
}

func departments() []department {
	return []department{
		{"Engineering", "engineering", 32, "Engineering Manager", []string{"Software Engineer", "Senior Software Engineer", "Site Reliability Engineer", "Data Engineer", "Test Engineer"},
			[]string{"github", "jira", "sentry"}, []string{"aws", "figma"}},
		{"Customer Success", "customer-success", 14, "Customer Success Manager", []string{"Customer Success Specialist", "Support Engineer", "Onboarding Specialist"},
			[]string{"zendesk", "jira"}, []string{"salesforce", "figma", "miro"}},
		{"Sales", "sales", 16, "Sales Manager", []string{"Account Executive", "Sales Engineer", "Sales Development Representative"},
			[]string{"salesforce"}, []string{"docusign", "miro"}},
		{"Marketing", "marketing", 8, "Marketing Manager", []string{"Content Strategist", "Campaign Specialist", "Marketing Analyst"},
			[]string{"hubspot"}, []string{"figma", "miro"}},
		{"Product", "product", 7, "Group Product Manager", []string{"Product Manager", "Product Analyst"}, []string{"jira", "miro"}, []string{"figma"}},
		{"Design", "design", 5, "Design Manager", []string{"Product Designer", "Design Researcher"}, []string{"figma", "miro"}, []string{"jira"}},
		{"Finance", "finance", 6, "Finance Manager", []string{"Accountant", "Financial Analyst", "Payroll Specialist"}, []string{"netsuite"}, []string{"docusign"}},
		{"People", "people", 4, "People Manager", []string{"People Partner", "Recruiter"}, []string{"namely"}, []string{"docusign"}},
		{"IT", "it", 4, "IT Manager", []string{"IT Engineer", "IT Support Specialist", "Security Engineer"}, []string{"jira", "jamf"}, []string{"aws", "github"}},
		{"Legal", "legal", 4, "Legal Counsel", []string{"Paralegal", "Contract Specialist"}, []string{"docusign"}, nil},
	}
}

// Departments lists their names.
func Departments() []string {
	names := []string{executive}
	for _, d := range departments() {
		names = append(names, d.name)
	}
	return names
}

const executive = "Executive"

// Names of Okta groups that are kept by hand.
const (
	groupManagers = "managers"
	groupVPN      = "vpn-users"
	groupOnCall   = "on-call"
)

const (
	groupStaff       = "all-staff"
	groupContractors = "all-contractors"
)

func departmentGroup(slug string) string { return "dept-" + slug }

// Groups lists the Okta groups.
func Groups() []Group {
	groups := []Group{
		{groupStaff, "Everybody the company employs", `user.userType!="Contractor"`, []string{"google", "slack", "zoom", "notion"}},
		{groupContractors, "Contractors and freelancers", `user.userType=="Contractor"`, []string{"google", "slack", "zoom"}},
		{groupManagers, "Everybody with reports", "", nil},
		{groupVPN, "May use the VPN", "", []string{"vpn"}},
		{groupOnCall, "Carries the pager", "", []string{"pagerduty"}},
	}
	for _, d := range departments() {
		groups = append(groups, Group{departmentGroup(d.slug), "Department " + d.name, `user.department=="` + d.name + `"`, d.apps})
	}
	return groups
}

// Apps lists the applications in Okta.
func Apps() []App {
	return []App{
		{"google", "Google Workspace"}, {"slack", "Slack"}, {"zoom", "Zoom"}, {"notion", "Notion"}, {"jira", "Jira"},
		{"github", "GitHub"}, {"sentry", "Sentry"}, {"aws", "AWS Console"}, {"pagerduty", "PagerDuty"}, {"vpn", "VPN"},
		{"figma", "Figma"}, {"miro", "Miro"}, {"salesforce", "Salesforce"}, {"zendesk", "Zendesk"}, {"hubspot", "HubSpot"},
		{"netsuite", "NetSuite"}, {"docusign", "DocuSign"}, {"namely", "Namely"}, {"jamf", "Jamf Pro"},
	}
}

// MailGroups lists the Google groups: one for each department, owned by its head, and one for the demo leaver's
// project, which nobody else owns.
func MailGroups(people []Person) []MailGroup {
	var groups []MailGroup
	for _, d := range departments() {
		g := MailGroup{Email: d.slug + "@" + Domain, Name: d.name}
		for _, p := range people {
			if p.Department != d.name || p.Status != "active" {
				continue
			}
			if len(g.Owners) == 0 {
				g.Owners = []string{p.Email} // heads come first
			} else {
				g.Members = append(g.Members, p.Email)
			}
		}
		// The address of the IT department is the custodian's account.
		if len(g.Owners) > 0 && g.Email != Custodian().Login {
			groups = append(groups, g)
		}
	}
	if p, ok := demoLeaver(people); ok {
		if m, ok := Find(people, p.Manager); ok {
			groups = append(groups, MailGroup{Email: "launch-plan@" + Domain, Name: "Launch plan", Owners: []string{p.Email}, Members: []string{m.Email}})
		}
	}
	return groups
}
