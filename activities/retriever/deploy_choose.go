package retriever

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"net/url"
	"slices"
	"strings"

	"tenure/activities"
	"tenure/internal/plan"
)

// choose takes a device that is ready: of the first model that there is, and among several of it one by our mark, so that
// people who join on the same day do not all want the same device. It reads no further than it must.
func (p *shipping) choose(ctx context.Context) (string, error) {
	rows := map[string]device{} // the newest of each serial number
	for pages, next := 0, ""; ; pages++ {
		if pages == maxPages {
			return "", errEndless
		}
		list, err := readPage[device](ctx, p.System, warehousePath, next)
		if err != nil {
			return "", err
		}
		for _, row := range list.Results {
			p.known[row.ID] = row
			serial := strings.ToUpper(strings.TrimSpace(row.Serial))
			if serial == "" {
				serial = "id " + row.ID
			}
			// A device that came back has a row for each time. Which is the newest, its deployment tells.
			if older, seen := rows[serial]; !seen || row.Deployed.After(older.Deployed.Time) {
				rows[serial] = row
			}
		}
		id, rank := p.best(rows)
		if id != "" && (rank == 0 || list.Next == "") {
			return id, nil
		}
		if next = list.Next; next == "" {
			return "", p.nothingReady(rows)
		}
	}
}

// best is the device to take of some rows, and how far down the list of models it stands.
func (p *shipping) best(rows map[string]device) (id string, rank int) {
	var most uint64
	for _, row := range rows {
		r := p.rank(row)
		if r < 0 || row.Status != ready || p.taken[row.ID] {
			continue
		}
		if n := p.draw(row.ID); id == "" || r < rank || r == rank && n > most {
			id, rank, most = row.ID, r, n
		}
	}
	return id, rank
}

// rank is where a device's model stands in the list of those wanted; -1 for one that is not, or of another operating
// system.
func (p *shipping) rank(d device) int {
	if p.in.OS != "" && fold(p.in.OS) != fold(d.OS) {
		return -1
	}
	if len(p.in.Models) == 0 {
		return 0
	}
	names := []string{fold(d.Model), fold(d.Manufacturer + " " + d.Model), fold(d.Series)}
	return slices.IndexFunc(p.in.Models, func(wanted string) bool { return slices.Contains(names, fold(wanted)) })
}

func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// draw is a device's number in our lottery.
func (p *shipping) draw(id string) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s/%s", p.body.Ticket, id) // a hash never fails
	return h.Sum64()
}

// nothingReady says what was looked for and what there is instead.
func (p *shipping) nothingReady(rows map[string]device) error {
	wanted := "any device"
	if len(p.in.Models) > 0 {
		wanted = strings.Join(p.in.Models, " or ")
	}
	if p.in.OS != "" {
		wanted += " with " + p.in.OS
	}
	there := map[string]int{}
	for _, row := range rows {
		if row.Status == ready && !p.taken[row.ID] {
			there[strings.TrimSpace(row.Model+" with "+row.OS)]++
		}
	}
	var others []string
	for _, model := range slices.Sorted(maps.Keys(there)) {
		others = append(others, fmt.Sprintf("%d of %s", there[model], model))
	}
	text := "no device is ready in Retriever's warehouse: looked for " + wanted
	if len(others) > 0 {
		text += "; ready are " + strings.Join(others, ", ")
	}
	return &activities.Problem{Type: activities.Conflict, Text: text,
		Mend: "put one into the warehouse, or name others in the policy (onboard.equipment), then retry the step; or hand one over yourself and say done"}
}

// serial is a device's serial number, where it is known or can be read.
func (p *shipping) serial(ctx context.Context, id string) string {
	row, read := p.known[id]
	if !read && id != "" {
		_ = p.get(ctx, warehousePath+url.PathEscape(id)+"/", nil, &row) // the order stands without it
	}
	return row.Serial
}

// ordered says what was ordered.
func (p *shipping) ordered(d deployment) string {
	text := "ordered"
	if model := strings.TrimSpace(p.known[d.Device].Model); model != "" {
		text += ": " + model
	}
	if p.body.Speed != "" {
		text += ", " + strings.ReplaceAll(p.body.Speed, "_", " ")
	}
	if p.body.Employee.Email == "" {
		text += "; Retriever cannot write to the person, whose private address HR does not have"
	}
	return text
}

// state is the order as Tenure's processes see it, but for the serial number, which is the warehouse's.
func (d deployment) state() activities.Deployment {
	return activities.Deployment{Order: d.ID, Status: d.Shipment.Status, Tracking: d.Shipment.Tracking, Carrier: d.Shipment.Carrier}
}

// standing is what an order's state means for the person it is for.
func (s *System) standing(o activities.Outcome, d deployment) activities.Outcome {
	o.Account, o.State = d.ID, plan.Waiting
	status := d.Shipment.Status
	if status == "" {
		status = "without a shipment yet"
	}
	o.ReadBack = "deployment " + d.ID + " is " + status
	switch d.Shipment.stage() {
	case awaited:
		o.Detail = "not sent yet"
	case onItsWay:
		o.Detail = "on its way"
	case arrived:
		o.State, o.Detail, o.Verified = plan.Verified, "the device is there", s.cfg.Now().UTC()
	case givenUp:
		why := d.Shipment.Why
		if why == "" {
			why = "no reason given"
		}
		return activities.NeedsPerson(o, &activities.Problem{Type: activities.Conflict, Text: "Retriever gave the order up: " + why,
			Mend: "retry the step to order another device, or hand one over yourself and say done"})
	case astray:
		return activities.NeedsPerson(o, &activities.Problem{Type: activities.Conflict, Text: "the device went elsewhere: " + strings.ReplaceAll(status, "_", " "),
			Mend: "look at the order in Retriever's portal; retry the step to order another device"})
	}
	return o
}
