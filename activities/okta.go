package activities

import "tenure/internal/plan"

// Activities of Okta.
var (
	// OktaReadUser reads an account with its roles, groups (and which came by rule), apps and devices. It finds a
	// DEPROVISIONED account too. An account that does not exist is Facts.Exists == false, not an error.
	OktaReadUser = reads[Identity, plan.OktaFacts](QueueOkta, "ReadUser")
	// OktaCutAccess performs okta.roles, okta.suspend, okta.sessions.
	OktaCutAccess = evidenced[Perform, Outcomes](QueueOkta, "CutAccess", Contain)
	// OktaRevokeCredentials performs okta.factors, okta.grants, okta.devices.
	OktaRevokeCredentials = evidenced[Perform, Outcomes](QueueOkta, "RevokeCredentials", Contain)
	// OktaRemoveGroups performs okta.groups: direct memberships of OKTA_GROUPs only; rule-made and app-made ones
	// are left and listed in the outcome.
	OktaRemoveGroups = evidenced[Perform, Outcomes](QueueOkta, "RemoveGroups", Change)
	// OktaDeactivateUser performs okta.deactivate and polls until DEPROVISIONED with no transition under way.
	OktaDeactivateUser = evidenced[Perform, Outcomes](QueueOkta, "DeactivateUser", Contain)
	// OktaUnassignApp takes one directly assigned app away. A GROUP-scoped assignment goes with its group.
	OktaUnassignApp = evidenced[UnassignApp, Outcomes](QueueOkta, "UnassignApp", Change)
	// OktaProbeAccess reads whether the person has any way in again: the residual-access watch.
	OktaProbeAccess = reads[Identity, Residue](QueueOkta, "ProbeAccess")
	// OktaRestoreUser brings an account back to what was found before: activates or unsuspends it, and adds the
	// direct groups and apps of the snapshot. What cannot be restored is an outcome that needs a person.
	OktaRestoreUser = evidenced[RestoreOkta, Outcomes](QueueOkta, "RestoreUser", Change)
)

// UnassignApp takes one application's assignment away from an Okta user.
type UnassignApp struct {
	CaseRef
	Account string       `json:"account"`
	Step    plan.StepID  `json:"step"`
	App     plan.AppStep `json:"app"`
}

// Residue is what access a person still or again has in one system.
type Residue struct {
	Any bool `json:"any"`
	// Found says what, in words for people: "user is ACTIVE again", "member of group 00g1".
	Found []string `json:"found,omitempty"`
	// Cause says why, where the vendor tells: "reactivated by import from app 0oa1".
	Cause string `json:"cause,omitempty"`
}

// RestoreOkta undoes containment from the snapshot. Done lists the steps that had been performed.
type RestoreOkta struct {
	CaseRef
	Facts plan.OktaFacts `json:"facts"`
	Done  []plan.StepID  `json:"done"`
}
