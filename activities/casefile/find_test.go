package casefile_test

import (
	"errors"
	"slices"
	"testing"

	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/employee"
)

func TestFind_ByAddressIDOrProfile_SaysAsMuchAsIsAskedBack(t *testing.T) {
	o := newOffice(t)
	want := activities.PersonBrief{ID: "E3", ProfileID: "p-E3", Name: "Name E3", Email: "e3@example.com", Status: employee.Active}
	for _, text := range []string{"E3", "p-E3", "E3@Example.com"} {
		got, err := o.Find(t.Context(), activities.FindPeople{Text: text})
		if err != nil || !slices.Equal(got.People, []activities.PersonBrief{want}) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestFind_Nobody_IsAnEmptyListAndNoError(t *testing.T) {
	got, err := newOffice(t).Find(t.Context(), activities.FindPeople{Text: "nobody@example.com"})
	if err != nil || got.People == nil || len(got.People) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFind_ManyByID_LeavesOutWhomNobodyKnows(t *testing.T) {
	got, err := newOffice(t).Find(t.Context(), activities.FindPeople{IDs: []employee.ID{"E2", "E99", "E1", "p-E3"}})
	var ids []employee.ID
	for _, p := range got.People {
		ids = append(ids, p.ID)
	}
	if err != nil || !slices.Equal(ids, []employee.ID{"E2", "E1"}) {
		t.Errorf("%v, %v", ids, err)
	}
}

func TestFind_TooManyAtOnce_IsRefused(t *testing.T) {
	_, err := newOffice(t).Find(t.Context(), activities.FindPeople{IDs: make([]employee.ID, activities.MaxFound+1)})
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != activities.InvalidInput {
		t.Errorf("%v", err)
	}
}
