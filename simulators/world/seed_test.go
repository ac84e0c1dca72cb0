package world_test

import (
	"slices"
	"testing"

	"tenure/simulators/company"
	"tenure/simulators/world"
)

// Whoever plays with the company must not end the token by it, also in a world that goes on where another stopped.
func TestNamelyToken_BelongsToABystander(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		w, err := world.Start(world.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.Close)
		owner, ok := company.Find(company.People(), w.Namely.TokenOwner())
		if !ok || owner.Department != "IT" || owner.Status != "active" || owner.GoogleSuperAdmin {
			t.Errorf("the token is of %+v", owner)
		}
		u, known := w.Slack.User(owner.Email)
		if !known || slices.ContainsFunc(world.Cast(), func(p world.Part) bool { return p.User == u.ID }) {
			t.Errorf("%s has a part", owner.Name())
		}
		if slices.ContainsFunc(company.People(), func(p company.Person) bool { return p.Manager == owner.ProfileID }) {
			t.Errorf("%s manages people", owner.Name())
		}
		w.Close()
	}
}

func TestNamelyToken_InACompanyWithoutIT_IsOfTheFirst(t *testing.T) {
	people := company.People()[:25]
	w, err := world.Start(world.Config{People: people})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	if got := w.Namely.TokenOwner(); got != people[0].ProfileID {
		t.Errorf("the token is of %s", got)
	}
}
