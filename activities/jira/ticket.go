package jira

import (
	"context"
	"net/http"
	"slices"

	"tenure/activities"
)

// caseProperty is the entity property that says whose ticket it is.
const caseProperty = "tenure.case"

// caseMark is its value.
type caseMark struct {
	Case    string `json:"case"`
	Run     string `json:"run"`
	Version int    `json:"v"`              // the view that the page shows
	Page    string `json:"page,omitempty"` // fingerprint of the page
	Link    string `json:"link,omitempty"` // fingerprint of the remote link
	// Unsure is set on a ticket that was created although an earlier create may have succeeded: a twin may show up.
	Unsure bool `json:"unsure,omitempty"`
}

func (m caseMark) of(v activities.CaseView) bool { return m.Case == v.Case && m.Run == v.Run }

// haveTicket finds the case's ticket, or creates it.
func (m *mirroring) haveTicket(ctx context.Context) error {
	if m.ref.Key != "" {
		got, err := m.read(ctx, m.ref.Key, caseProperty)
		if err != nil {
			return err
		}
		m.take(got)
		return m.lookForTwins(ctx)
	}
	found, err := m.search(ctx)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return m.createTicket(ctx)
	}
	m.take(found[0])
	return m.closeTwins(ctx, found[1:])
}

// take makes an issue the case's ticket.
func (m *mirroring) take(i issue) {
	m.ticket, m.mark = i, caseMark{}
	i.property(caseProperty, &m.mark)
	m.linked = m.mark.Link
	m.unsure = false
	m.ref.Key, m.ref.URL = i.Key, m.cfg.BrowseURL+"/browse/"+i.Key
}

// search lists the case's tickets, the oldest first. When a create may have gone through without its answer, it
// searches for as long as Jira's index may be behind before it believes that there is none.
func (m *mirroring) search(ctx context.Context) ([]issue, error) {
	patience := m.cfg.IndexWait
	if !m.unsure {
		patience = 0
	}
	for pause := m.cfg.PollFirst; ; pause = min(2*pause, m.cfg.PollMax) {
		found, err := m.ours(ctx)
		if err != nil || len(found) > 0 || patience <= 0 {
			return found, err
		}
		pause = min(pause, patience)
		m.beat(ctx)
		if err := m.cfg.Wait(ctx, pause); err != nil {
			return nil, err
		}
		patience -= pause
	}
}

// ours lists the issues with the case's label that are the case's: people clone tickets, and a clone keeps the
// label but not the property.
func (m *mirroring) ours(ctx context.Context) ([]issue, error) {
	keys, err := m.labelled(ctx, m.in.Settings.JiraProject, m.label)
	if err != nil {
		return nil, err
	}
	var out []issue
	for _, key := range keys {
		i, err := m.read(ctx, key, caseProperty)
		if isNotFound(err) {
			continue // the index still shows what was deleted
		}
		if err != nil {
			return nil, err
		}
		mine, err := m.made(ctx, i)
		if err != nil {
			return nil, err
		}
		if mine {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b issue) int { return a.number() - b.number() })
	return out, nil
}

// made says whether the issue is this case's. One without the property counts when it is of our own making: a Jira
// that drops properties on create is sent them a moment later.
func (m *mirroring) made(ctx context.Context, i issue) (bool, error) {
	if _, marked := i.Properties[caseProperty]; marked {
		var mark caseMark
		i.property(caseProperty, &mark)
		return mark.of(m.view), nil
	}
	me, err := m.me(ctx)
	return err == nil && i.Fields.Creator != nil && i.Fields.Creator.id() == me, err
}

// createTicket makes the ticket, findable from the first moment: label and property are part of the create.
func (m *mirroring) createTicket(ctx context.Context) error {
	doubtful := m.unsure
	mark := m.newMark("")
	mark.Unsure = doubtful
	p, err := propertyOf(caseProperty, mark)
	if err != nil {
		return err
	}
	fields := newFields(m.page)
	fields["project"] = object{"key": m.in.Settings.JiraProject}
	fields["issuetype"] = object{"name": orDefault(m.in.Settings.JiraType, "Task")}
	fields["labels"] = []string{m.label, labelTicket}
	m.unsure = true // until the answer is in
	made, err := m.create(ctx, update{Fields: fields, Properties: []property{p}})
	if err != nil {
		// A refusal is certain; a ticket whose read-back failed is certain too, and known by its key.
		m.unsure = doubtful || made.Key == "" && unclear(err)
		if made.Key != "" {
			m.ref.Key, m.ref.URL = made.Key, m.cfg.BrowseURL+"/browse/"+made.Key
		}
		return err
	}
	m.take(made)
	m.fresh = true
	return nil
}

func (m *mirroring) newMark(link string) caseMark {
	return caseMark{Case: m.view.Case, Run: m.view.Run, Version: m.view.Version, Page: fingerprint(m.page), Link: link}
}

// newFields are the fields a page sets on a new issue.
func newFields(p Page) object {
	f := object{"summary": p.Summary, "description": p.Description}
	if p.DueDate != "" {
		f["duedate"] = p.DueDate
	}
	if p.Priority != "" {
		f["priority"] = object{"name": p.Priority}
	}
	return f
}

// editFields are the fields a page sets on an issue that exists; a day that is not due any more is cleared. Labels
// are not among them: people add their own.
func editFields(p Page) object {
	f := newFields(p)
	if p.DueDate == "" {
		f["duedate"] = nil
	}
	return f
}

// showPage brings the page up to the view, in one request with the mark, and only when something on it changed. An
// older view never goes over a newer one.
func (m *mirroring) showPage(ctx context.Context) error {
	want := m.newMark(m.linked)
	want.Unsure = m.mark.Unsure
	changed := want.Page != m.mark.Page
	if m.older() || !changed && want.Link == m.mark.Link && want.Unsure == m.unsureStored() {
		return nil
	}
	p, err := propertyOf(caseProperty, want)
	if err != nil {
		return err
	}
	if changed {
		err = m.send(ctx, http.MethodPut, issuePath(m.ticket.Key, ""), update{Fields: editFields(m.page), Properties: []property{p}}, nil)
	} else {
		err = m.putProperty(ctx, m.ticket.Key, p)
	}
	if err == nil {
		m.mark = want
	}
	return err
}

// unsureStored is what the ticket's property says, which lookForTwins may have overruled.
func (m *mirroring) unsureStored() bool {
	var stored caseMark
	m.ticket.property(caseProperty, &stored)
	return stored.Unsure
}

// lookForTwins searches once a call for a ticket that an earlier create made without our knowing, until the index
// must have shown it.
func (m *mirroring) lookForTwins(ctx context.Context) error {
	if !m.mark.Unsure {
		return nil
	}
	found, err := m.ours(ctx)
	if err != nil {
		return err
	}
	twins := slices.DeleteFunc(found, func(i issue) bool { return i.ID == m.ticket.ID })
	if len(twins) == 0 {
		if born := m.ticket.createdAt(); m.cfg.Now().Sub(born) > m.cfg.IndexWait {
			m.mark.Unsure = false
		}
		return nil
	}
	m.mark.Unsure = false
	if twins[0].number() < m.ticket.number() && !m.inUse() {
		twins[0], m.ticket = m.ticket, twins[0]
		m.take(m.ticket)
	}
	return m.closeTwins(ctx, twins)
}

// inUse says whether people can already follow the case on this ticket. Otherwise the lowest id is kept.
func (m *mirroring) inUse() bool { return m.ref.Seq > 0 || len(m.ref.Tasks) > 0 }

// closeTwins closes tickets that were made twice.
func (m *mirroring) closeTwins(ctx context.Context, twins []issue) error {
	for _, t := range twins {
		if t.Fields.Status.done() {
			continue
		}
		text := "This ticket is a duplicate of " + m.ticket.Key + ", which is kept: an answer of Jira's was lost, and the ticket was created twice."
		if err := m.notice(ctx, t.Key, "duplicate", text); err != nil {
			return err
		}
		if err := m.move(ctx, t.Key, duplicated); err != nil {
			return err
		}
	}
	return nil
}
