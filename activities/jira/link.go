package jira

import (
	"context"
	"net/http"

	"go.temporal.io/sdk/activity"
)

// maxGlobalID is Jira's bound on a remote link's own id.
const maxGlobalID = 255

// link ties the ticket to its workflow. A remote link with a globalId is an upsert, but what an update leaves out is
// lost: the whole link is sent each time. A Jira with linking switched off keeps its ticket without the link.
func (m *mirroring) link(ctx context.Context) error {
	if m.view.WorkflowURL == "" || m.older() {
		return nil
	}
	title := "Case " + m.view.Case
	want := fingerprint(m.view.WorkflowURL, title, m.view.Closed)
	if m.linked == want {
		return nil
	}
	body := object{
		"globalId":     cut("system=tenure&id="+m.view.Case+"/"+m.view.Run, maxGlobalID),
		"application":  object{"type": "tenure", "name": "Tenure"},
		"relationship": "automated by",
		"object": object{"url": m.view.WorkflowURL, "title": title, "summary": "The workflow that carries this case",
			"status": object{"resolved": m.view.Closed}},
	}
	err := m.do(ctx, http.MethodPost, issuePath(m.ticket.Key, "/remotelink"), body, nil)
	if err != nil && !permanent(err) {
		return err
	}
	if err != nil && activity.IsActivity(ctx) {
		activity.GetLogger(ctx).Warn("Jira refused the link from ticket to workflow", "error", err)
	}
	m.linked = want
	return nil
}
