package company

// Domain is the company's mail domain, PersonalDomain the one of everybody's private address.
const (
	Domain         = "example.com"
	PersonalDomain = "example.org"
)

// Size is how many people [People] returns.
const Size = 250

// Person is one HR record with everything the other systems know about its owner.
type Person struct {
	ProfileID string // Namely's profile id, a UUID
	Number    string // the company's own number: "E1042"; "" where HR forgot it
	First     string
	Last      string
	Email     string // work address, also the login in Okta and Google
	Personal  string // private address

	Status     string // "active", "pending", "inactive", as Namely writes it
	WorkerType string // "Full Time", "Part Time", "Intern", "Contractor", "Freelance"
	Title      string
	Department string
	Office     Office
	Manager    string // profile id of the manager; "" for the chief executive
	Start      string // YYYY-MM-DD
	Departure  string // YYYY-MM-DD, or ""
	Home       Address

	// Apps are those assigned directly in Okta, by [App.Key]; more come with the groups.
	Apps []string
	// Groups are the Okta groups, by [Group.Name], rule-made ones included.
	Groups []string
	// OktaRoles are administrator roles in Okta: "HELP_DESK_ADMIN".
	OktaRoles []string
	// GoogleSuperAdmin marks the administrators of Google Workspace.
	GoogleSuperAdmin bool

	Devices []Device
	// OktaDevices are registered in Okta: the computer, and private phones that no Jamf knows.
	OktaDevices []OktaDevice
	Mail        Mail
}

// Name is how people call the person.
func (p Person) Name() string { return p.First + " " + p.Last }

// Country is where the person works, ISO 3166-1 alpha-2.
func (p Person) Country() string { return p.Office.Address.Country }

// Address is a postal address in the form the country uses. State is empty where there is none.
type Address struct {
	Line1, Line2, City, State, Zip, Country string
}

// Office is a place of work.
type Office struct {
	Name    string
	Zone    string // IANA name
	Phone   string
	Address Address
}

// Device is a machine of the company in Jamf.
type Device struct {
	Serial       string
	Name         string
	Model        string
	AssetTag     string
	Mobile       bool // phone or tablet; otherwise a Mac
	AppleSilicon bool
	OSVersion    string
}

// OktaDevice is a device registered in Okta.
type OktaDevice struct {
	Name     string
	Platform string // "MACOS", "IOS", "ANDROID"
	Serial   string // empty for private phones
	// SharedWith are the work addresses of others who sign in on it.
	SharedWith []string
}

// Mail is what is particular about a mailbox.
type Mail struct {
	// ForwardTo is where the person has all mail forwarded, "" for nowhere.
	ForwardTo string
	// Delegates are work addresses of people let into the mailbox.
	Delegates []string
	// Files are names of files in the person's Drive.
	Files []string
	// Tokens are applications let in by OAuth.
	Tokens []string
}

// Group is an Okta group.
type Group struct {
	Name        string
	Description string
	// Rule is the group rule's expression that makes the memberships; "" for a group kept by hand.
	Rule string
	// Apps come with the membership, by [App.Key].
	Apps []string
}

// App is an application in Okta.
type App struct {
	Key   string // Okta's key
	Label string
}

// MailGroup is a Google group.
type MailGroup struct {
	Email   string
	Name    string
	Owners  []string // work addresses
	Members []string
}

// Account is an account that is nobody's: it has no HR record.
type Account struct {
	Login       string
	Name        string
	Description string
	OktaRoles   []string
}

// People is the company of [Size] people, the chief executive first.
func People() []Person { return Generate(Size) }

// Find is the person with this profile id, number or work address.
func Find(people []Person, key string) (Person, bool) {
	for _, p := range people {
		if key != "" && (p.ProfileID == key || p.Number == key || p.Email == key) {
			return p, true
		}
	}
	return Person{}, false
}

// BreakGlass is the account for the day on which everybody else is locked out. Nothing may ever touch it.
func BreakGlass() Account {
	return Account{Login: "break-glass@" + Domain, Name: "Break Glass", Description: "protected: emergency access",
		OktaRoles: []string{"SUPER_ADMIN"}}
}

// ServiceAccount is what machines sign in with.
func ServiceAccount() Account {
	return Account{Login: "svc-build@" + Domain, Name: "Build Service", Description: "service account of the build farm"}
}

// Custodian is the shared account that takes over what no manager can.
func Custodian() Account {
	return Account{Login: "it@" + Domain, Name: "IT Service Desk", Description: "shared mailbox of IT"}
}

// Accounts are all accounts without an HR record.
func Accounts() []Account { return []Account{BreakGlass(), ServiceAccount(), Custodian()} }
