package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
)

// LookInput asks for what only a worker can read, because the store is there. What is nil is not asked.
type LookInput struct {
	People  *activities.FindPeople  `json:"people,omitempty"`
	Batches *activities.ListBatches `json:"batches,omitempty"`
	Batch   *activities.ShowBatch   `json:"batch,omitempty"`
	Watch   *activities.AskWatch    `json:"watch,omitempty"`
}

// LookResult answers what was asked.
type LookResult struct {
	People  *activities.FoundPeople `json:"people,omitempty"`
	Batches *activities.Batches     `json:"batches,omitempty"`
	Batch   *employee.Batch         `json:"batch,omitempty"`
	Watch   *activities.WatchState  `json:"watch,omitempty"`
}

// Look answers a question of a front door that has no store of its own. It changes nothing.
func Look(ctx workflow.Context, in LookInput) (LookResult, error) {
	var r LookResult
	for _, err := range []error{
		answer(ctx, activities.CaseFind, in.People, &r.People),
		answer(ctx, activities.BatchList, in.Batches, &r.Batches),
		answer(ctx, activities.BatchShow, in.Batch, &r.Batch),
		answer(ctx, activities.WatchStatus, in.Watch, &r.Watch),
	} {
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// answer runs the activity that answers a question, if it was asked.
func answer[In, Out any](ctx workflow.Context, a activities.Activity[In, Out], in *In, out **Out) error {
	if in == nil {
		return nil
	}
	got, err := call(ctx, a, *in, "look", lane{})
	*out = &got
	return err
}
