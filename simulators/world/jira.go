package world

import jirasim "tenure/simulators/jira"

// seedJira gives the project's workflow a status in which a ticket says that a laptop is back. It is no end of the
// ticket: Tenure closes it itself.
func (w *World) seedJira() {
	flow := jirasim.DefaultWorkflow()
	flow.Statuses = append(flow.Statuses, jirasim.Status{ID: "10100", Name: "Received", Category: "indeterminate"})
	flow.Transitions = append(flow.Transitions, jirasim.Way{ID: "41", Name: "Received", To: "Received"})
	w.Jira.AddProject(jirasim.Project{Key: jirasim.DefaultProject, Name: "Offboarding", Workflow: flow})
}
