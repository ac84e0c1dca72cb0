package store

import (
	"context"
	"maps"

	"tenure/internal/employee"
)

// Which further fields are read is the policy's to say, and it may say something else from one reading to the next. What
// only one of the two has read, or has read elsewhere, has not changed: HR edited nobody.

// reread is the further fields that this reading does not take from where the last one did.
func (c scan) reread(ctx context.Context) ([]string, error) {
	var last employee.Mark
	if _, err := getWatch(ctx, c.tx, watchMark, &last); err != nil {
		return nil, err
	}
	var names []string
	for name, source := range c.reading.Sources {
		if last.Sources[name] != source {
			names = append(names, name)
		}
	}
	for name := range last.Sources {
		if _, read := c.reading.Sources[name]; !read {
			names = append(names, name)
		}
	}
	return names, nil
}

// comparable is the stored people as they are to be compared with a reading: what was read anew is as it reads now.
func (s snapshot) comparable(after []employee.Employee, reread []string) []employee.Employee {
	people := s.people()
	if len(reread) == 0 {
		return people
	}
	now := make(map[string]employee.Custom, len(after))
	for _, e := range after {
		now[e.ProfileID] = e.Custom
	}
	for i, e := range people {
		custom := maps.Clone(e.Custom)
		for _, name := range reread {
			delete(custom, name)
			if values, there := now[e.ProfileID][name]; there {
				if custom == nil {
					custom = employee.Custom{}
				}
				custom[name] = values
			}
		}
		people[i].Custom = custom
	}
	return people
}

// forget leaves out of a mark what the policy has no longer read: that nobody has a value says nothing then.
func forget(last *employee.Mark, now employee.Mark) {
	for _, source := range last.Sources {
		if _, read := now.Filled[source]; !read {
			delete(last.Filled, source)
		}
	}
}
