package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/activities"
	"tenure/internal/policy"
	"tenure/internal/temporalclient"
	"tenure/starter/show"
	"tenure/workflows"
)

// The exit codes of an examination, for monitoring.
const (
	ExitWarned = 7 // tenure doctor: something will not work, or not for long
	ExitUnwell = 8 // tenure doctor: leavers would not be contained, or nobody would know
)

// temporalSystem is the name under which findings about Temporal stand.
const temporalSystem = "temporal"

// examining is how long an examination may take: a minute at the workers, and what Temporal adds.
const examining = 75 * time.Second

const doctorHelp = `Look over every connection, scope, role, clock, webhook, schedule and the policy, by reading only, and say of everything
that is not well what is wrong, why it matters and what to do about it. docs/doctor.md explains every check.

The workers examine the vendors, with the credentials they act with; this machine examines Temporal, the schedules and
its own settings, and reports what it can when Temporal is away.

For monitoring: ends with 0 when all is well, with 7 when there are warnings only, with 8 when a check failed. A warning
that is known and accepted is named with --accept; a failure cannot be.`

type doctorFlags struct {
	only, accept []string
	serve        string
}

func (a *app) doctorCmd() *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look over every connection, and say what is wrong and how to mend it", Long: doctorHelp,
		Example: `  tenure doctor
  tenure doctor --only okta,slack
  tenure doctor --json --accept okta.google-push --serve-url http://127.0.0.1:8090`,
		Args:              exactArgs(0, "no argument"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("timeout") {
				a.timeout = examining
			}
			return a.doctor(cmd.Context(), f)
		},
	}
	cmd.Flags().StringSliceVar(&f.only, "only", nil, "examine these systems only: "+strings.Join(examinable(), ", "))
	cmd.Flags().StringSliceVar(&f.accept, "accept", nil, "checks whose warnings are known and accepted, as they are named in the output")
	cmd.Flags().StringVar(&f.serve, "serve-url", "", "address of tenure serve, whose health is asked too")
	_ = cmd.RegisterFlagCompletionFunc("only", cobra.FixedCompletions(examinable(), cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return cmd
}

func examinable() []string {
	all := append(workflows.Examined(), temporalSystem)
	slices.Sort(all)
	return all
}

func (a *app) doctor(ctx context.Context, f doctorFlags) error {
	for _, name := range f.only {
		if !slices.Contains(examinable(), name) {
			return failf(ExitUsage, "--only %s: there is no such system; write one or more of %s", name, strings.Join(examinable(), ", "))
		}
	}
	if a.timeout <= 0 {
		return failf(ExitUsage, "--timeout %s is no time at all: give a duration above 0, for example 2m", a.timeout)
	}
	env, err := a.settings()
	if err != nil {
		return err
	}
	d := &doctor{app: a, env: env, flags: f, temporal: activities.NewExamination(temporalSystem), tenure: activities.NewExamination(workflows.TenureSystem)}
	d.reach(ctx)
	defer d.close()
	if d.connection != nil {
		d.lookOver(ctx)
	}
	d.policy(ctx)
	d.serve(ctx)
	return a.printCheckup(d.checkup())
}

// printCheckup prints what was found and ends with the code for it.
func (a *app) printCheckup(c show.Checkup) error {
	if a.asJSON {
		if err := a.printJSON(c); err != nil {
			return err
		}
	} else {
		a.printf("%s\n", show.Doctor(c))
	}
	switch {
	case c.Failures > 0:
		return failf(ExitUnwell, "not well: %s", c.Sum())
	case c.Warnings > 0:
		return failf(ExitWarned, "not all well: %s", c.Sum())
	}
	return nil
}

// doctor is one examination, as seen from this machine.
type doctor struct {
	*app
	*connection // nil when Temporal cannot be reached
	env         func(string) string
	flags       doctorFlags
	keys        temporalclient.Keyring
	namespace   string
	taken       map[string]int // workers by queue

	temporal, tenure *activities.Examination
	theirs           workflows.DoctorResult
}

func (d *doctor) close() {
	if d.connection != nil {
		d.connection.close()
	}
}

func (d *doctor) wants(system string) bool {
	return len(d.flags.only) == 0 || slices.Contains(d.flags.only, system)
}

// lookOver makes the checks that need Temporal. The examination at the workers comes last: it takes longest, and who
// takes the queues explains it.
func (d *doctor) lookOver(ctx context.Context) {
	d.server(ctx)
	d.retention(ctx)
	d.attributes(ctx)
	d.workers(ctx)
	d.schedules(ctx)
	d.atTheWorkers(ctx)
}

// checkup is everything that was found and asked for. That Temporal cannot be used is told whatever was asked for.
func (d *doctor) checkup() show.Checkup {
	found := []activities.Finding{} // [] in JSON
	for _, f := range slices.Concat(d.temporal.Findings().Findings, d.tenure.Findings().Findings) {
		if d.wants(f.System) || f.System == temporalSystem && f.Severity == activities.FindingFailure {
			found = append(found, f)
		}
	}
	for _, f := range d.theirs.Findings {
		found = append(found, d.busy(f))
	}
	activities.SortFindings(found)
	return show.NewCheckup(found, d.theirs.PolicyHash, d.flags.accept)
}

// busy tells a queue that nobody takes from one whose workers are at something else.
func (d *doctor) busy(f activities.Finding) activities.Finding {
	if f.Check == f.System+".worker" && d.taken[f.System] > 0 {
		f.Severity, f.Text = activities.FindingWarning, fmt.Sprintf("the %d workers of the queue %s are busy: none took the examination in time", d.taken[f.System], f.System)
		f.Mend = "wait for what they are doing (a reading of a large HR system takes minutes) and ask again"
	}
	return f
}

// policy compares this machine's policy file with the policy by which the workers work, and its mapping with what there
// is.
func (d *doctor) policy(ctx context.Context) {
	const why = "commands on this machine would go by other rules than the cases"
	path, theirs := d.env(EnvPolicy), d.theirs.PolicyHash
	if path == "" {
		return // a worker applies its own
	}
	p, err := policy.Load(path)
	switch {
	case err != nil:
		d.tenure.Fail("policy-file", err.Error(), "an edit that is not in order is not taken up: the workers go on with the last good policy, and do not start again with this one",
			"mend the file, and check it with `tenure policy check "+path+"`")
	case theirs == "":
		d.tenure.OK("policy-file", "the policy file here is in order (%s)", p.Hash())
	case theirs != p.Hash():
		d.tenure.Warn("policy-file", "the policy file here is another than the workers': "+p.Hash()+", theirs "+theirs, why, "give every worker and this machine the same file")
	default:
		d.tenure.OK("policy-file", "the policy file here is the workers'")
	}
	if err == nil {
		d.mapping(ctx, p)
	}
}

// maxHealth bounds what is read of a health answer.
const maxHealth = 1 << 10

// serve asks tenure serve for its health, where it is said how to reach it.
func (d *doctor) serve(ctx context.Context) {
	const why = "slash commands, buttons and webhooks do not reach Tenure"
	const mend = "start tenure serve, and look at its log; it answers at the address given with --listen"
	if d.flags.serve == "" {
		return
	}
	err := health(ctx, d.flags.serve)
	if err != nil {
		d.tenure.Fail("serve", "tenure serve is not well: "+err.Error(), why, mend)
		return
	}
	d.tenure.OK("serve", "tenure serve is well")
}

func health(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(address, "/")+"/healthz", nil)
	if err != nil {
		return errors.New("--serve-url is not an address; write it like http://127.0.0.1:8090")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxHealth)) // so that the connection can be used again
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %d", resp.StatusCode)
	}
	return nil
}
