package cli

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/activities"
)

// roleVerb describes a command that has somebody's role looked at, on a person's word.
type roleVerb struct {
	activities.Verb
	name, short, long, example string
}

func (a *app) onboardCmd() *cobra.Command {
	return a.roleCmd(roleVerb{activities.VerbOnboard, "onboard", "Onboard somebody whom HR has entered, or let somebody in again",
		`Onboard somebody: the accounts are made before the first day and opened on its morning, where the person is, with the
attributes and groups that the policy's mapping gives. Whoever HR enters is onboarded without being asked for; this asks
by hand, for a joiner whose case was rescinded, or for somebody who comes back after an offboarding.

HR's record decides: what the role is, and when it begins. Nothing is given to anybody whom HR says is gone. A case that
runs already is shown, and looks at HR's record anew.`,
		`  tenure onboard robin@example.com --reason "signed again"
  tenure onboard E1042 --reason "hired again, HR confirms it" --follow`})
}

func (a *app) moveCmd() *cobra.Command {
	return a.roleCmd(roleVerb{activities.VerbMove, "move", "Bring somebody's accounts to what HR and the policy say now",
		`Bring somebody's accounts to what HR's record and the policy's mapping say now: attributes that differ are written, groups
of the role joined, groups that the role gave earlier left after the overlap. What was given by hand and what Okta's own
rules give is left. A change of HR's is noticed without being asked for; this asks by hand, after an edit of the policy, or
when somebody changed an account.

See first what would be done with: tenure preview EMAIL --role`,
		`  tenure move robin@example.com
  tenure move E1042 --reason "the mapping of cost centres was corrected" --follow`})
}

func (a *app) roleCmd(v roleVerb) *cobra.Command {
	var reason string
	var follow bool
	cmd := &cobra.Command{
		Use: v.name + " EMAIL|ID", Short: v.short, Long: v.long, Example: v.example,
		Args:              exactArgs(1, "one EMAIL or ID"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkReason(cmd, v.NeedsReason(), reason); err != nil {
				return err
			}
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				return a.startRole(ctx, c, v.Verb, args[0], reason, follow)
			})
		},
	}
	reasonFlag(cmd, &reason, v.NeedsReason())
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on until the case ends, drawing it anew as it changes")
	return cmd
}

// startRole asks, and shows or follows the case that it is about. Who somebody is, is found out here first: a name that
// fits nobody, or two, is no ask.
func (a *app) startRole(ctx context.Context, c *connection, v activities.Verb, who, reason string, follow bool) error {
	person, err := c.person(ctx, who)
	if err != nil {
		return err
	}
	r, err := a.ask(ctx, c, activities.Ask{Verb: v, Who: string(person.ID), Reason: reason})
	switch {
	case err != nil:
		return err
	case follow && r.Case != "":
		return a.follow(ctx, c, r.Case)
	}
	return a.showAnswer(r)
}
