package show

import (
	"testing"

	"tenure/workflows"
)

func TestFit(t *testing.T) {
	faults := []PolicyFault{
		{Line: 12, Field: "mapping.attributes[1].type", Text: "the attribute level is of type string in Okta, not number", Mend: "write type: string"},
		{Field: "mapping.attributes", Text: "Okta requires the attribute division of every user, and no rule writes it", Mend: "add a rule for it, or have an administrator of Okta make it optional in the Profile Editor"}}
	silent := []workflows.Silence{{System: "namely", Text: "Namely does not let us in", Mend: "give a new token"}}
	golden(t, "fit_faults", Fit([]string{"okta"}, faults, silent))
	golden(t, "fit_one", Fit([]string{"namely", "okta"}, faults[:1], nil))
	golden(t, "fit_well", Fit([]string{"namely", "okta"}, nil, nil))
	golden(t, "fit_silent", Fit(nil, nil, silent))
}
