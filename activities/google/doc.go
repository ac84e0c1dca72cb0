// Package google acts on Google Workspace: it implements the handles of activities/google.go with the Directory,
// Data Transfer and Gmail APIs, as a service account with domain-wide delegation.
//
// The order of a leaver's steps follows from what the vendor documents: a suspended account takes no mail, ends
// its delegations and refuses mailbox calls, so containment destroys credentials and never suspends; suspension
// comes after the lease of the mailbox has ended.
//
// Three traps shape the code. The SDK leaves zero values out of a request, and Google answers 200 to an empty
// change, so that every false or empty value is named in ForceSendFields and every change is read back. Throttling
// comes as 403. And the error of a call as a suspended user says nothing reliable, so that after such an error the
// account's own state decides.
package google
