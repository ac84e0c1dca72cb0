package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
)

// seal closes the evidence. A store that is away is waited for: the case is not over before its evidence is whole.
func (c *caseCore) seal(ctx workflow.Context, ending string) (activities.Sealed, error) {
	for patience := mirrorPatience; ; patience = min(2*patience, mirrorRarest) {
		sealed, err := call(ctx, activities.CaseSeal, activities.SealCase{CaseRef: c.Ref, Outcome: ending, At: workflow.Now(ctx), Steps: c.outcomes()}, "seal the evidence", lane{})
		if err == nil || ctx.Err() != nil {
			return sealed, err
		}
		if patience == mirrorPatience {
			c.say(ctx, activities.EntryFailure, "", "The evidence could not be sealed: %s. Tenure tries again.", troubleOf(err).Text)
		}
		if _, err := c.clock.until(ctx, workflow.Now(ctx).Add(patience), "seal the evidence", func() bool { return false }); err != nil {
			return sealed, err
		}
	}
}

func (c *caseCore) outcomes() []activities.Outcome {
	out := make([]activities.Outcome, 0, len(c.Steps))
	for _, r := range c.Steps {
		o := r.Outcome
		o.Step, o.State = r.ID, r.State
		out = append(out, o)
	}
	return out
}
