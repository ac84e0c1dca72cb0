package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/policy"
	"tenure/starter/show"
	"tenure/workflows"
)

// mapped is a policy file that maps; its lines are counted below.
const mapped = `version: 1
company: {name: Example, domain: example.com}
time_zones: {default: America/New_York}
offboard: {custodian: it@example.com}
mapping:
  fields:
    level: {field: job_level, type: number}
  attributes:
    - {name: department, value: hr.department}
    - name: level
      value: hr.custom.level
      type: number
  groups:
    - {name: staff}
    - name: sales
      when: hr.department == "Sales"
`

// policyFile writes a policy file and returns its path.
func policyFile(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, []byte(body), 0o600))
	_, err := policy.Load(path)
	require.NoError(t, err)
	return path
}

// fitting is what Namely and Okta say when the mapping fits.
func fitting() workflows.LookResult {
	return workflows.LookResult{
		Fields: &activities.Fields{Fields: []activities.Field{{Name: "job_level", Label: "Level", Type: "number"}}, GroupTypes: []string{"Department"}},
		Schema: &activities.Schema{Attributes: []activities.SchemaAttribute{{Name: "department", Type: "string"}, {Name: "level", Type: "number"}}}}
}

// other is what they say when it does not.
func other() workflows.LookResult {
	r := fitting()
	r.Fields.Fields[0].Name = "level"
	r.Schema.Attributes[1].Type, r.Schema.Missing = "string", []string{"sales"}
	return r
}

func TestPolicyCheck_ComparesTheMapping(t *testing.T) {
	okta := workflows.Silence{System: "okta", Type: activities.Forbidden, Text: "Okta does not let us in", Mend: "give a new token"}
	half := workflows.LookResult{Fields: fitting().Fields, Silent: []workflows.Silence{okta}}
	for name, c := range map[string]struct {
		seen workflows.LookResult
		args string
		code int
		want []string
	}{
		"it fits":               {fitting(), "", ExitOK, []string{"is in order", "Its mapping fits namely and okta."}},
		"it does not":           {other(), "", ExitUnwell, []string{"does not fit, 3 faults", "line 7", "mapping.fields.level", "job_level", "line 12", "mapping.attributes[1].type", "line 15", "sales"}},
		"not tried":             {other(), "--offline", ExitOK, []string{"is in order", "(--offline)"}},
		"one is silent":         {half, "", ExitOK, []string{"fits namely.", "not compared with okta", "give a new token"}},
		"one is silent, --live": {half, "--live", ExitUnavailable, []string{"fits namely.", "not compared with okta"}},
		"an earlier worker":     {workflows.LookResult{}, "", ExitOK, []string{"not compared with Namely and Okta", "earlier version"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy(t)
			f.seen = c.seen
			s := f.shell(t)
			require.Equal(t, c.code, s.run(t, append([]string{"policy", "check", policyFile(t, mapped)}, strings.Fields(c.args)...)...), s.err.String())
			for _, w := range c.want {
				require.Contains(t, s.out.String(), w)
			}
			if c.args != "--offline" {
				require.Equal(t, []string{"sales", "staff"}, f.looked.Schema.Groups)
			}
			require.Equal(t, c.code == ExitOK, s.err.Len() == 0, "an error is said as every other: %s", s.err.String())
		})
	}
}

// A check in a pipeline must not depend on who answers, unless it says so.
func TestPolicyCheck_NobodyAnswers_IsNoFaultOfTheFile(t *testing.T) {
	for flag, code := range map[string]int{"--json": ExitOK, "--live": ExitUnavailable} {
		s := shell{env: map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_CONFIG_FILE": t.TempDir() + "/none.toml", EnvPolicy: policyFile(t, mapped)}}
		require.Equal(t, code, s.run(t, "policy", "check", flag), s.err.String())
		require.Contains(t, s.out.String(), "policy.yaml", "the environment's")
	}
}

func TestPolicyCheck_WithoutAMapping_AsksNobody(t *testing.T) {
	f := healthy(t)
	s := f.shell(t)
	require.Equal(t, ExitOK, s.run(t, "policy", "check", policyFile(t, strings.Split(mapped, "mapping:")[0]), "--live"), s.err.String())
	require.Contains(t, s.out.String(), "It has no mapping")
	require.Nil(t, f.looked.Schema)
}

func TestPolicyCheck_JSON(t *testing.T) {
	f := healthy(t)
	f.seen = other()
	s := f.shell(t)
	require.Equal(t, ExitUnwell, s.run(t, "policy", "check", policyFile(t, mapped), "--json"))
	var got checkedPolicy
	require.NoError(t, json.Unmarshal(s.out.Bytes(), &got))
	require.True(t, got.Maps)
	require.Equal(t, []string{"namely", "okta"}, got.Compared)
	require.Len(t, got.Faults, 3)
	require.Positive(t, got.Faults[0].Line)

	broken := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(broken, []byte(strings.Replace(mapped, "hr.department}", "hr.departement}", 1)), 0o600))
	require.Equal(t, ExitUsage, s.run(t, "policy", "check", broken, "--json"))
	got = checkedPolicy{}
	require.NoError(t, json.Unmarshal(s.out.Bytes(), &got))
	require.Len(t, got.Faults, 1)
	require.Equal(t, show.PolicyFault{Line: 9, Field: got.Faults[0].Field, Text: got.Faults[0].Text, Mend: got.Faults[0].Mend}, got.Faults[0])
	require.Contains(t, got.Faults[0].Field, "mapping.attributes")
	require.Contains(t, s.err.String(), "departement")
}

func TestLines_OfFields(t *testing.T) {
	lines := linesOf(policyFile(t, mapped))
	for field, want := range map[string]int{"mapping": 5, "mapping.fields.level": 7, "mapping.fields.level.type": 7, "mapping.attributes": 8, "mapping.attributes[0].value": 9,
		"mapping.attributes[1].type": 12, "mapping.attributes[1].default": 10, "mapping.groups[1].name": 15, "mapping.groups[9].name": 13, "nothing": 0, "mapping.login.make": 5} {
		require.Equal(t, want, lines.of(field), field)
	}
	require.Zero(t, linesOf("nowhere.yaml").of("mapping"))
}

func TestDoctor_Mapping(t *testing.T) {
	silent := workflows.LookResult{Fields: fitting().Fields, Silent: []workflows.Silence{{System: "okta", Text: "Okta does not let us in"}}}
	for name, c := range map[string]struct {
		seen  workflows.LookResult
		args  []string
		well  bool
		want  []string
		hasNo []string
	}{
		"it fits":     {fitting(), nil, true, []string{"tenure.mapping"}, nil},
		"it does not": {other(), nil, false, []string{"tenure.mapping.fields.level.field", "tenure.mapping.attributes[1].type", "tenure.mapping.groups[1].name"}, []string{"tenure.mapping"}},
		"silence":     {silent, nil, false, []string{"tenure.mapping"}, nil},
		"not asked":   {other(), []string{"--only", "okta"}, true, nil, []string{"tenure.mapping", "tenure.mapping.groups[1].name"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := policyFile(t, mapped)
			p, err := policy.Load(path)
			require.NoError(t, err)
			f := healthy(t)
			f.seen, f.found.PolicyHash = c.seen, p.Hash()
			_, s := f.examine(t, map[string]string{EnvPolicy: path}, append([]string{"--json"}, c.args...)...)
			_, found := checkup(t, s)
			for _, check := range c.want {
				require.Contains(t, found, check)
				require.Equal(t, c.well, found[check].Severity == activities.FindingOK, check)
			}
			for _, check := range c.hasNo {
				require.NotContains(t, found, check)
			}
		})
	}
}
