package casefile

import (
	"time"

	"tenure/internal/employee"
	"tenure/internal/mapping"
	"tenure/internal/policy"
)

// Until package policy has them.
func startsAt(p policy.Policy, e employee.Employee) time.Time {
	if e.StartDate.IsZero() {
		return time.Time{}
	}
	return policy.Instant(e.StartDate, policy.Clock{Hour: 7}, p.Zone(e))
}

func prepareAt(p policy.Policy, e employee.Employee) time.Time {
	if at := startsAt(p, e); !at.IsZero() {
		return at.Add(-p.Day() * 7)
	}
	return time.Time{}
}

func rulesIn(policy.Policy) *mapping.Rules { return nil }

func verdict(policy.Policy, string) string { return "ask" }
