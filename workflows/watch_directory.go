package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
)

// WatchDirectoryResult is what one poll of the HR system saw and started.
type WatchDirectoryResult struct {
	Scan       activities.ScanResult `json:"scan"`
	Dispatched activities.Dispatched `json:"dispatched"`
}

// WatchDirectory polls the HR system once, on a Temporal Schedule: one scan that commits the snapshot and the events
// that follow from it together, then the events are dispatched. The outbox is worked off even when the scan fails,
// so that events of an earlier poll do not wait for the HR system to come back.
func WatchDirectory(ctx workflow.Context) (WatchDirectoryResult, error) {
	var r WatchDirectoryResult
	var err error
	scan, scanErr := call(ctx, activities.NamelyScanDirectory, activities.ScanDirectory{}, "read every profile", lane{})
	r.Scan = scan
	r.Dispatched, err = call(ctx, activities.OutboxDispatch, activities.DispatchOutbox{}, "start what follows", lane{})
	if scanErr != nil {
		return r, scanErr
	}
	return r, err
}
