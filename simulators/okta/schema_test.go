package oktasim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	oktasim "tenure/simulators/okta"
)

type schemaAnswer struct {
	Definitions struct {
		Base, Custom struct {
			Properties map[string]struct {
				Type      string
				Required  bool
				MaxLength int
				Enum      []string
				Master    struct{ Type string }
			}
			Required []string
		}
	}
}

func TestSchema_ShowsBaseAndCustomAttributes(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	sim.AddAttribute(oktasim.Attribute{Name: "badge", Type: oktasim.Integer})
	sim.AddAttribute(oktasim.Attribute{Name: "shirt", Enum: []string{"S", "M"}})
	sim.MasterElsewhere("title")
	got := decode[schemaAnswer](t, c.get("/api/v1/meta/schemas/user/default"))
	base, custom := got.Definitions.Base.Properties, got.Definitions.Custom.Properties
	if p := base["login"]; p.Type != "string" || !p.Required || p.MaxLength != 100 || p.Master.Type != "OKTA" {
		t.Errorf("login is %+v", p)
	}
	if base["title"].Master.Type != "PROFILE_MASTER" || custom["badge"].Type != "integer" || len(custom["shirt"].Enum) != 2 {
		t.Errorf("title %+v, badge %+v, shirt %+v", base["title"], custom["badge"], custom["shirt"])
	}
	if len(custom) != 2 || len(got.Definitions.Base.Required) != 4 {
		t.Errorf("%d custom attributes, required %v", len(custom), got.Definitions.Base.Required)
	}
	c.get("/api/v1/meta/schemas/user/another").want(t, http.StatusNotFound, "E0000007")
}

func TestProfile_WhatTheSchemaForbids_IsRefusedByName(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	sim.AddAttribute(oktasim.Attribute{Name: "remote", Type: oktasim.YesNo})
	sim.AddAttribute(oktasim.Attribute{Name: "badge", Type: oktasim.Integer})
	sim.AddAttribute(oktasim.Attribute{Name: "sites", Type: oktasim.List, Enum: []string{"Oslo", "Lima"}})
	id := sim.AddUser(person("jo@example.com"))
	sim.AddUser(person("kim@example.com"))
	for name, k := range map[string]struct {
		profile object
		says    string
	}{
		"unknown":         {object{"shoe": "42"}, "Property name 'shoe' is not defined in profile"},
		"text for yes/no": {object{"remote": "yes"}, "remote: "},
		"half a number":   {object{"badge": 1.5}, "badge: "},
		"text for list":   {object{"sites": "Oslo"}, "sites: "},
		"no choice":       {object{"sites": []string{"Rome"}}, "sites: "},
		"number for text": {object{"title": 3}, "title: "},
		"too long":        {object{"countryCode": "NOR"}, "countryCode: "},
		"blank":           {object{"lastName": nil}, "lastName: The field cannot be left blank"},
		"taken login":     {object{"login": "Kim@Example.com"}, "login: An object with this field already exists in the current organization"},
		"no address":      {object{"login": "jo"}, "login: Username must be in the form of an email address"},
	} {
		t.Run(name, func(t *testing.T) {
			got := caller{t, c.base, c.auth}.do(http.MethodPost, "/api/v1/users/"+id, object{"profile": k.profile})
			got.want(t, http.StatusBadRequest, "E0000001")
			if !strings.Contains(string(got.body), k.says) {
				t.Errorf("answered %s", got.body)
			}
		})
	}
	c.do(http.MethodPost, "/api/v1/users/"+id, object{"profile": object{"remote": true, "badge": 7, "sites": []string{"Oslo"}, "login": "JO@example.com"}}).want(t, http.StatusOK, "")
}

func TestProfile_MasteredElsewhere_IsRefusedInBothWays(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	sim.MasterElsewhere("title")
	id := sim.AddUser(oktasim.User{Profile: oktasim.Profile{Login: "jo@example.com", FirstName: "Jo", LastName: "Doe", Title: "Chef"}})
	update := func(title string) answer {
		return c.do(http.MethodPost, "/api/v1/users/"+id, object{"profile": object{"title": title, "city": "Oslo"}})
	}
	update("Cook").want(t, http.StatusForbidden, "E0000023")
	update("Chef").want(t, http.StatusOK, "") // unchanged
	sim.MasteredAsInvalid = true
	update("Cook").want(t, http.StatusBadRequest, "E0000001")
}

func TestProfile_Deactivated_IsEditedOnlyWhereTheOrgAllows(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	u := person("jo@example.com")
	u.Status = oktasim.Deprovisioned
	id := sim.AddUser(u)
	change := object{"profile": object{"title": "Cook"}}
	c.do(http.MethodPost, "/api/v1/users/"+id, change).want(t, http.StatusNotFound, "E0000007")
	sim.EditDeactivated = true
	c.do(http.MethodPost, "/api/v1/users/"+id, change).want(t, http.StatusOK, "")
}

func TestGroupSearch_LagsBehindGroupsMadeByTheAPI(t *testing.T) {
	clock := newClock()
	sim := oktasim.Simulator{SearchLag: time.Minute}
	sim.Clock = clock.now
	c := serve(t, &sim)
	sim.AddGroup(oktasim.Group{Name: `the "A" team`})
	c.do(http.MethodPost, "/api/v1/groups", object{"profile": object{"name": "crew"}}).want(t, http.StatusOK, "")
	search := "/api/v1/groups?search=profile.name+eq+%22crew%22+or+profile.name+eq+%22the+%5C%22A%5C%22+team%22"
	if got := c.ids(search); len(got) != 1 {
		t.Errorf("at once: %v", got)
	}
	clock.pass(2 * time.Minute)
	if got := c.ids(search); len(got) != 2 {
		t.Errorf("later: %v", got)
	}
}

func TestActivationMail_IsSentUnlessOktaIsToldNotTo(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	mails := func(id string) int { u, _ := sim.User(id); return u.ActivationMails }
	begin := func(login string) string {
		u := person(login)
		u.Status = oktasim.Staged
		return sim.AddUser(u)
	}
	told, silent := begin("told@example.com"), begin("silent@example.com")
	c.post("/api/v1/users/" + told + "/lifecycle/activate")
	c.post("/api/v1/users/" + silent + "/lifecycle/activate?sendEmail=false")
	if mails(told) != 1 || mails(silent) != 0 || sim.Accept("silent@example.com") == nil {
		t.Errorf("%d and %d mails", mails(told), mails(silent))
	}
	c.post("/api/v1/users/" + silent + "/lifecycle/reactivate")
	c.post("/api/v1/users/" + silent + "/lifecycle/reactivate?sendEmail=true")
	if mails(silent) != 1 {
		t.Errorf("%d mails after one reactivation with a mail and one without", mails(silent))
	}
	if err := sim.Accept("silent@example.com"); err != nil {
		t.Error(err)
	}
	if u, _ := sim.User(silent); u.Status != oktasim.Active {
		t.Errorf("whoever chose a password is %s", u.Status)
	}
}
