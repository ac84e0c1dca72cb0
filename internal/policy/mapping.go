package policy

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"tenure/internal/mapping"
)

// Maps says whether the policy maps roles to accounts. If it does not, nobody's account is made or changed: joiners
// and movers are noticed and that is all.
func (p Policy) Maps() bool {
	return len(p.Mapping.Attributes)+len(p.Mapping.Sets)+len(p.Mapping.Groups) > 0
}

// Rules are the mapping, ready for use. They are made once for each mapping and shared. nil is for a policy that was
// put together by hand and does not pass [Parse].
func (p Policy) Rules() *mapping.Rules {
	rules, _ := p.compile()
	return rules
}

// longestOverlap bounds how long somebody may keep what their role no longer gives.
const longestOverlap = 366 * 24 * time.Hour

// compile makes the rules, or takes those that were made of the same mapping before.
func (p Policy) compile() (*mapping.Rules, []mapping.Fault) {
	settings := mapping.Settings{
		Company: mapping.Company{Name: p.Company.Name, Domain: p.Company.Domain},
		Overlap: p.Long(p.Move.Overlap),
		Span:    p.overlap,
	}
	key := keyOf(p.Mapping, settings.Company, settings.Overlap, p.Day())
	if rules := compiled.get(key); rules != nil {
		return rules, nil
	}
	rules, faults := mapping.Compile(p.Mapping, settings)
	if rules != nil {
		compiled.put(key, rules)
	}
	return rules, faults
}

// overlap reads how long a group is kept.
func (p Policy) overlap(text string) (time.Duration, error) {
	s, err := ParseSpan(text)
	if err != nil {
		return 0, err
	}
	if long(s) > longestOverlap {
		return 0, fmt.Errorf("%s is out of range; choose something up to %s", s, whole(longestOverlap))
	}
	return p.Long(s), nil
}

// maps notes what is wrong with the mapping, each at its line.
func (c checker) maps() {
	_, faults := c.policy.compile()
	for _, f := range faults {
		c.add(f.Field, f.Text, f.Mend)
	}
}

// Locate names the lines of a policy file at which something is wrong with its mapping that only a comparison with
// Namely and Okta shows: see [mapping.Rules.CheckFields] and [mapping.Rules.CheckSchema]. name and body are those of
// [Parse].
func Locate(name string, body []byte, faults []mapping.Fault) Faults {
	s := newSurvey(name)
	if root, fault := document(body); fault == nil {
		s.walk(root, policyType, "")
	}
	s.faults = nil
	for _, f := range faults {
		s.add(f.Field, f.Text, f.Mend)
	}
	slices.SortStableFunc(s.faults, func(a, b Fault) int { return a.Line - b.Line })
	return s.faults
}

// ruleBook keeps rules that were made. A policy file is read anew at each use, and a company has one mapping: making
// it every time would cost more than all the rest.
type ruleBook struct {
	mu    sync.Mutex
	rules map[[sha256.Size]byte]*mapping.Rules
}

// kept is how many mappings are remembered: the file's now, and those of a few cases of before.
const kept = 8

var compiled ruleBook

func keyOf(parts ...any) [sha256.Size]byte {
	body, err := json.Marshal(parts)
	if err != nil { // texts, numbers, lists and maps of those
		panic("policy: " + err.Error())
	}
	return sha256.Sum256(body)
}

func (b *ruleBook) get(key [sha256.Size]byte) *mapping.Rules {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rules[key]
}

func (b *ruleBook) put(key [sha256.Size]byte, rules *mapping.Rules) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.rules) >= kept || b.rules == nil {
		b.rules = map[[sha256.Size]byte]*mapping.Rules{}
	}
	b.rules[key] = rules
}
