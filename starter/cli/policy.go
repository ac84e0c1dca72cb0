package cli

import (
	"cmp"
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/starter/show"
	"tenure/workflows"
)

const policyHelp = `Check a policy file: keys, values, that its order of steps can work, and every expression of its mapping. Without FILE
it is the one that TENURE_POLICY names.

Where the policy maps HR's records to accounts and Temporal answers, the mapping is compared with the real fields of the
Namely account and the real attributes and groups of Okta, which a worker reads: a field that is not there, a type that
does not fit, a value that Okta does not take, a group that does not exist. With --live that must be possible; with
--offline it is not tried.

Ends with 2 when the file is not in order, with 8 when its mapping does not fit, and with 6 when --live was asked and
Namely or Okta did not answer.`

// policyFlags say whether the mapping is compared with Namely and Okta; neither is where they answer.
type policyFlags struct{ live, offline bool }

func (a *app) policyCmd() *cobra.Command {
	var f policyFlags
	check := &cobra.Command{
		Use: "check [FILE]", Short: "Check a policy file, and its mapping against Namely and Okta", Long: policyHelp,
		Example: `  tenure policy check policies/default.yaml
  tenure policy check --live
  tenure policy check policy.yaml --offline --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return exactArgs(1, "one FILE")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.live && f.offline {
				return failf(ExitUsage, "--live and --offline are opposites: give one of them, or neither to compare where Namely and Okta answer")
			}
			if !cmd.Flags().Changed("timeout") {
				a.timeout = examining
			}
			file, err := a.policyFile(args)
			if err != nil {
				return err
			}
			return a.checkPolicy(cmd.Context(), file, f)
		},
	}
	check.Flags().BoolVar(&f.live, "live", false, "compare with Namely and Okta, and fail when they do not answer")
	check.Flags().BoolVar(&f.offline, "offline", false, "do not compare with Namely and Okta")
	return group("policy", "The policy file", check)
}

// policyFile is the file that is given, or the one of the environment.
func (a *app) policyFile(args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	env, err := a.settings()
	if err != nil {
		return "", err
	}
	if file := env(EnvPolicy); file != "" {
		return file, nil
	}
	return "", failf(ExitUsage, "it is not said which file: give its path, for example: tenure policy check policies/default.yaml; or set %s", EnvPolicy)
}

// checkedPolicy is what a policy check prints for programs.
type checkedPolicy struct {
	File   string        `json:"file"`
	Hash   string        `json:"hash,omitempty"`
	Phases []policyPhase `json:"phases,omitempty"`
	// Maps says that the policy maps HR's records to accounts; Compared are the systems with which that was compared.
	Maps     bool     `json:"maps"`
	Compared []string `json:"compared,omitempty"`
	// Faults is everything that is wrong: with the file, or between its mapping and a system.
	Faults []show.PolicyFault `json:"faults"`
	// Silent are the systems with which it was not compared because they gave no answer.
	Silent []workflows.Silence `json:"silent,omitempty"`
}

type policyPhase struct {
	Phase   plan.Phase `json:"phase"`
	Actions []string   `json:"actions"`
}

func (a *app) checkPolicy(ctx context.Context, file string, f policyFlags) error {
	if _, err := os.Stat(file); err != nil {
		return failf(ExitUsage, "%s: there is no such file", file)
	}
	out := checkedPolicy{File: file, Faults: []show.PolicyFault{}}
	p, err := policy.Load(file)
	if err != nil {
		return a.notInOrder(out, err)
	}
	out.Hash, out.Maps = p.Hash(), p.Maps()
	for _, phase := range plan.Phases() {
		out.Phases = append(out.Phases, policyPhase{phase, show.Actions(p, phase)})
	}
	var unasked error
	if out.Maps && !f.offline {
		unasked = a.compared(ctx, p, f, &out)
	}
	if err := a.printPolicy(out, unasked, f); err != nil {
		return err
	}
	return out.verdict(unasked, f)
}

// notInOrder ends with what is wrong with the file itself, line by line.
func (a *app) notInOrder(out checkedPolicy, err error) error {
	var faults policy.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			out.Faults = append(out.Faults, show.PolicyFault{Line: f.Line, Field: f.Field, Text: f.Text, Mend: f.Mend})
		}
	}
	if a.asJSON {
		if err := a.printJSON(out); err != nil {
			return err
		}
	}
	return failf(ExitUsage, "%w", err)
}

// reaching is how long Temporal is waited for by who can do without.
const reaching = 5 * time.Second

// compared asks the workers for what the mapping must fit. The error says why nobody was asked.
func (a *app) compared(ctx context.Context, p policy.Policy, f policyFlags, out *checkedPolicy) error {
	dial, cancel := context.WithTimeout(ctx, reaching)
	if f.live {
		dial, cancel = context.WithTimeout(ctx, a.timeout)
	}
	defer cancel()
	c, err := a.connect(dial)
	if err != nil {
		return err
	}
	defer c.close()
	fit, err := c.compareMapping(ctx, p)
	if err != nil {
		return err
	}
	out.Compared, out.Silent = fit.compared, fit.silent
	lines := linesOf(out.File)
	for _, x := range fit.faults {
		out.Faults = append(out.Faults, show.PolicyFault{Line: lines.of(x.Field), Field: x.Field, Text: x.Text, Mend: x.Mend})
	}
	return nil
}

func (a *app) printPolicy(out checkedPolicy, unasked error, f policyFlags) error {
	if a.asJSON {
		return a.printJSON(out)
	}
	a.printf("%s is in order. Hash %s\n", out.File, out.Hash)
	for _, x := range out.Phases {
		a.printf("  %-10s %s\n", x.Phase, strings.Join(x.Actions, ", "))
	}
	switch {
	case !out.Maps:
		a.printf("\nIt has no mapping: nobody's accounts are made or changed by what HR's record says.\n")
	case f.offline:
		a.printf("\nIts mapping was not compared with Namely and Okta (--offline).\n")
	case unasked != nil:
		a.printf("\nIts mapping was not compared with Namely and Okta: %s\n", words(unasked))
	default:
		a.printf("\n%s\n", show.Fit(out.Compared, out.Faults, out.Silent))
	}
	return nil
}

// verdict is how the check ends: that a mapping does not fit weighs more than that not all could be compared.
func (out checkedPolicy) verdict(unasked error, f policyFlags) error {
	switch {
	case len(out.Faults) > 0:
		return failf(ExitUnwell, "the mapping of %s does not fit: %d wrong", out.File, len(out.Faults))
	case f.live && unasked != nil:
		return failf(cmp.Or(codeOf(unasked), ExitUnavailable), "not compared with Namely and Okta: %s", words(unasked))
	case f.live && len(out.Silent) > 0:
		return failf(ExitUnavailable, "not compared with %s: %s", out.Silent[0].System, out.Silent[0].Text)
	}
	return nil
}
