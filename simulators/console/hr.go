package console

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"tenure/simulators/company"
	namelysim "tenure/simulators/namely"
	"tenure/simulators/world"
)

// hrRecord is what HR types into a record. Who it is about is a work address or a profile id.
type hrRecord struct {
	Person     string `json:"person"`
	First      string `json:"first"`
	Last       string `json:"last"`
	Department string `json:"department"`
	Title      string `json:"title"`
	Manager    string `json:"manager"` // work address or profile id; "" for nobody
	Type       string `json:"type"`    // "Full Time", "Contractor", ...
	Start      string `json:"start"`   // YYYY-MM-DD
	Kind       string `json:"kind"`    // of leave; "" for back
}

// hire makes a record of somebody new and says which address it got.
func (c *console) hire(in hrRecord) (any, error) {
	first, last := strings.TrimSpace(in.First), strings.TrimSpace(in.Last)
	if first == "" || last == "" {
		return nil, errors.New("first or last name is empty: type both")
	}
	if _, err := time.Parse(time.DateOnly, in.Start); err != nil {
		return nil, fmt.Errorf("first day %q: give a day as YYYY-MM-DD", in.Start)
	}
	job, err := c.job(in)
	if err != nil {
		return nil, err
	}
	email := c.freeAddress(first, last)
	c.w.Namely.Hire(namelysim.Profile{Email: email, FirstName: first, LastName: last, Department: job.Department, JobTitle: job.Title,
		ReportsTo: job.Manager, EmployeeType: cmp.Or(in.Type, "Full Time"), Start: in.Start, Status: "pending",
		EmployeeID: fmt.Sprintf("E%d", 9000+len(c.w.Namely.Profiles())), Office: company.Offices()[0].Name,
		Home: namelysim.Address{Line1: "1 Elm Street", City: "New York", State: "NY", Zip: "10001", Country: "US"}})
	return map[string]string{"person": email}, nil
}

// freeAddress is the work address that HR gives somebody: nobody else's.
func (c *console) freeAddress(first, last string) string {
	local := strings.ToLower(strings.ReplaceAll(first+"."+last, " ", "-"))
	email := local + "@" + company.Domain
	for n := 2; c.known(email) == nil; n++ {
		email = fmt.Sprintf("%s%d@%s", local, n, company.Domain)
	}
	return email
}

// hireAgain makes the record of somebody who left active, without a last day.
func (c *console) hireAgain(in hrRecord) (any, error) {
	if err := c.known(in.Person); err != nil {
		return nil, err
	}
	c.w.Namely.Edit(in.Person, func(p *namelysim.Profile) { p.Status, p.Departure = "active", "" })
	return nil, nil
}

func (c *console) setJob(in hrRecord) (any, error) {
	if err := c.known(in.Person); err != nil {
		return nil, err
	}
	job, err := c.job(in)
	if err == nil {
		c.w.Assign(in.Person, job)
	}
	return nil, err
}

// job checks what HR types. Departments are made when they are not there, as in Namely.
func (c *console) job(in hrRecord) (world.Job, error) {
	job := world.Job{Department: strings.TrimSpace(in.Department), Title: strings.TrimSpace(in.Title)}
	if job.Department == "" || job.Title == "" {
		return job, errors.New("department or title is empty: type both")
	}
	if in.Manager != "" {
		m, found := c.w.Namely.Profile(strings.TrimSpace(in.Manager))
		if !found {
			return job, fmt.Errorf("manager %q has no HR record: give a work address, or nothing", in.Manager)
		}
		job.Manager = m.ID
	}
	return job, nil
}

func (c *console) setLeave(in hrRecord) (any, error) {
	if err := c.known(in.Person); err != nil {
		return nil, err
	}
	c.w.Namely.SetLeave(in.Person, in.Kind)
	return nil, nil
}

// setName gives somebody another name. The work address stays: it is HR's to change, and rarely does.
func (c *console) setName(in hrRecord) (any, error) {
	if err := c.known(in.Person); err != nil {
		return nil, err
	}
	first, last := strings.TrimSpace(in.First), strings.TrimSpace(in.Last)
	if first == "" || last == "" {
		return nil, errors.New("first or last name is empty: type both")
	}
	c.w.Namely.Edit(in.Person, func(p *namelysim.Profile) { p.FirstName, p.LastName = first, last })
	return nil, nil
}

// accept is the person following the link of Okta's activation mail.
func (c *console) accept(in hrRecord) (any, error) { return nil, c.w.Okta.Accept(in.Person) }
