package activities

// What `tenure doctor` asks of every system: read-only, and more than whether the credential is let in.
var (
	NamelyExamine    = reads[Examine, Findings](QueueNamely, "Examine")
	OktaExamine      = reads[Examine, Findings](QueueOkta, "Examine")
	GoogleExamine    = reads[Examine, Findings](QueueGoogle, "Examine")
	JamfExamine      = reads[Examine, Findings](QueueJamf, "Examine")
	RetrieverExamine = reads[Examine, Findings](QueueRetriever, "Examine")
	TrackingExamine  = reads[Examine, Findings](QueueTracking, "Examine")
	SlackExamine     = reads[Examine, Findings](QueueSlack, "Examine")
	JiraExamine      = reads[Examine, Findings](QueueJira, "Examine")
	// CaseExamine looks at the policy and the store.
	CaseExamine = define[Examine, Findings](QueueLifecycle, "case.Examine", Local)
)

// Examine carries what the checks of a system need of the policy. [CaseExamine] reads it there; see [Findings.Rules].
type Examine struct {
	LeaveField   string   `json:"leaveField,omitempty"`   // Namely: the field that says who is on leave
	OrgUnit      string   `json:"orgUnit,omitempty"`      // Google: where leavers go
	SlackChannel string   `json:"slackChannel,omitempty"` // Slack: the private IT channel
	SlackGroups  []string `json:"slackGroups,omitempty"`  // Slack: user groups that the policy names
	JiraProject  string   `json:"jiraProject,omitempty"`
	JiraType     string   `json:"jiraType,omitempty"`
	JiraSubtask  string   `json:"jiraSubtask,omitempty"`
	JiraStatuses []string `json:"jiraStatuses,omitempty"` // statuses that mean something to the policy
	Mapping      bool     `json:"mapping,omitempty"`      // Okta: the policy maps HR's records to attributes and groups
	OktaGroups   []string `json:"oktaGroups,omitempty"`   // Okta: groups that the policy names
	// PolicyHash tells the policy in force from any other.
	PolicyHash string `json:"policyHash,omitempty"`
}

// Findings are what an examination saw.
type Findings struct {
	Findings []Finding `json:"findings"`
	// Rules is what the policy in force says to the examinations of the systems. CaseExamine alone sets it.
	Rules *Examine `json:"rules,omitempty"`
}

// Severity says how bad a finding is.
type Severity string

// The severities, best first.
const (
	FindingOK      Severity = "ok"
	FindingWarning Severity = "warning" // something will not work, or not for long
	FindingFailure Severity = "failure" // leavers would not be contained, or nobody would know
)

// Finding is one thing that was looked at.
type Finding struct {
	System   string   `json:"system"`
	Check    string   `json:"check"` // a short name that stays: "okta.admin-role"
	Severity Severity `json:"severity"`
	Text     string   `json:"text"`           // what is so
	Why      string   `json:"why,omitempty"`  // why it matters; empty when all is well
	Mend     string   `json:"mend,omitempty"` // what to do about it
}
