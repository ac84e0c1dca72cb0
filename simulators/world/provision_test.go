package world_test

import (
	"net/http"
	"strings"
	"testing"

	"tenure/simulators/company"
	oktasim "tenure/simulators/okta"
	"tenure/simulators/world"
)

// Where Okta makes the Google accounts, an account that is opened in Okta with the Google app has one, and an account
// that only waits for its first day has none.
func TestProvision_AnOpenedAccountGetsAGoogleAccount(t *testing.T) {
	w, err := world.Start(world.Config{People: company.People()[:25], Provision: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	p := company.DemoJoiner()
	id := w.Okta.AddUser(oktasim.User{Status: oktasim.Staged, Profile: oktasim.Profile{Login: p.Email, FirstName: p.First, LastName: p.Last}})
	if _, there := w.Google.User(p.Email); there {
		t.Error("somebody who has not begun has a Google account")
	}
	req, err := http.NewRequest(http.MethodPost, w.URL["okta"]+"/api/v1/users/"+id+"/lifecycle/activate", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "SSWS "+oktasim.DefaultToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", resp, err)
	}
	_ = resp.Body.Close()
	if u, there := w.Google.User(p.Email); !there || u.GivenName != p.First || u.Suspended {
		t.Errorf("Google: there %v, %+v", there, u.PrimaryEmail)
	}
}
