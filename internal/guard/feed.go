package guard

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

// Believe lists the reasons not to believe a reading, the gravest first; none when it can be believed.
func Believe(p policy.Policy, f employee.Feed) []employee.Distrust {
	var out []employee.Distrust
	add := func(d *employee.Distrust) {
		if d != nil {
			out = append(out, *d)
		}
	}
	add(owner(f))
	add(schema(f))
	add(drop(p, f))
	return out
}

// owner: what a token shows depends on the role of the profile that made it, and a token dies with its owner.
func owner(f employee.Feed) *employee.Distrust {
	before, now := f.Before.Owner, f.Now.Owner
	switch {
	case now.Status == employee.Inactive:
		return &employee.Distrust{Cause: employee.OwnerInactive, Subject: now.ProfileID,
			What: fmt.Sprintf("the Namely token belongs to profile %s, who is inactive", now.ProfileID),
			Why:  "Namely refuses every call of such a token sooner or later, and shows it what it likes until then",
			Mend: "create the token with an active administrator profile kept for integrations"}
	case now.ProfileID != "" && before.ProfileID != "" && now.ProfileID != before.ProfileID:
		return &employee.Distrust{Cause: employee.OwnerChanged, Subject: now.ProfileID, Acceptable: true,
			What: fmt.Sprintf("the Namely token belongs to profile %s and belonged to %s before", now.ProfileID, before.ProfileID),
			Why:  "another role sees other people and other fields, and what it does not see looks as if HR had changed it",
			Mend: "if you changed the token, say so with `tenure watch accept`; otherwise put the former token back"}
	}
	return nil
}

// fewest is how many people must have had a value before, for its absence to tell anything.
const fewest = 3

// schema: a field that had values and has none for anybody was renamed, hidden or emptied by an import; compared with
// the snapshot it would look like a change of every single person.
func schema(f employee.Feed) *employee.Distrust {
	var lost []string
	for _, field := range slices.Sorted(maps.Keys(f.Before.Filled)) {
		if n := f.Before.Filled[field]; n >= fewest && f.Now.Filled[field] == 0 {
			lost = append(lost, fmt.Sprintf("%s (%d had one)", field, n))
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return &employee.Distrust{Cause: employee.SchemaDrift, Subject: strings.Join(lost, ", "), Acceptable: true,
		What: "nobody in Namely has " + strings.Join(lost, ", ") + " any more",
		Why:  "a field that is hidden or renamed looks as if HR had cleared it for everybody",
		Mend: "let the role of the token's owner see the field, or put the field back in Namely; if it was emptied on purpose, say so with `tenure watch accept`"}
}

// drop: Namely never deletes profiles by itself, so people who are missing are not shown.
func drop(p policy.Policy, f employee.Feed) *employee.Distrust {
	if f.Missing < max(1, least(p.Feed.MaxDrop, f.Known, fewest)) {
		return nil
	}
	return &employee.Distrust{Cause: employee.HeadcountDrop, Missing: f.Missing, Acceptable: true,
		What: fmt.Sprintf("%d of the %d people of the last good reading are missing (it shows %d)", f.Missing, f.Known, f.Now.Profiles),
		Why:  "nobody is taken for a leaver because they are missing, but a reading with such a hole hides those who did leave",
		Mend: "see whether the role of the token's owner shows every profile, inactive ones too; if Namely deleted these profiles, say so with `tenure watch accept`"}
}
