package workflows_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/workflows"
)

// library answers every question of a look, and counts them.
func library(t *testing.T, in workflows.LookInput) (workflows.LookResult, []string, error) {
	t.Helper()
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	var asked []string
	register := func(b activities.Binding) {
		env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	register(activities.CaseFind.Bind(func(_ context.Context, in activities.FindPeople) (activities.FoundPeople, error) {
		asked = append(asked, "people "+in.Text)
		return activities.FoundPeople{People: []activities.PersonBrief{{ID: "E1042"}}}, nil
	}))
	register(activities.BatchList.Bind(func(_ context.Context, in activities.ListBatches) (activities.Batches, error) {
		asked = append(asked, "batches "+string(in.State))
		return activities.Batches{Batches: []employee.Batch{{ID: "B7"}}}, nil
	}))
	register(activities.BatchShow.Bind(func(_ context.Context, in activities.ShowBatch) (employee.Batch, error) {
		asked = append(asked, "batch "+in.Batch)
		if in.Batch != "B7" {
			return employee.Batch{}, activities.Classify(activities.Problemf(activities.NotFound, "there is no batch %s", in.Batch))
		}
		return employee.Batch{ID: in.Batch}, nil
	}))
	register(activities.WatchStatus.Bind(func(context.Context, activities.AskWatch) (activities.WatchState, error) {
		asked = append(asked, "watch")
		return activities.WatchState{Held: 30}, nil
	}))
	env.ExecuteWorkflow(workflows.Look, in)
	var r workflows.LookResult
	if err := env.GetWorkflowError(); err != nil {
		return r, asked, err
	}
	return r, asked, env.GetWorkflowResult(&r)
}

func TestLook_AnswersWhatIsAskedAndNothingElse(t *testing.T) {
	r, asked, err := library(t, workflows.LookInput{People: &activities.FindPeople{Text: "robin@example.com"}, Batch: &activities.ShowBatch{Batch: "B7"}})
	require.NoError(t, err)
	require.Equal(t, []string{"people robin@example.com", "batch B7"}, asked)
	require.Equal(t, employee.ID("E1042"), r.People.People[0].ID)
	require.Equal(t, "B7", r.Batch.ID)
	require.Nil(t, r.Batches)
	require.Nil(t, r.Watch)

	r, asked, err = library(t, workflows.LookInput{Batches: &activities.ListBatches{State: employee.BatchHeld}, Watch: &activities.AskWatch{}})
	require.NoError(t, err)
	require.Equal(t, []string{"batches held", "watch"}, asked)
	require.Len(t, r.Batches.Batches, 1)
	require.Equal(t, 30, r.Watch.Held)
}

func TestLook_WhatThereIsNot_IsTheActivitysOwnError(t *testing.T) {
	_, _, err := library(t, workflows.LookInput{Batch: &activities.ShowBatch{Batch: "B99"}})
	var app *temporal.ApplicationError
	require.True(t, errors.As(err, &app))
	require.Equal(t, activities.NotFound, app.Type())
}
