package googlesim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"
)

const users = "/admin/directory/v1/users"

// full is a person with something in every list.
func full(u *User) {
	u.EmployeeNumber, u.Title, u.Department, u.CostCenter, u.Manager = "E1", "Clerk", "Support", "1", "boss@example.com"
	u.Extra = Extra{Organizations: []map[string]any{{"title": "Trainer"}}, Primary: map[string]any{"location": "Troy"},
		Relations: []map[string]any{{"type": "assistant", "value": "aid@example.com"}}, ExternalIDs: []map[string]any{{"type": "network", "value": "n-1"}}}
}

func TestLists_AreReplacedWhole_AndReadAsWritten(t *testing.T) {
	o := newOffice(t)
	o.sim.Change(ann, full)
	admin := o.as(AdminEmail)
	before, _ := o.sim.User(ann)
	_, shown := admin("GET", users+"/"+ann, "")
	for _, list := range []string{"organizations", "relations", "externalIds"} {
		entries, _ := shown[list].([]any)
		if len(entries) != 2 {
			t.Fatalf("%s: %v", list, shown[list])
		}
	}
	body := fmt.Sprintf(`{"organizations":%s,"relations":%s,"externalIds":%s}`, encoded(t, shown["organizations"]), encoded(t, shown["relations"]), encoded(t, shown["externalIds"]))
	if status, _ := admin("PUT", users+"/"+ann, body); status != http.StatusOK {
		t.Fatal(status)
	}
	if after, _ := o.sim.User(ann); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("written as read, and it became\n%+v, was\n%+v", after, before)
	}
	admin("PUT", users+"/"+ann, `{"relations":[{"type":"manager","value":"new@example.com"}],"organizations":[{"title":"Lead","primary":true}],"externalIds":[{"type":"organization","value":"E2"}]}`)
	if u, _ := o.sim.User(ann); u.Manager != "new@example.com" || u.Title != "Lead" || u.Department != "" || u.EmployeeNumber != "E2" || fmt.Sprint(u.Extra) != fmt.Sprint(Extra{}) {
		t.Errorf("the lists were merged: %+v", u)
	}
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLists_NullClears_AndAnEmptyListDoesNothing(t *testing.T) {
	o := newOffice(t)
	o.sim.Change(ann, full)
	admin := o.as(AdminEmail)
	before, _ := o.sim.User(ann)
	admin("PUT", users+"/"+ann, `{"relations":[],"organizations":[],"externalIds":[]}`)
	if u, _ := o.sim.User(ann); fmt.Sprint(u) != fmt.Sprint(before) {
		t.Errorf("an empty list changed %+v", u)
	}
	admin("PUT", users+"/"+ann, `{"relations":null,"organizations":null,"externalIds":null}`)
	if u, _ := o.sim.User(ann); u.Manager != "" || u.Title != "" || u.EmployeeNumber != "" || fmt.Sprint(u.Extra) != fmt.Sprint(Extra{}) {
		t.Errorf("null left %+v", u)
	}
}

func TestName_PartOfItIsEnough_AndNeitherMayBeEmptyOrTooLong(t *testing.T) {
	o := newOffice(t)
	admin := o.as(AdminEmail)
	admin("PUT", users+"/"+ann, `{"name":{"familyName":"Lake"}}`)
	if u, _ := o.sim.User(ann); u.Name() != "Ann Lake" {
		t.Error(u.Name())
	}
	for _, bad := range []string{"", " ", fmt.Sprintf("%061d", 0)} {
		if status, e := admin("PUT", users+"/"+ann, fmt.Sprintf(`{"name":{"givenName":%q}}`, bad)); status != http.StatusBadRequest || reason(e) != "invalid" {
			t.Errorf("%q: %d", bad, status)
		}
	}
}

// An address is one thing's alone.
func TestAddress_WhoeverHasIt_IsADuplicate(t *testing.T) {
	for name, c := range map[string]struct {
		take  func(*office)
		knob  func(*Simulator)
		taken bool
	}{
		"Account":       {func(o *office) { o.sim.AddUser(User{PrimaryEmail: "x@example.com"}) }, nil, true},
		"Alias":         {func(o *office) { o.sim.Change(AdminEmail, func(u *User) { u.Aliases = []string{"x@example.com"} }) }, nil, true},
		"Group":         {func(o *office) { o.sim.AddGroup("x@example.com", "X") }, nil, true},
		"DeletedLately": {func(o *office) { o.sim.AddUser(User{PrimaryEmail: "x@example.com", Deleted: o.sim.Now()}) }, nil, true},
		"DeletedLately_WhereThatFreesIt": {func(o *office) { o.sim.AddUser(User{PrimaryEmail: "x@example.com", Deleted: o.sim.Now()}) },
			func(s *Simulator) { s.DeletedFreesAddress = true }, false},
		"DeletedLongAgo": {func(o *office) {
			o.sim.AddUser(User{PrimaryEmail: "x@example.com", Deleted: o.sim.Now().Add(-undeletable)})
		}, nil, false},
		"Nobody": {func(*office) {}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			want := http.StatusOK
			if c.taken {
				want = http.StatusConflict
			}
			for call, body := range map[[2]string]string{
				{"PUT", users + "/" + ann}: `{"primaryEmail":"x@example.com"}`,
				{"POST", users}:            `{"primaryEmail":"x@example.com","name":{"givenName":"X","familyName":"Y"},"password":"long enough"}`,
			} {
				o := newOffice(t, func(s *Simulator) {
					if c.knob != nil {
						c.knob(s)
					}
				})
				c.take(o)
				if status, answer := o.as(AdminEmail)(call[0], call[1], body); status != want {
					t.Errorf("%v: %d %v", call, status, answer)
				}
			}
		})
	}
}

func TestRename_ToAnOwnAlias_ChangesPlaces_UnlessTheKnobForbids(t *testing.T) {
	for _, blocks := range []bool{false, true} {
		o := newOffice(t, func(s *Simulator) { s.AliasBlocksRename = blocks })
		o.sim.Change(ann, func(u *User) { u.Aliases = []string{"a@example.com"} })
		status, _ := o.as(AdminEmail)("PUT", users+"/"+ann, `{"primaryEmail":"a@example.com"}`)
		u, _ := o.sim.User(ann)
		if blocks != (status == http.StatusConflict) || blocks != (u.PrimaryEmail == ann) || !blocks && !slices.Equal(u.Aliases, []string{ann}) {
			t.Errorf("blocks %v: %d %+v", blocks, status, u)
		}
	}
}

func TestDeleted_AreAListOfTheirOwn_For20Days(t *testing.T) {
	o := newOffice(t)
	admin := o.as(AdminEmail)
	if status, _ := admin("DELETE", users+"/"+ann, ""); status != http.StatusNoContent {
		t.Fatal(status)
	}
	listed := func() int {
		_, page := admin("GET", users+"?customer=my_customer&showDeleted=true", "")
		all, _ := page["users"].([]any)
		return len(all)
	}
	if listed() != 1 {
		t.Error("a deleted account is not listed")
	}
	o.pass(undeletable)
	if listed() != 0 {
		t.Error("listed although it cannot be brought back")
	}
}

func TestVisibleLag_TheAddressIsTakenAndNothingShows(t *testing.T) {
	o := newOffice(t, func(s *Simulator) { s.VisibleLag = time.Minute })
	admin := o.as(AdminEmail)
	const body = `{"primaryEmail":"new@example.com","name":{"givenName":"New","familyName":"Hire"},"password":"long enough","externalIds":[{"type":"organization","value":"E9"}]}`
	search := users + "?customer=my_customer&query=" + url.QueryEscape("externalId='E9'")
	if status, _ := admin("POST", users, body); status != http.StatusOK {
		t.Fatal(status)
	}
	_, page := admin("GET", search, "")
	read, _ := admin("GET", users+"/new@example.com", "")
	again, _ := admin("POST", users, body)
	if read != http.StatusNotFound || again != http.StatusConflict || page["users"] != nil {
		t.Errorf("read %d, again %d, found %v", read, again, page)
	}
	o.pass(time.Minute)
	_, page = admin("GET", search, "")
	if read, _ = admin("GET", users+"/new@example.com", ""); read != http.StatusOK || page["users"] == nil {
		t.Errorf("read %d, found %v", read, page)
	}
}

func TestProvision(t *testing.T) {
	o := newOffice(t, func(s *Simulator) { s.ProvisionTime = time.Minute; s.Dir = t.TempDir() })
	if o.sim.Provision("new@example.com", "New", "Hire") {
		t.Error("there at once")
	}
	o.sim.Provision("called.off@example.com", "Off", "Called")
	o.sim.Withdraw("Called.Off@example.com")
	o.sim.AddGroup("group@example.com", "Group")
	o.sim.Provision("group@example.com", "Is", "Taken")
	o.sim.Change(ann, func(u *User) { u.Suspended, u.SuspensionReason = true, "ADMIN" })
	if !o.sim.Provision(ann, "Anna", "Other") {
		t.Error("an account that is there is not")
	}
	o.pass(time.Minute)
	u, there := o.sim.User("new@example.com")
	if !there || u.Name() != "New Hire" || u.EmployeeNumber != "" || u.PasswordDigest != "" {
		t.Errorf("%v %+v", there, u)
	}
	if _, there := o.sim.User("called.off@example.com"); there {
		t.Error("made although it was withdrawn")
	}
	if u, _ := o.sim.User(ann); u.Suspended || u.GivenName != "Anna" {
		t.Errorf("%+v", u)
	}
	after := &Simulator{}
	after.Dir, after.Clock = o.sim.Dir, o.sim.Clock
	if again, _ := after.User("new@example.com"); again.ID != u.ID {
		t.Errorf("the account is %s in the next process, was %s", again.ID, u.ID)
	}
}

func TestGroup_IsFoundByAnAlias(t *testing.T) {
	o := newOffice(t)
	id := o.sim.AddGroup("all@example.com", "All", "everybody@example.com")
	if g, found := o.sim.Group("Everybody@example.com"); !found || g.ID != id {
		t.Errorf("%v %+v", found, g)
	}
}
