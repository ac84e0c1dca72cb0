package okta

import (
	"context"
	"fmt"

	"tenure/activities"
)

// mapping looks at what joining and moving need of Okta, where the policy maps HR's records.
func (x examination) mapping(ctx context.Context, in activities.Examine) {
	if !in.Mapping {
		return
	}
	schema, err := x.schemaAndGroups(ctx, activities.ReadSchema{Groups: in.OktaGroups})
	switch {
	case err != nil:
		x.Warn("schema", "the user schema, or the groups that the policy names, cannot be read: "+activities.ProblemOf(err).Text,
			"`tenure policy check` cannot hold the mapping against Okta: a misspelt attribute shows only when somebody joins",
			"give the token's administrator the right to read user schemas, or grant the service app the scope "+schemaScope)
	case len(schema.Missing) > 0:
		x.Warn("mapping-groups", fmt.Sprintf("Okta has no group of its own %s", quoted(schema.Missing)),
			"whoever is to join them becomes a task for people", "create the group in Okta, or correct its name in the policy's mapping")
	default:
		x.OK("schema", "the user schema can be read, and the groups that the policy names are there")
	}
}
