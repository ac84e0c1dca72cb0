package casefile_test

import (
	"slices"
	"strings"
	"testing"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/internal/plan"
)

func TestBindings_AreLocalActivities(t *testing.T) {
	for _, b := range newOffice(t).Bindings() {
		what, _, _ := strings.Cut(b.Name, ".")
		if !slices.Contains([]string{"case", "batch", "guard", "watch"}, what) || b.Kind != activities.Local || b.Queue != activities.QueueLifecycle {
			t.Errorf("%+v", b)
		}
	}
}

// Through Temporal's own registration and payload conversion.
func TestOpen_AsAnActivity(t *testing.T) {
	var s testsuite.WorkflowTestSuite
	env := s.NewTestActivityEnvironment()
	for _, b := range newOffice(t).Bindings() {
		env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	v, err := env.ExecuteLocalActivity(newOffice(t).Open, opening("E3"))
	if err != nil {
		t.Fatal(err)
	}
	var got activities.OpenedCase
	if err := v.Get(&got); err != nil || got.Person.ID != "E3" || len(got.Contain) == 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// The plan's catalogue names activities by their handles' names, and may not import them. This holds the two
// together.
func TestCatalogue_NamesTheHandles(t *testing.T) {
	handles := map[string]bool{}
	for _, name := range []string{
		activities.OktaCutAccess.Name, activities.OktaRevokeCredentials.Name, activities.OktaRemoveGroups.Name,
		activities.OktaDeactivateUser.Name, activities.OktaUnassignApp.Name,
		activities.GoogleCutAccess.Name, activities.GoogleCloseLeaks.Name, activities.GoogleDelegateMailbox.Name,
		activities.GoogleRemoveDelegate.Name, activities.GoogleSetAutoReply.Name, activities.GoogleStartTransfer.Name,
		activities.GoogleMoveGroups.Name, activities.GoogleHideUser.Name, activities.GoogleMoveOrgUnit.Name,
		activities.GoogleSuspendUser.Name, activities.JamfLockComputer.Name, activities.SlackCutAccess.Name,
		activities.OktaConvergeUser.Name, activities.GoogleConvergeUser.Name, activities.RetrieverDeployDevice.Name,
		activities.SlackTell.Name, activities.SlackAnnounce.Name,
	} {
		handles[name] = true
	}
	for _, e := range slices.Concat(plan.Catalogue(), plan.RoleCatalogue()) {
		if e.Work != plan.ReturnDevice && e.System() != "identity" && !handles[string(e.Work)] {
			t.Errorf("%s is performed by %s, which is no activity", e.Action, e.Work)
		}
	}
}
