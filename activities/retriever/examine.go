package retriever

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

const (
	whyBoxes  = "no box could be ordered, and none that is under way followed"
	fewBoxes  = 3 // credits left below which a warning is due
	mendTopUp = "top up the prepaid balance in Retriever's portal"
)

// Examine looks over the connection to Retriever by reading only; see [activities.RetrieverExamine]. It costs two of
// the 500 reads that a day has; Retriever does not tell how many are left.
func (s *System) Examine(ctx context.Context, _ activities.Examine) (activities.Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, activities.ExamineWithin)
	defer cancel()
	x := examination{System: s, Examination: activities.NewExamination("retriever")}
	x.returnAddress()
	if x.letIn(ctx) {
		x.balances(ctx)
	}
	return x.Findings(), nil
}

type examination struct {
	*System
	*activities.Examination
}

func (x examination) letIn(ctx context.Context) bool {
	answer, err := x.api.Do(ctx, vendorhttp.Request{Method: http.MethodGet, Path: listPath})
	if err == nil {
		err = answer.Decode(new(page[order]))
	}
	if err != nil {
		p := activities.ProblemOf(problemOf(err))
		if p.Type == activities.RateLimited {
			x.Warn("let-in", p.Text+": Retriever's reads of this minute or day are used up", "boxes under way are followed later than they should be",
				"find who else reads with this key: Tenure itself sweeps the list well within 500 reads a day")
			return false
		}
		x.Refused("let-in", activities.FindingFailure, p, whyBoxes)
		return false
	}
	x.OK("let-in", "Retriever takes the key")
	x.Clock(answer.Header, x.cfg.Now())
	return true
}

// balance is what is left of one kind of box.
type balance struct {
	Device  string `json:"device"`
	Credits int    `json:"num_of_credits"`
}

// balances looks at the prepaid boxes. An account without any of a kind has not bought it.
func (x examination) balances(ctx context.Context) {
	const why = "an order is refused when none is left, and becomes a task for somebody"
	var list []balance
	if err := x.get(ctx, "/api/v2/prepaid_balances/", nil, &list); err != nil {
		x.Unread("balance", "the prepaid balances", err, why)
		return
	}
	var left []string
	most := 0
	for _, b := range list {
		if strings.HasSuffix(b.Device, "laptop") && b.Credits > 0 {
			left = append(left, fmt.Sprintf("%d of %s", b.Credits, b.Device))
			most = max(most, b.Credits)
		}
	}
	slices.Sort(left)
	switch {
	case len(left) == 0:
		x.Warn("balance", "no prepaid laptop return is left", why, mendTopUp)
	case most < fewBoxes:
		x.Warn("balance", "few prepaid laptop returns are left: "+strings.Join(left, ", "), why, mendTopUp)
	default:
		x.OK("balance", "prepaid returns are left: %s", strings.Join(left, ", "))
	}
}

// usZip and caZip are the forms that Retriever checks: "Invalid ZIP code: 10001-321".
var (
	usZip = regexp.MustCompile(`^\d{5}(-\d{4})?$`)
	caZip = regexp.MustCompile(`^[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d$`)
)

// returnAddress looks at the company's address, which is on every order. Retriever uses it as it is, unchecked but
// for the form of the ZIP code.
func (x examination) returnAddress() {
	const why = "every order carries it: Retriever refuses a ZIP code of another form, and ships to the rest unread"
	c := x.cfg.Company
	country, _ := countryName(c.Country)
	zip := map[string]*regexp.Regexp{"United States": usZip, "Canada": caZip}[country]
	mend := "correct retriever.return_to in the connections file"
	switch {
	case zip != nil && !zip.MatchString(strings.TrimSpace(c.Zip)):
		x.Warn("return-address", fmt.Sprintf("the ZIP code %q of the return address is not one of %s", c.Zip, country), why, mend)
	case zip != nil && strings.TrimSpace(c.State) == "":
		x.Warn("return-address", "the return address has no state", why, mend)
	case len(c.Notifications) == 0:
		x.OK("return-address", "devices come back to %s, %s; nobody is told by mail (retriever.return_to.notify)", c.City, country)
	default:
		x.OK("return-address", "devices come back to %s, %s", c.City, country)
	}
}
