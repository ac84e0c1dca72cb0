package cli

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/starter/show"
)

func (a *app) policyCmd() *cobra.Command {
	return group("policy", "The policy file", &cobra.Command{
		Use: "check FILE", Short: "Check a policy file: keys, values, and that its order of steps can work",
		Example: "  tenure policy check policies/default.yaml",
		Args:    exactArgs(1, "one FILE"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.checkPolicy(args[0]) },
	})
}

// checkedPolicy is what a policy check prints for programs.
type checkedPolicy struct {
	File   string        `json:"file"`
	Hash   string        `json:"hash"`
	Phases []policyPhase `json:"phases"`
}

type policyPhase struct {
	Phase   plan.Phase `json:"phase"`
	Actions []string   `json:"actions"`
}

func (a *app) checkPolicy(file string) error {
	if _, err := os.Stat(file); err != nil {
		return failf(ExitUsage, "%s: there is no such file", file)
	}
	p, err := policy.Load(file)
	if err != nil {
		return failf(ExitUsage, "%w", err)
	}
	out := checkedPolicy{File: file, Hash: p.Hash()}
	for _, phase := range plan.Phases() {
		out.Phases = append(out.Phases, policyPhase{phase, show.Actions(p, phase)})
	}
	if a.asJSON {
		return a.printJSON(out)
	}
	a.printf("%s is in order. Hash %s\n", out.File, out.Hash)
	for _, x := range out.Phases {
		a.printf("  %-10s %s\n", x.Phase, strings.Join(x.Actions, ", "))
	}
	return nil
}
