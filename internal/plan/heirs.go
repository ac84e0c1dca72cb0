package plan

import (
	"strings"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

// Heirs is who may be lent the mailbox and handed the files, best first: the chain of managers from the direct
// one upwards, without anybody who is not an active employee of the company, is leaving, is external, has no work
// address or is the leaver; and at the end the policy's custodian. custodian is that address's record in the
// directory, or zero when the directory does not have it (a shared mailbox).
func Heirs(p policy.Policy, chain []employee.Employee, leaver, custodian employee.Employee) []Heir {
	var out []Heir
	add := func(e employee.Employee, why string) {
		for _, h := range out {
			if strings.EqualFold(h.Email, e.Email) {
				return
			}
		}
		out = append(out, Heir{Employee: e.ID, Email: e.Email, Name: e.Name(), Why: why})
	}
	head := headOfDepartment(chain, leaver)
	for i, m := range chain {
		if MayInherit(m, leaver) {
			add(m, rank(i, head))
		}
	}
	if c, ok := custodianOf(p, leaver, custodian); ok {
		add(c, "custodian")
	}
	return out
}

// MayInherit says whether somebody may take over from the leaver: an active employee with a work address. People
// who are leaving too may not: the loan would end with them. Nor may people on leave: nobody would read the mail.
func MayInherit(m, leaver employee.Employee) bool {
	return m.Status == employee.Active && m.DepartureDate.IsZero() && !m.OnLeave && !m.WorkerType.External() &&
		m.Email != "" && !same(m, leaver)
}

func same(a, b employee.Employee) bool {
	return a.ID != "" && a.ID == b.ID || a.Email != "" && strings.EqualFold(a.Email, b.Email)
}

// headOfDepartment is the place in the chain of the highest manager in the leaver's own department; -1 for none.
func headOfDepartment(chain []employee.Employee, leaver employee.Employee) int {
	for i := len(chain) - 1; i >= 0; i-- {
		if leaver.Department != "" && chain[i].Department == leaver.Department {
			return i
		}
	}
	return -1
}

func rank(i, head int) string {
	switch i {
	case 0:
		return "manager"
	case 1:
		return "manager's manager"
	case head:
		return "head of department"
	default:
		return "higher manager"
	}
}

func custodianOf(p policy.Policy, leaver, found employee.Employee) (employee.Employee, bool) {
	address := p.Offboard.Custodian
	if address == "" || strings.EqualFold(address, leaver.Email) {
		return employee.Employee{}, false
	}
	if !strings.EqualFold(found.Email, address) {
		return employee.Employee{Email: address, FullName: p.Company.Name}, true
	}
	return found, MayInherit(found, leaver)
}
