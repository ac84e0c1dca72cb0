package temporalclient

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// CaseOptions are the options with which every case is started, whichever door it comes through: its id, its queue,
// and search attributes that hold ids and codes only. A case that ended may be followed by another of the same id
// (a rehire who leaves again); whether a running one is met or refused is for the caller to say.
func CaseOptions(id, employeeID, process, queue string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: id, TaskQueue: queue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowTaskTimeout:   10 * time.Second,
		StaticSummary:         process + " of " + employeeID,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword(AttrEmployeeID).ValueSet(employeeID),
			temporal.NewSearchAttributeKeyKeyword(AttrProcess).ValueSet(process)),
	}
}
