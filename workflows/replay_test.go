package workflows_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tenure/workflows"
)

// Cases that run when a new version is deployed go on from histories that the old one wrote. These histories are
// from the embedded server; `go test ./e2e -run TestRecord -record` writes them anew, which is right only
// after a change that workflow.GetVersion guards, or before the first release.
func TestReplay(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "replay", "*.json"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 11)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			r := worker.NewWorkflowReplayer()
			r.RegisterWorkflowWithOptions(workflows.Offboard, workflow.RegisterOptions{Name: string(workflows.ProcessOffboard)})
			r.RegisterWorkflowWithOptions(workflows.DeviceReturn, workflow.RegisterOptions{Name: string(workflows.ProcessDeviceReturn)})
			r.RegisterWorkflowWithOptions(workflows.Onboard, workflow.RegisterOptions{Name: string(workflows.ProcessOnboard)})
			r.RegisterWorkflowWithOptions(workflows.Move, workflow.RegisterOptions{Name: string(workflows.ProcessMove)})
			r.RegisterWorkflowWithOptions(workflows.Leave, workflow.RegisterOptions{Name: string(workflows.ProcessLeave)})
			require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), file))
		})
	}
}
