package jira_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/activities/jira"
	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
)

// TestError_EveryRowOfTheTable sends each answer Jira gives to a create, and looks at what Temporal is told.
func TestError_EveryRowOfTheTable(t *testing.T) {
	const form = `{"errorMessages":[%m],"errors":{%e}}`
	say := func(messages, fields string) string {
		return strings.NewReplacer("%m", messages, "%e", fields).Replace(form)
	}
	for _, c := range []struct {
		fact   string
		status int
		body   string
		typ    string
		mend   string
	}{
		{"UnknownProject", 400, say("", `"project":"project is required"`), activities.InvalidInput, "jira.project"},
		{"UnknownType", 400, say("", `"issuetype":"Specify a valid issue type"`), activities.InvalidInput, "jira.type"},
		{"ParentRefused", 400, say("", `"parent":"no"`), activities.InvalidInput, "jira.subtask"},
		{"FieldNotOnScreen", 400, say("", `"labels":"Field 'labels' cannot be set. It is not on the appropriate screen, or unknown."`), activities.InvalidInput, "screens"},
		{"StateMovedOn", 400, say(`"It seems that you have tried to perform a workflow operation (31) that is not valid for the current state"`, ""), activities.Conflict, "history"},
		{"OtherBadRequest", 400, say(`"no"`, ""), activities.InvalidInput, "complains"},
		{"Unauthorised", 401, "<html>Unauthorized</html>", activities.Forbidden, "expired"},
		{"BearerOnCloud", 403, `{"error":"Failed to parse Connect Session Auth Token"}`, activities.Forbidden, "jira.flavour to cloud"},
		{"BasicSwitchedOff", 403, `{"message":"Basic Authentication has been disabled on this instance."}`, activities.Forbidden, "datacenter"},
		{"PermissionMissing", 403, say(`"no"`, ""), activities.Forbidden, "permission"},
		{"Gone", 404, say(`"Issue does not exist"`, ""), activities.NotFound, "Browse Projects"},
		{"RequestTimeout", 408, "", activities.Unavailable, ""},
		{"ChangedByOthers", 409, say(`"no"`, ""), activities.Unavailable, ""},
		{"RemovedAPI", 410, say(`"The requested API has been removed."`, ""), activities.Unsupported, "jira.flavour"},
		{"TooMuch", 413, say(`"no"`, ""), activities.Unsupported, "limit"},
		{"Unprocessable", 422, say(`"no"`, ""), activities.InvalidInput, "configuration"},
		{"TooEarly", 425, "", activities.Unavailable, ""},
		{"Throttled", 429, "", activities.RateLimited, ""},
		{"ServerError", 500, "<html>no</html>", activities.Unavailable, ""},
		{"ServiceUnavailable", 503, "", activities.Unavailable, ""},
		{"Redirect", 302, "", activities.InvalidInput, "jira.url redirects"},
		{"NotJSON", 200, "<html>sign in</html>", activities.Unavailable, "sign-in page"},
		{"Teapot", 418, "", activities.InvalidInput, "own words"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			w := newWorld(t, &jirasim.Simulator{})
			w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Status: c.status, Body: orSpace(c.body), Header: map[string]string{"Content-Type": "application/json"}})
			_, err := w.try(input(view(1)))
			var app *temporal.ApplicationError
			if !errors.As(err, &app) || app.Type() != c.typ {
				t.Fatalf("error is %v, want type %s", err, c.typ)
			}
			if app.NonRetryable() == (c.typ == activities.Unavailable || c.typ == activities.RateLimited) {
				t.Errorf("non-retryable is %v for %s", app.NonRetryable(), c.typ)
			}
			if !strings.Contains(err.Error(), c.mend) {
				t.Errorf("no way out with %q in: %v", c.mend, err)
			}
			for _, secret := range []string{jirasim.DefaultToken, "<html>", "labels =", "jql="} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q is in the error: %v", secret, err)
				}
			}
		})
	}
}

// orSpace is a body that is empty to a reader; the kit would put the vendor's own in place of none.
func orSpace(body string) string {
	if body == "" {
		return " "
	}
	return body
}

func TestError_NobodyAnswers_IsUnavailable(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	cfg := w.config()
	cfg.BaseURL = "http://127.0.0.1:1"
	w.start(cfg)
	_, err := w.try(input(view(1)))
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != activities.Unavailable || strings.Contains(err.Error(), "jql=") {
		t.Errorf("error is %v", err)
	}
}

func TestError_RetryAfter_BecomesTheDelay(t *testing.T) {
	for _, form := range []jirasim.ThrottleForm{jirasim.ThrottleJSON, jirasim.ThrottleEmpty, jirasim.ThrottleHTML} {
		flavours(t, func(w *world) {
			w.sim.Throttle = form
			w.sim.Inject(kit.Fault{Throttle: true})
			_, err := w.try(input(view(1)))
			var app *temporal.ApplicationError
			if !errors.As(err, &app) || app.Type() != activities.RateLimited || app.NextRetryDelay() != time.Second {
				w.Errorf("%s: error is %v", form, err)
			}
		})
	}
}

func TestError_ResetWithoutRetryAfter_BecomesTheDelay(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	w.sim.Inject(kit.Fault{Status: 429, Header: map[string]string{"X-RateLimit-Reset": began.Add(2 * time.Minute).Format("2006-01-02T15:04Z07:00")}})
	_, err := w.try(input(view(1)))
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.NextRetryDelay() != 2*time.Minute {
		t.Errorf("error is %v", err)
	}
}

func TestError_MailAddressJiraRepeats_IsLeftOut(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	w.sim.Inject(kit.Fault{Status: 400, Body: `{"errorMessages":[],"errors":{"reporter":"User 'kim@home.example.com' does not exist."}}`})
	_, err := w.try(input(view(1)))
	if err == nil || strings.Contains(err.Error(), "home.example.com") || !strings.Contains(err.Error(), "User '(address)' does not exist") {
		t.Errorf("error is %v", err)
	}
}

func TestProject_WithoutThePriorityField_GetsItsTicketAllTheSame(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	w.sim.AddProject(jirasim.Project{Key: "ITOFF", OffScreen: []string{"priority", "duedate"}})
	v := asking(view(1))
	v.Urgency = "emergency"
	in := input(v)
	in.Ref = w.mirror(in)
	in.View.Headline, in.View.Version = "Changed", 2
	in.Ref = w.mirror(in)
	if i := w.issue(in.Ref.Key); !strings.Contains(i.Description, "*Changed*") || len(i.Subtasks) != 1 {
		t.Errorf("ticket is %q, sub-tasks %v", i.Description, i.Subtasks)
	}
}

func TestProject_WithoutTheLabelField_IsRefusedWithTheWayOut(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	w.sim.AddProject(jirasim.Project{Key: "ITOFF", OffScreen: []string{"labels"}})
	_, err := w.try(input(view(1)))
	if err == nil || !strings.Contains(err.Error(), "put the field on the project's create and edit screens") {
		t.Errorf("error is %v: without the label a lost ticket cannot be found again", err)
	}
}

func TestLink_LinkingSwitchedOff_LeavesTheTicketWithoutIt(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{LinkingOff: true})
	in := input(view(1), entries(1, 1)...)
	in.View.WorkflowURL = "https://temporal.example.com/wf"
	in.Ref = w.mirror(in)
	in.View.Version = 2
	in.Ref = w.mirror(in)
	w.wantComments(in.Ref.Key, "entry 1")
	if n := w.sim.CallsTo("POST", "/rest/api/2/issue/*/remotelink"); n != 1 {
		t.Errorf("asked %d times for a link that was refused", n)
	}
}

func TestInput_WithoutProjectCaseOrRun_IsRefused(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	for field, spoil := range map[string]func(*activities.MirrorCase){
		"jira.project": func(in *activities.MirrorCase) { in.Settings.JiraProject = "" },
		"view.case":    func(in *activities.MirrorCase) { in.View.Case = "" },
		"view.run":     func(in *activities.MirrorCase) { in.View.Run = "" },
	} {
		in := input(view(1))
		spoil(&in)
		if _, err := w.try(in); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: error is %v", field, err)
		}
	}
	if n := len(w.sim.Calls()); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

func TestTicket_DeletedByAPerson_IsNotMadeAgainInSilence(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	in := input(view(1))
	in.Ref = w.mirror(in)
	w.raw(http.MethodDelete, "/rest/api/2/issue/"+in.Ref.Key, "")
	_, err := w.try(in)
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != activities.NotFound || len(w.tickets()) != 0 {
		t.Errorf("error is %v, tickets %v", err, w.tickets())
	}
}

func TestLimits_OneCaseStaysWithinThem(t *testing.T) {
	flavours(t, func(w *world) {
		w.sim.RateLimits = true
		in := input(asking(view(1)), entries(1, 40)...)
		in.View.WorkflowURL = "https://temporal.example.com/wf"
		in.Ref = w.mirror(in) // the clock stands still: every write counts
		in.View = closedView("completed")
		w.mirror(in)
		for _, c := range w.sim.Calls() {
			if c.Status == http.StatusTooManyRequests {
				w.Fatalf("throttled at %s %s", c.Method, c.Path)
			}
		}
	})
}

func TestAttach_IsDoneOnceWithTheDocumentedHeader(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{StrictXSRF: true})
	ref := w.mirror(input(view(1)))
	for range 2 {
		if err := w.system.Attach(t.Context(), ref.Key, "offboard-E1042.csv", strings.NewReader("a,b\n")); err != nil {
			t.Fatal(err)
		}
	}
	files := w.issue(ref.Key).Attachments
	if len(files) != 1 || string(files[0].Content) != "a,b\n" {
		t.Errorf("attachments are %+v", files)
	}
}

func TestBindings_CarryTheHandle(t *testing.T) {
	want := map[string]activities.Kind{activities.JiraMirrorCase.Name: activities.Mirror, activities.JiraListMoves.Name: activities.Read,
		activities.JiraReadMove.Name: activities.Read, activities.JiraAnswerMove.Name: activities.Mirror, activities.JiraExamine.Name: activities.Read}
	for _, b := range newWorld(t, &jirasim.Simulator{}).system.Bindings() {
		if kind, known := want[b.Name]; known && b.Kind != kind || b.Queue != activities.QueueJira {
			t.Errorf("binding is %+v", b)
		}
		delete(want, b.Name)
	}
	if len(want) != 0 {
		t.Errorf("not bound: %v", want)
	}
}

func TestConfig_Mistakes_NameTheSettingAndTheMend(t *testing.T) {
	good := jira.Config{BaseURL: "https://acme.example.com", Flavour: jira.Cloud, Email: "bot@example.com", Token: "t0ken"}
	if _, err := jira.New(good); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*jira.Config){
		"jira.url":         func(c *jira.Config) { c.BaseURL = "acme.example.com" },
		"https://":         func(c *jira.Config) { c.BaseURL = "http://acme.example.com" },
		"jira.browse_url":  func(c *jira.Config) { c.BaseURL = "https://api.atlassian.com/ex/jira/1111" },
		"write cloud or":   func(c *jira.Config) { c.Flavour = "server" },
		"jira.email":       func(c *jira.Config) { c.Email = "" },
		"leave it out":     func(c *jira.Config) { c.Flavour = jira.DataCenter },
		"jira.token: empt": func(c *jira.Config) { c.Token = " " },
		"white space":      func(c *jira.Config) { c.Token = "t0ken\n" },
		"jira.index_wait":  func(c *jira.Config) { c.IndexWait = -1 },
	} {
		c := good
		spoil(&c)
		_, err := jira.New(c)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
		if err != nil && strings.Contains(err.Error(), "t0ken") {
			t.Errorf("the token is in the error: %v", err)
		}
	}
}
