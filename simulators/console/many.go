package console

import (
	"fmt"
	"slices"

	namelysim "tenure/simulators/namely"
	"tenure/simulators/world"
)

type crowd struct {
	Count      int      `json:"count"`
	Department string   `json:"department"` // empty for any
	People     []string `json:"people"`
	Status     string   `json:"status"`
}

// setMany turns as many active people inactive as are asked for, as a mistaken import does, and says who they are.
func (c *console) setMany(in crowd) (any, error) {
	var people []string
	for _, p := range c.expendable() {
		if in.Department == "" || p.Department == in.Department {
			people = append(people, p.Email)
		}
	}
	if in.Count < 1 || in.Count > len(people) {
		return nil, fmt.Errorf("count %d: there are %d active people to choose from, so give a number from 1 to %d", in.Count, len(people), len(people))
	}
	people = people[:in.Count]
	c.setAll(people, "inactive")
	return map[string]any{"people": people}, nil
}

// setEach sets the status of the people named, all or none of them.
func (c *console) setEach(in crowd) (any, error) {
	if err := knownStatus(in.Status); err != nil {
		return nil, err
	}
	for _, p := range in.People {
		if err := c.known(p); err != nil {
			return nil, err
		}
	}
	c.setAll(in.People, in.Status)
	return nil, nil
}

func (c *console) setAll(people []string, status string) {
	for _, p := range people {
		c.w.Namely.SetStatus(p, status)
	}
}

func knownStatus(status string) error {
	if status != "active" && status != "pending" && status != "inactive" {
		return fmt.Errorf("status %q: Namely knows active, pending and inactive", status)
	}
	return nil
}

// expendable lists the active people without a part in the demonstration: those who must decide about a batch are not
// in it, and neither is IT, nor whoever owns the Namely token, without whom no reading is believed.
func (c *console) expendable() []namelysim.Profile {
	var cast []string
	for _, p := range world.Cast() {
		if u, ok := c.w.Slack.User(p.User); ok {
			cast = append(cast, u.Email)
		}
	}
	owner := c.w.Namely.TokenOwner()
	return slices.DeleteFunc(c.w.Namely.Profiles(), func(p namelysim.Profile) bool {
		return p.ID == owner || p.Status != "active" || p.Department == "IT" || slices.Contains(cast, p.Email)
	})
}

func (c *console) departments() []string {
	out := []string{}
	for _, p := range c.expendable() {
		if p.Department != "" && !slices.Contains(out, p.Department) {
			out = append(out, p.Department)
		}
	}
	slices.Sort(out)
	return out
}
