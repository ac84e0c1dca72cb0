package intake

import (
	"context"

	"tenure/activities"
)

// Inbox keeps what came through a front door until Temporal has taken it: whoever was answered "received" is not
// forgotten, whatever Temporal is doing.
type Inbox interface {
	// Accept keeps the ask. When it returns nil the ask survives a crash. fresh is false when an ask of this key
	// is known already: a redelivery. An error means that nothing is kept, and the asker must be told so.
	Accept(ctx context.Context, ask activities.Ask) (fresh bool, err error)
}
