package policy

import (
	"strings"
	"testing"
)

// Where the file does not say, one voice of the command line counts; a word that is none is refused.
func TestAccess_CLIDecides(t *testing.T) {
	const head = "version: 1\ncompany: {name: Example Company, domain: example.com}\ntime_zones: {default: America/New_York}\noffboard: {custodian: it@example.com}\n"
	for _, c := range []struct {
		file, fault string
		one         bool
	}{{"", "", true}, {"access: {cli_decides: never}\n", "", true}, {"access: {cli_decides: any}\n", "", false}, {"access: {cli_decides: two}\n", "use one of one, any, never", false}} {
		p, err := Parse("p.yaml", []byte(head+c.file))
		switch {
		case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
			t.Errorf("%q: %v", c.file, err)
		case c.fault == "" && (err != nil || p.Access.OneCLIVoice() != c.one):
			t.Errorf("%q: %v, %v", c.file, p.Access.CLIDecides, err)
		}
	}
}
