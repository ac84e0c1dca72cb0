package casefile

import (
	"time"

	"tenure/internal/employee"
	"tenure/internal/policy"
	"tenure/internal/role"
)

// Stand is where somebody with these records stands by HR's word alone: a case that keeps them out is left out of it.
func Stand(p policy.Policy, records []employee.Employee, at time.Time) role.Stand {
	return standAt(p, records, nil, at).stand
}
