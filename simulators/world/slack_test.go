package world_test

import (
	"slices"
	"testing"

	"tenure/simulators/company"
	slacksim "tenure/simulators/slack"
	"tenure/simulators/world"
)

func TestSlack_TheCastIsWhereTheConstantsSay(t *testing.T) {
	w, err := world.Start(world.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	it, _ := w.Slack.Channel(world.ITChannel)
	general, _ := w.Slack.Channel(world.GeneralChannel)
	var group []string
	for _, g := range w.Slack.Snapshot().Groups {
		if g.ID == world.ITGroup {
			group = g.Users
		}
	}
	if want := []string{world.AuthorisedUser, world.SecondAuthorisedUser}; !slices.Equal(group, want) {
		t.Fatalf("user group @it holds %v, want %v", group, want)
	}
	for id, want := range map[string]struct{ it, group bool }{world.AuthorisedUser: {true, true}, world.SecondAuthorisedUser: {true, true},
		world.UnauthorisedUser: {true, false}, world.LeaverUser: {false, false}} {
		u, ok := w.Slack.User(id)
		p, hired := company.Find(company.People(), u.Email)
		if !ok || !hired || p.Status != "active" || p.WorkerType != "Full Time" || u.Restricted || u.Deleted {
			t.Errorf("%s is %+v, in HR %s %s", id, u, p.Status, p.WorkerType)
		}
		if slices.Contains(it.Members, id) != want.it || slices.Contains(group, id) != want.group || !slices.Contains(general.Members, id) {
			t.Errorf("%s: in IT's channel %t, in the group %t, in general %t", id, slices.Contains(it.Members, id),
				slices.Contains(group, id), slices.Contains(general.Members, id))
		}
	}
	if leaver, _ := w.Slack.User(world.LeaverUser); leaver.Email != company.DemoLeaver().Email {
		t.Errorf("the leaver is %s", leaver.Email)
	}
	if !slices.Contains(it.Members, slacksim.BotUser) || slices.Contains(general.Members, slacksim.BotUser) {
		t.Error("the app belongs into IT's channel and not into the general one")
	}
}
