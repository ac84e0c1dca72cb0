package activities

import (
	"context"
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/role"
)

// Joining, moving and leave of absence are level-triggered: each run asks what should be, from HR's records and the
// policy as they are at that moment, brings the accounts to it, and reads them back. So an event that is lost,
// repeated or out of order changes nothing in the end.
var (
	// CaseRole says where a person stands and what their role gives, from every HR record of theirs.
	CaseRole = define[AskRole, RoleNow](QueueLifecycle, "case.Role", Local)
	// CaseGiven remembers what the role has given, so that it can be taken away again and what was given by hand is
	// left.
	CaseGiven = define[RoleGiven, Nothing](QueueLifecycle, "case.Given", Local)
	// CaseAdmit takes the fence down that an earlier offboarding put up: somebody is hired again, and that was confirmed.
	CaseAdmit = define[Admit, Nothing](QueueLifecycle, "case.Admit", Local)
	// CaseShut puts the fence up at the head of an offboarding, whatever accounts there are: one that is made later is kept
	// shut too.
	CaseShut = define[ShutOut, Nothing](QueueLifecycle, "case.Shut", Local)
	// CaseJoinRecords remembers for ever that two HR records are one person's: a second position, or a rehire whom HR
	// gave a new record.
	CaseJoinRecords = define[JoinRecords, Nothing](QueueLifecycle, "case.JoinRecords", Local)

	// OktaFindLogin and GoogleFindLogin say which of the wanted logins are taken: by a living account, by a deactivated
	// one, by an alias.
	OktaFindLogin   = reads[FindLogin, TakenLogins](QueueOkta, "FindLogin")
	GoogleFindLogin = reads[FindLogin, TakenLogins](QueueGoogle, "FindLogin")
	// OktaConvergeUser brings an account to what the role says, by the steps it is given: see [ConvergeOkta].
	OktaConvergeUser = evidenced[ConvergeOkta, ConvergedOkta](QueueOkta, "ConvergeUser", Change)
	// OktaCompareUser says how an account differs from what the role says, and changes nothing.
	OktaCompareUser = reads[ConvergeOkta, Comparison](QueueOkta, "CompareUser")
	// GoogleConvergeUser is the same for Google: see [ConvergeGoogle].
	GoogleConvergeUser = evidenced[ConvergeGoogle, ConvergedGoogle](QueueGoogle, "ConvergeUser", Change)
	// RetrieverDeployDevice orders a device from Retriever's warehouse for a joiner, or adopts the order that is there;
	// RetrieverReadDeployment says how it stands.
	RetrieverDeployDevice   = evidenced[DeployDevice, Deployment](QueueRetriever, "DeployDevice", Order)
	RetrieverReadDeployment = evidenced[ReadDeployment, Deployment](QueueRetriever, "ReadDeployment", Read)
	// SlackTell writes to one person, found by their work address, once for each key.
	SlackTell = evidenced[Tell, Outcomes](QueueSlack, "Tell", Mirror)

	// NamelyListFields and OktaReadSchema are what a policy's mapping is checked against.
	NamelyListFields = reads[ListFields, Fields](QueueNamely, "ListFields")
	OktaReadSchema   = reads[ReadSchema, Schema](QueueOkta, "ReadSchema")
)

// Gate is asked by a vendor's package right before anything that gives access, and once more right after it: HR can say
// in that very moment that somebody is gone. What was opened then is shut again by whoever opened it.
type Gate interface {
	// MayGive says whether the person may be given what their role gives; MayOpen whether they may sign in now. A refusal
	// is a [Conflict] that says what overtook it. Anything else is a fault of ours, and nothing is given.
	MayGive(context.Context, CaseRef) error
	MayOpen(context.Context, CaseRef) error
	// Shut puts the fence up before an offboarding cuts anything, whoever asked for it: nothing gives the person access
	// any more until [CaseAdmit] or a rescind. Lift takes it down for a rescind of the same case.
	Shut(context.Context, CaseRef) error
	Lift(context.Context, CaseRef) error
}

// AskRole asks about one person.
type AskRole struct {
	CaseRef
	ProfileID string    `json:"profileId,omitempty"`
	At        time.Time `json:"at"`
	// Login is the login that was chosen for the person; without one HR's address is.
	Login string `json:"login,omitempty"`
}

// RoleNow is where a person stands and what their role gives.
type RoleNow struct {
	// Main is the id under which the person's cases run. Where it is not the one that was asked about, the record belongs
	// to somebody who is known already.
	Main    employee.ID       `json:"main"`
	Person  employee.Employee `json:"person"`            // the leading record
	Records []employee.ID     `json:"records,omitempty"` // every record, the leading one first
	Stand   role.Stand        `json:"stand"`
	Why     string            `json:"why,omitempty"` // of the stand, in words
	// ShutBy is the case that ended the person's access, where one did and nobody has let them in again since.
	ShutBy string `json:"shutBy,omitempty"`

	Role  role.Role  `json:"role"`
	Given role.Given `json:"given"`
	// Logins are what the person may be called in Okta, the wanted one first; the next is for when that is taken.
	// FromHR says that the first is the address that HR gave.
	Logins []string `json:"logins,omitempty"`
	FromHR bool     `json:"fromHr,omitempty"`
	// Matches are people who may be the same person as this record, and have not been told apart.
	Matches []Candidate `json:"matches,omitempty"`

	// Manager is the nearest of the person's managers who works for the company.
	Manager *plan.Heir `json:"manager,omitempty"`
	// Prepare is when the accounts are to be there, Starts when they are to be open, Leaves when they are to be shut;
	// zero for no such moment.
	Prepare time.Time `json:"prepare,omitzero"`
	Starts  time.Time `json:"starts,omitzero"`
	Leaves  time.Time `json:"leaves,omitzero"`
	// Ends is when they work here no more, by HR's dates and even if another record begins later; zero for never.
	Ends time.Time `json:"ends,omitzero"`
	// Next is when the clock alone changes what is said here: a first or last day of any of the records. Until then it
	// holds unless HR says otherwise. Zero for no such moment.
	Next time.Time `json:"next,omitzero"`

	Zone     string        `json:"zone"`
	Accounts Accounts      `json:"accounts,omitempty"`
	Settings plan.Settings `json:"settings"`
}

// Candidate is somebody who may be the same person as a new record.
type Candidate struct {
	Employee employee.ID     `json:"employee"`
	Name     string          `json:"name"`
	By       string          `json:"by"` // what they share, see [employee.Match]
	Status   employee.Status `json:"status"`
	// Email is the work address of the person who is known; empty where HR has none.
	Email string `json:"email,omitempty"`
	// Sure says that the policy takes this for the same person without asking.
	Sure bool `json:"sure,omitempty"`
}

// RoleGiven is what a role has given.
type RoleGiven struct {
	CaseRef
	Given role.Given `json:"given"`
}

// Admit lets somebody in again whom an offboarding has shut out.
type Admit struct {
	CaseRef
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// ShutOut keeps the person of a case out.
type ShutOut struct{ CaseRef }

// JoinRecords says that the record Employee (of the [CaseRef]) is To's.
type JoinRecords struct {
	CaseRef
	To     employee.ID `json:"to"`
	By     string      `json:"by"`
	Reason string      `json:"reason,omitempty"`
	At     time.Time   `json:"at"`
	// Apart says that the two are different people: it is not asked again.
	Apart bool `json:"apart,omitempty"`
}

// FindLogin asks which of the wanted logins are taken by somebody other than the person. Account is the person's own
// account, where there is one.
type FindLogin struct {
	Identity
	Wanted []string `json:"wanted"`
}

// TakenLogins are those that are.
type TakenLogins struct {
	Taken []TakenLogin `json:"taken,omitempty"`
}

// TakenLogin is a login and who has it.
type TakenLogin struct {
	Login   string `json:"login"`
	Account string `json:"account"` // the vendor's id
	Status  string `json:"status"`  // the vendor's word: ACTIVE, DEPROVISIONED, "suspended", "alias"
	// Number is the employee number that the account carries, if it does.
	Number string `json:"number,omitempty"`
}

// ConvergeOkta brings one Okta account to what a role says. The steps are performed in the order given:
//
//	okta.create   the account is there (staged when new); found by Account, else by employee number and login
//	okta.profile  the attributes of the role, by a partial update of those that differ
//	okta.join     every group of the role
//	okta.quit     every group of Given that the role does not give, but for Keep. Memberships made by a rule, owned by an
//	              application or not in Given are left, and listed
//	okta.open     the account can be signed in to: activated. Only from STAGED and DEPROVISIONED; an account that
//	              somebody else suspended is theirs to open
//	okta.pause    suspended, and sessions cleared: a leave of absence
//	okta.resume   not suspended any more
//	okta.discard  deactivated, the groups of Given left: a hire that was called off
//
// Whatever gives access asks the [Gate] first, and once more afterwards.
type ConvergeOkta struct {
	CaseRef
	Account        string        `json:"account,omitempty"`
	Login          string        `json:"login"`
	EmployeeNumber string        `json:"employeeNumber,omitempty"`
	Steps          []plan.StepID `json:"steps"`
	Role           role.Role     `json:"role"`
	Given          role.Given    `json:"given"`
	Keep           []string      `json:"keep,omitempty"` // groups that are not left yet
	// Mail has Okta send the activation mail.
	Mail bool `json:"mail,omitempty"`
	// Paused says that this case suspended the account, so that it may be opened by it.
	Paused bool `json:"paused,omitempty"`
}

// ConvergedOkta is what came of it.
type ConvergedOkta struct {
	Account string    `json:"account,omitempty"`
	Login   string    `json:"login,omitempty"`
	Status  string    `json:"status,omitempty"`
	Steps   []Outcome `json:"steps"`
	// Given is what the role has given now: the groups and attributes that were found or made as it says, and what is to
	// be taken away still.
	Given   role.Given `json:"given"`
	Changed []Edit     `json:"changed,omitempty"` // attributes
	Joined  []string   `json:"joined,omitempty"`  // groups, by name
	Quit    []string   `json:"quit,omitempty"`
	Manual  []string   `json:"manual,omitempty"` // groups that were given by hand and are left
	ByRule  []string   `json:"byRule,omitempty"` // groups that a rule of Okta's gives
}

// StepOutcomes returns the outcomes.
func (c ConvergedOkta) StepOutcomes() []Outcome { return c.Steps }

// Edit is one attribute that was, or is to be, changed. Values are for people who may see the case.
type Edit struct {
	Name string `json:"name"`
	Was  string `json:"was,omitempty"`
	Now  string `json:"now,omitempty"`
	Rule string `json:"rule,omitempty"`
}

// Comparison is how an account differs from what a role says.
type Comparison struct {
	Exists  bool     `json:"exists"`
	Account string   `json:"account,omitempty"`
	Login   string   `json:"login,omitempty"`
	Status  string   `json:"status,omitempty"`
	Change  []Edit   `json:"change,omitempty"`
	Join    []string `json:"join,omitempty"`
	Quit    []string `json:"quit,omitempty"`
	Manual  []string `json:"manual,omitempty"`
	ByRule  []string `json:"byRule,omitempty"`
	// Unknown are groups of the role that Okta does not have.
	Unknown []string `json:"unknown,omitempty"`
}

// ConvergeGoogle brings one Google account to what HR says. The steps are performed in the order given:
//
//	google.account  the account is there and not suspended (before the first day too: nobody knows its password). Create
//	                makes it; otherwise Okta does, and while it has not the outcome is waiting
//	google.profile  name, title, department, manager and organisational unit, those that differ
//	google.pause    signed out, tokens gone; Suspend suspends it as well
//	google.resume   not suspended any more
//	google.discard  suspended: a hire that was called off
type ConvergeGoogle struct {
	CaseRef
	Account string `json:"account,omitempty"`
	Email   string `json:"email"`
	// Former is the address that the person had until now, where it is known: an account that the ledger does not have is
	// looked for there too.
	Former         string            `json:"former,omitempty"`
	Steps          []plan.StepID     `json:"steps"`
	Person         employee.Employee `json:"person"`
	OrgUnit        string            `json:"orgUnit,omitempty"` // empty: left where it is
	ManagerEmail   string            `json:"managerEmail,omitempty"`
	EmployeeNumber string            `json:"employeeNumber,omitempty"`
	Create         bool              `json:"create,omitempty"`
	Suspend        bool              `json:"suspend,omitempty"`
	// Paused says that this case suspended the account.
	Paused bool `json:"paused,omitempty"`
}

// ConvergedGoogle is what came of it.
type ConvergedGoogle struct {
	Account string    `json:"account,omitempty"`
	Email   string    `json:"email,omitempty"`
	Steps   []Outcome `json:"steps"`
	Changed []Edit    `json:"changed,omitempty"`
}

// StepOutcomes returns the outcomes.
func (c ConvergedGoogle) StepOutcomes() []Outcome { return c.Steps }

// DeployDevice orders a device for a joiner. The order is known again by Ticket.
type DeployDevice struct {
	CaseRef
	Step   plan.StepID       `json:"step"`
	Person employee.Employee `json:"person"`
	Ticket string            `json:"ticket"`
	// Models are what is looked for in the warehouse, the first that is there is taken; OS narrows it ("macos").
	Models []string `json:"models,omitempty"`
	OS     string   `json:"os,omitempty"`
	Speed  string   `json:"speed,omitempty"` // standard_shipping, 2nd_day, next_day
	Notify []string `json:"notify,omitempty"`
}

// ReadDeployment names an order.
type ReadDeployment struct {
	CaseRef
	Step  plan.StepID `json:"step"`
	Order string      `json:"order"`
}

// Deployment is an order as it stands. Outcome.State is waiting while it travels, verified when it is there.
type Deployment struct {
	Order    string  `json:"order,omitempty"`
	Serial   string  `json:"serial,omitempty"`
	Status   string  `json:"status,omitempty"`
	Tracking string  `json:"tracking,omitempty"`
	Carrier  string  `json:"carrier,omitempty"`
	Outcome  Outcome `json:"outcome"`
}

// StepOutcomes returns the one outcome.
func (d Deployment) StepOutcomes() []Outcome { return []Outcome{d.Outcome} }

// Tell is a message to one person.
type Tell struct {
	CaseRef
	Step  plan.StepID `json:"step"`
	Key   string      `json:"key"` // the same key is told once
	Email string      `json:"email"`
	Title string      `json:"title"`
	Text  string      `json:"text"` // plain; lines are kept
}

// ListFields asks for the fields of the Namely account.
type ListFields struct{}

// Fields are the fields of a profile.
type Fields struct {
	Fields []Field `json:"fields"`
	// GroupTypes are the titles of the types of groups a profile can be in: "Department", "Cost Center".
	GroupTypes []string `json:"groupTypes,omitempty"`
}

// Field is one field of a profile.
type Field struct {
	Name  string `json:"name"` // as the API spells it: a key of the profile
	Label string `json:"label,omitempty"`
	Type  string `json:"type"` // Namely's word: text, number, date, select, checkboxes, ...
}

// ReadSchema asks for Okta's default user schema, and which of these groups there are.
type ReadSchema struct {
	Groups []string `json:"groups,omitempty"`
}

// Schema is what an Okta user can have.
type Schema struct {
	Attributes []SchemaAttribute `json:"attributes"`
	// Missing are those of the groups asked about that Okta does not have.
	Missing []string `json:"missing,omitempty"`
}

// SchemaAttribute is one attribute of the user schema.
type SchemaAttribute struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"` // string, boolean, integer, number, array
	Required bool     `json:"required,omitempty"`
	Enum     []string `json:"enum,omitempty"`
	Max      int      `json:"max,omitempty"` // characters, 0 for no bound
	// Master is who may write it: PROFILE_MASTER is somebody other than Okta.
	Master string `json:"master,omitempty"`
}
