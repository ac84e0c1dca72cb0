package temporalclient

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
)

func TestCaseOptions_CarryIdsAndCodesOnly(t *testing.T) {
	o := CaseOptions("offboard/E1042", "E1042", "Offboard", "lifecycle")
	require.Equal(t, "offboard/E1042", o.ID)
	require.Equal(t, "lifecycle", o.TaskQueue)
	require.Equal(t, "Offboard of E1042", o.StaticSummary)
	require.Equal(t, 2, o.TypedSearchAttributes.Size())
	for name, want := range map[string]string{AttrEmployeeID: "E1042", AttrProcess: "Offboard"} {
		got, ok := o.TypedSearchAttributes.GetKeyword(temporal.NewSearchAttributeKeyKeyword(name))
		require.True(t, ok, name)
		require.Equal(t, want, got)
	}
}

func TestCaseOptions_RehireMayLeaveAgain(t *testing.T) {
	o := CaseOptions("offboard/E1042", "E1042", "Offboard", "lifecycle")
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, o.WorkflowIDReusePolicy)
	// Meeting a running case or being refused by it differs from door to door.
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_UNSPECIFIED, o.WorkflowIDConflictPolicy)
}

// A case lasts for months: nothing may end it but itself.
func TestCaseOptions_SetNoTimeLimit(t *testing.T) {
	o := CaseOptions("offboard/E1042", "E1042", "Offboard", "lifecycle")
	require.Zero(t, o.WorkflowExecutionTimeout)
	require.Zero(t, o.WorkflowRunTimeout)
	require.Nil(t, o.RetryPolicy)
}
