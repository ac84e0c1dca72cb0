package console_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"tenure/simulators/company"
)

// What HR can type, and what it is told when it types nonsense.
func TestHR_RecordsAreEdited(t *testing.T) {
	w := newWorld(t)
	a := newAPI(t, w)
	who, boss := company.DemoMover(), company.DemoHead("Product")
	person := `"person":"` + who.Email + `"`
	a.does("namely/job", `{`+person+`,"department":"Product","title":"Product Analyst","manager":"`+boss.Email+`"}`, 200, "")
	a.does("namely/name", `{`+person+`,"first":"Blair","last":"Inkleribbon"}`, 200, "")
	a.does("namely/leave", `{`+person+`,"kind":"Parental leave"}`, 200, "")
	p, _ := w.Namely.Profile(who.Email)
	if p.Department != "Product" || p.JobTitle != "Product Analyst" || p.ReportsTo != boss.ProfileID || p.LastName != "Inkleribbon" || p.Custom["leave_status"] != "Parental leave" {
		t.Errorf("%+v", p)
	}
	a.does("namely/status", `{`+person+`,"status":"inactive"}`, 200, "")
	a.does("namely/departure", `{`+person+`,"date":"2026-01-09"}`, 200, "")
	a.does("namely/again", `{`+person+`}`, 200, "")
	if p, _ = w.Namely.Profile(who.Email); p.Status != "active" || p.Departure != "" {
		t.Errorf("hired again: %+v", p)
	}
	for path, bad := range map[string]string{
		"namely/job":   `{` + person + `,"department":"Product","title":""}`,
		"namely/name":  `{` + person + `,"first":"Blair"}`,
		"namely/leave": `{"person":"nobody@example.com","kind":"On leave"}`,
		"namely/again": `{"person":"nobody@example.com"}`,
		"namely/hire":  `{"first":"Oakley","last":"Drizzlekettle","department":"Sales","title":"Account Executive","start":"soon"}`,
		"okta/accept":  `{` + person + `}`,
	} {
		a.does(path, bad, 422, "")
	}
}

func TestHR_TwoHiresOfOneName_GetTwoAddresses(t *testing.T) {
	w := newWorld(t)
	a := newAPI(t, w)
	hire := `{"first":"Oakley","last":"Drizzlekettle","department":"Sales","title":"Account Executive","type":"Contractor","start":"2026-11-30"}`
	a.does("namely/hire", hire, 200, "oakley.drizzlekettle@example.com")
	a.does("namely/hire", hire, 200, "oakley.drizzlekettle2@example.com")
	one, _ := w.Namely.Profile("oakley.drizzlekettle@example.com")
	two, _ := w.Namely.Profile("oakley.drizzlekettle2@example.com")
	if one.Status != "pending" || one.EmployeeType != "Contractor" || one.EmployeeID == "" || one.EmployeeID == two.EmployeeID {
		t.Errorf("%+v, %+v", one, two)
	}
}

// The page's HR desk: somebody is hired, renamed, sent on leave and had back.
func TestPage_HRDesk(t *testing.T) {
	w := newWorld(t)
	p := openPage(t, w)
	p.run(chromedp.Click("#hire summary"))
	for name, value := range map[string]string{"first": "Oakley", "last": "Drizzlekettle", "title": "Account Executive"} {
		p.run(chromedp.SendKeys("#hire [name="+name+"]", value))
	}
	p.press("#hire", "Hire")
	p.sees("h1", "Oakley Drizzlekettle")
	p.sees("#namely", "Account Executive")
	p.press("#namely", "On leave")
	p.sees("#namely", "Parental leave")
	p.press("#namely", "Back from leave")
	p.sees("#namely", "On leave")
}
