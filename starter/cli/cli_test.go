package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/store"
	"tenure/internal/temporalclient"
	"tenure/starter/show"
)

// shell is one command line with its environment. Nothing of this machine's own is read.
type shell struct {
	env      map[string]string
	out, err bytes.Buffer
}

func (s *shell) run(t *testing.T, args ...string) int {
	t.Helper()
	s.out.Reset()
	s.err.Reset()
	getenv := func(name string) string { return s.env[name] }
	return run(t.Context(), args, Streams{In: strings.NewReader(""), Out: &s.out, Err: &s.err}, getenv)
}

func TestArguments_Wrong_SayWhatIsWantedAndHow(t *testing.T) {
	for _, c := range []struct {
		args string
		want []string
	}{
		{"ofboard robin@example.com", []string{`no command "ofboard"`, "did you mean", "offboard?", "tenure --help"}},
		{"step rety E1042 okta.suspend", []string{`tenure step has no command "rety"`, "did you mean retry?"}},
		{"offboard", []string{"wants one EMAIL or ID and got 0", "tenure offboard robin@example.com"}},
		{"offboard a b", []string{"got 2"}},
		{"offboard --att 2026-11-30 a", []string{"unknown flag: --att", "tenure offboard --help"}},
		{"explain", []string{"one EMAIL, ID or CASE"}},
		{"step done E1042", []string{"a person or case and a step", "tenure step done E1042 app.revoke:figma"}},
		{"step skip E1042 okta.suspend", []string{"--reason is missing", "kept as evidence"}},
		{"step done E1042 okta.suspend --reason", []string{"flag needs an argument"}},
		{"rescind E1042", []string{"--reason is missing", `--reason "resignation withdrawn"`}},
		{"deny E1042 --reason ", []string{"--reason is missing"}},
		{"device received", []string{"SERIAL", "tenure device received C02XY"}},
		{"list E1042", []string{"no argument"}},
		{"policy check nowhere.yaml", []string{"nowhere.yaml", "no such file"}},
		{"serve --watch-every 1ms", []string{"--watch-every 1ms is too short", "at least 1s"}},
		{"list --timeout 0s", []string{"--timeout 0s", "above 0, for example 30s"}},
		{"list --timeout soon", []string{"--timeout", "tenure list --help"}},
		{"batch release B7 --reason checked", []string{"it is not said who is released", "--all", "--only E1,E2", "--except E9", "--nonce N", "tenure batch show"}},
		{"batch release B7 --all --except E9 --reason checked", []string{"more than one list", "--only E1,E2"}},
		{"batch release B7 --all", []string{"--reason is missing"}},
		{"batch reject B7", []string{"--reason is missing", `--reason "a bulk import in HR went wrong"`}},
		{"batch show", []string{"one BATCH", "tenure batch show B7"}},
		{"watch raise --for 24h --reason move", []string{"--to says up to how many people", "--to 40 --for 24h", "--nonce"}},
		{"watch raise --to 40 --reason move", []string{"--for says for how long", "--for 24h"}},
		{"watch raise --to 40 --for 24h", []string{"--reason is missing"}},
		{"watch raise --to 40 --nonce 5f3a --reason move", []string{"leave --to and --for out"}},
		{"watch accept", []string{"--reason is missing", `--reason "the Albany subsidiary was sold"`}},
		{"watch pause", []string{"--reason is missing"}},
		{"device return", []string{"one EMAIL or ID", "tenure device return robin@example.com"}},
		{"follow", []string{"one EMAIL, ID or CASE", "tenure follow robin@example.com"}},
		{"onboard E1042", []string{"--reason is missing", `--reason "signed again"`}},
		{"onboard --reason again", []string{"one EMAIL or ID", "tenure onboard robin@example.com"}},
		{"preview E1042 --role --leaving", []string{"--role and --leaving", "neither to see both"}},
		{"explain --case E1042", []string{"--case", "offboard/E1042"}},
		{"explain robin@example.com --case onboard/E1042", []string{"one EMAIL, ID or CASE", "got 2"}},
		{"step done --case onboard/E1042", []string{"a person or case and a step"}},
		{"list --process join", []string{"--process join", "offboard, onboard, move, leave, device-return"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			var s shell
			require.Equal(t, ExitUsage, s.run(t, strings.Split(c.args, " ")...))
			for _, w := range c.want {
				require.Contains(t, s.err.String(), w)
			}
			require.Empty(t, s.out.String())
			require.True(t, strings.HasPrefix(s.err.String(), "tenure: "))
			require.Equal(t, 1, strings.Count(s.err.String(), "\n"), "one line")
		})
	}
}

func TestSettings_Missing_SayWhichAndHow(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		code int
		want string
	}{
		{"no store there", map[string]string{EnvStore: dir + "/none.db"}, []string{"list"}, ExitUnavailable, "there is no store at " + dir},
		{"no installation there", nil, []string{"list", "--data", dir}, ExitUnavailable, "there is no tenure.env in it"},
		{"the same by the environment", map[string]string{"TENURE_DATA": dir}, []string{"list"}, ExitUnavailable, "there is no tenure.env in it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shell{env: c.env}
			require.Equal(t, c.code, s.run(t, c.args...))
			require.Contains(t, s.err.String(), c.want)
		})
	}
}

func TestTemporalAway_IsItsOwnExitCode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenure.db")
	opened, err := store.Open(t.Context(), store.Config{Path: path})
	require.NoError(t, err)
	require.NoError(t, opened.Close())
	for name, file := range map[string]string{"with a store": path, "without one": ""} {
		t.Run(name, func(t *testing.T) {
			s := shell{env: map[string]string{EnvStore: file, "TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_CONFIG_FILE": t.TempDir() + "/none.toml"}}
			require.Equal(t, ExitUnavailable, s.run(t, "list"))
			require.Contains(t, s.err.String(), "127.0.0.1:1")
			require.Contains(t, s.err.String(), "set TEMPORAL_ADDRESS")
		})
	}
}

// An installation's own server is dialled plainly, whatever cluster the shell is set up for.
func TestTemporal_OfAnInstallation_IgnoresTheShellsCredentials(t *testing.T) {
	file := map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:7233", "TEMPORAL_NAMESPACE": "default"}
	for _, c := range []struct {
		name      string
		shell     map[string]string
		address   string
		encrypted bool
	}{
		{"nothing exported", nil, "127.0.0.1:7233", false},
		{"a key for another cluster", map[string]string{"TEMPORAL_API_KEY": "made-up"}, "127.0.0.1:7233", false},
		{"another cluster", map[string]string{"TEMPORAL_ADDRESS": "temporal.example.com:7233", "TEMPORAL_API_KEY": "made-up"}, "temporal.example.com:7233", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			getenv := func(name string) string {
				if name == "TEMPORAL_CONFIG_FILE" {
					return filepath.Join(t.TempDir(), "none.toml")
				}
				return c.shell[name]
			}
			env := func(name string) string {
				if v := getenv(name); v != "" {
					return v
				}
				return file[name]
			}
			o, err := temporalclient.ClientOptions((&app{getenv: getenv}).temporal(env, temporalclient.Keyring{}))
			require.NoError(t, err)
			require.Equal(t, c.address, o.HostPort)
			require.Equal(t, c.encrypted, o.ConnectionOptions.TLS != nil)
		})
	}
}

func TestReadEnv(t *testing.T) {
	got, err := readEnv(strings.NewReader("# a comment\n\nA=1\n B = two words \nC=k1:a=b\nD=\n"))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"A": "1", "B": "two words", "C": "k1:a=b", "D": ""}, got)
	_, err = readEnv(strings.NewReader("A=1\nmade-up secret\n"))
	require.EqualError(t, err, "line 2 is not of the form NAME=value")
}

func TestSettings_ExportedVariableWins(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, EnvFile), []byte("A=file\nB=file\n"), 0o600))
	a := &app{data: dir, getenv: func(name string) string { return map[string]string{"A": "shell"}[name] }}
	env, err := a.settings()
	require.NoError(t, err)
	require.Equal(t, "shell", env("A"))
	require.Equal(t, "file", env("B"))
	require.Empty(t, env("C"))
}

func TestCodeOf(t *testing.T) {
	refusal := func(typ string) error { return temporal.NewNonRetryableApplicationError("no", typ, nil) }
	for _, c := range []struct {
		err  error
		want int
	}{
		{errors.New("odd"), ExitFailed},
		{failf(ExitAmbiguous, "two"), ExitAmbiguous},
		{fmt.Errorf("more: %w", failf(ExitUsage, "flag")), ExitUsage},
		{refusal(activities.InvalidInput), ExitUsage},
		{refusal(activities.NotFound), ExitUnknown},
		{refusal(activities.Ambiguous), ExitAmbiguous},
		{refusal(activities.Conflict), ExitRefused},
		{refusal(activities.Forbidden), ExitRefused},
		{refusal(activities.Unsupported), ExitRefused},
		{refusal(activities.Unavailable), ExitUnavailable},
		{refusal(activities.RateLimited), ExitUnavailable},
		{refusal("SomethingNew"), ExitFailed},
		{serviceerror.NewNotFound("no workflow"), ExitUnknown},
		{serviceerror.NewUnavailable("away"), ExitUnavailable},
		{serviceerror.NewDeadlineExceeded("late"), ExitUnavailable},
		{serviceerror.NewFailedPrecondition("no poller seen"), ExitUnavailable},
		{context.DeadlineExceeded, ExitUnavailable},
		{context.Canceled, ExitFailed},
	} {
		require.Equal(t, c.want, codeOf(c.err), "%v", c.err)
	}
}

func TestWords_AreTheRefusalsOwn(t *testing.T) {
	require.Equal(t, "odd", words(errors.New("odd")))
	require.Equal(t, "the case is not on hold", words(fmt.Errorf("update: %w", temporal.NewNonRetryableApplicationError("the case is not on hold", activities.Conflict, nil))))
	p := &activities.Problem{Type: activities.NotFound, Text: "nobody is E1", Mend: "check the id"}
	require.Equal(t, "nobody is E1: check the id", words(fmt.Errorf("workflow execution error: %w", activities.Classify(p))))
	p.Mend = ""
	require.Equal(t, "nobody is E1", words(activities.Classify(p)))
}

func TestNoCase_SaysWhetherItIsMissingOrNobodyAnswers(t *testing.T) {
	err := noCase("offboard/E1", serviceerror.NewNotFound("x"))
	require.Equal(t, ExitUnknown, codeOf(err))
	require.ErrorContains(t, err, "there is no running case offboard/E1")
	err = noCase("offboard/E1", serviceerror.NewFailedPrecondition("no poller"))
	require.Equal(t, ExitUnavailable, codeOf(err))
	require.ErrorContains(t, err, "start tenure-worker, or standalone")
	other := errors.New("odd")
	require.Same(t, other, noCase("offboard/E1", other))
}

// every visits every command of ours.
func every(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, c := range cmd.Commands() {
		if c.Name() != "help" && c.Name() != "completion" {
			every(c, visit)
		}
	}
}

func TestHelp_EveryCommandSaysWhatItDoesAndShowsHow(t *testing.T) {
	a := &app{getenv: func(string) string { return "" }}
	n := 0
	every(a.root(), func(cmd *cobra.Command) {
		n++
		require.NotEmpty(t, cmd.Short, cmd.CommandPath())
		if !cmd.HasSubCommands() {
			require.Contains(t, cmd.Example, cmd.CommandPath(), "%s has an example", cmd.CommandPath())
		}
	})
	require.Greater(t, n, 15)
}

func TestHelp_DocumentsEveryExitCode(t *testing.T) {
	var s shell
	require.Equal(t, ExitOK, s.run(t, "--help"))
	for code := ExitOK; code <= ExitUnwell; code++ {
		require.Regexp(t, fmt.Sprintf(`(?m)^  %d  \w`, code), s.out.String())
	}
	require.Equal(t, ExitOK, s.run(t), "alone it prints its help")
	require.Contains(t, s.out.String(), "Exit codes:")
	require.Equal(t, ExitOK, s.run(t, "step"))
	require.Contains(t, s.out.String(), "retry")
}

func TestPolicyCheck(t *testing.T) {
	var s shell
	require.Equal(t, ExitOK, s.run(t, "policy", "check", "../../policies/default.yaml"))
	require.Contains(t, s.out.String(), "is in order")
	require.Contains(t, s.out.String(), "google.suspend")

	broken := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(broken, []byte("offbord: {}\n"), 0o600))
	require.Equal(t, ExitUsage, s.run(t, "policy", "check", broken))
	require.Contains(t, s.err.String(), "offbord")
}

func TestPrintCases(t *testing.T) {
	var out bytes.Buffer
	a := &app{Streams: Streams{Out: &out}}
	rows := []show.Row{{Case: "offboard/E1042", Employee: "E1042", Name: "Robin Example", Phase: "lease", Status: "running", Started: time.Now()}}
	require.NoError(t, a.printCases(rows, false))
	require.Contains(t, out.String(), "Robin Example")
	for all, want := range map[bool]string{false: "No case runs. Closed ones: tenure list --all\n", true: "There is no case yet.\n"} {
		out.Reset()
		require.NoError(t, a.printCases([]show.Row{}, all))
		require.Equal(t, want, out.String())
	}
	a.asJSON = true
	out.Reset()
	require.NoError(t, a.printCases([]show.Row{}, false))
	require.JSONEq(t, "[]", out.String())
	out.Reset()
	require.NoError(t, a.printCases(rows, false))
	var got []show.Row
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, "offboard/E1042", got[0].Case)
}

func TestIsPreview(t *testing.T) {
	for id, want := range map[string]bool{"offboard/E1042": false, "offboard/E1042/preview-20261130T170000.000": true, "device-return/E1042/C02XY": false, "other": false} {
		require.Equal(t, want, isPreview(id), id)
	}
}

func TestBy_SaysWhichDoorAndWho(t *testing.T) {
	require.Equal(t, "cli:jo", (&app{actor: "jo"}).by())
	require.True(t, strings.HasPrefix((&app{}).by(), "cli:"))
}

// Asking back is for people: a script has nobody to answer.
func TestConfirm_OnlyAtATerminal(t *testing.T) {
	a := &app{Streams: Streams{In: strings.NewReader("no\n"), Out: &bytes.Buffer{}}}
	require.NoError(t, a.confirm(employee.Employee{}, "now", false))
	null, err := os.Open(os.DevNull) // a device, and no terminal: what a scheduled job has
	require.NoError(t, err)
	t.Cleanup(func() { _ = null.Close() })
	a.In = null
	require.NoError(t, a.confirm(employee.Employee{}, "now", false))
}
