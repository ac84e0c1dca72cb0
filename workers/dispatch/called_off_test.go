package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/evidence"
	"tenure/internal/plan"
	"tenure/internal/store"
)

func TestDispatch_HireCalledOff(t *testing.T) {
	for _, c := range []struct {
		name string
		view *activities.CaseView
		ends bool
		want string
	}{
		{name: "nothing was prepared", want: "start offboard/E900"},
		{name: "it is being prepared", view: &activities.CaseView{Phase: "prepare"}, want: "tell onboard/E900"},
		{name: "the account is open", view: &activities.CaseView{Phase: "settle", Steps: opened(time.Date(2026, 11, 2, 7, 0, 0, 0, time.UTC))}, want: "start offboard/E900, tell onboard/E900"},
		{name: "the account is to be opened", view: &activities.CaseView{Phase: "begin", Steps: opened(time.Time{})}, want: "tell onboard/E900"},
		{name: "it is over but for its end", view: &activities.CaseView{Phase: "closed", Closed: true}, want: "start offboard/E900, tell onboard/E900"},
		{name: "it ends meanwhile", view: &activities.CaseView{Phase: "prepare"}, ends: true, want: "start offboard/E900"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			i := o.hire("E900", pending)
			o.scan()
			o.did("start onboard/E900")
			if c.view == nil {
				delete(o.server.roles, "onboard/E900")
			} else {
				o.server.views["onboard/E900"] = *c.view
			}
			if c.ends {
				o.server.ends = "onboard/E900"
			}
			o.edit(i, leaves)
			o.scan()
			o.did(c.want)
		})
	}
}

// Whoever was let in, or has an account that no Onboard made, is offboarded, and not only told to the Onboard that waits.
func TestDispatch_HireCalledOff_WhatThereIs(t *testing.T) {
	const alone, both = "tell onboard/E900", "start offboard/E900, tell onboard/E900"
	waits := activities.CaseView{Phase: "prepare"}
	prepared := activities.CaseView{Phase: "prepare", Steps: opened(time.Time{})}
	made := func(system string, step plan.Action, account string) func(*post) {
		return func(o *post) {
			o.link("E900", system, account)
			o.kept(evidence.Record{Step: plan.StepID(step), State: plan.Verified, Executed: o.now, Personal: evidence.Personal{Account: account}})
		}
	}
	okta := made("okta", plan.OktaCreate, "00u1")
	for _, c := range []struct {
		name string
		view activities.CaseView
		was  []func(*post)
		want string
	}{
		{"nothing is there", waits, nil, alone},
		{"nothing is there, and making it failed", prepared, nil, alone},
		{"this case, or an earlier one, made the account", prepared, []func(*post){okta}, alone},
		{"it made the account, and has found it there since", prepared, []func(*post){okta, func(o *post) {
			o.kept(evidence.Record{Step: "okta.create", State: plan.Unverified, Personal: evidence.Personal{Account: "00u1"}})
		}}, alone},
		{"an earlier case made it, and this one has not taken it up", waits, []func(*post){okta}, both},
		{"opened, and the start was put off", waits, []func(*post){okta, func(o *post) {
			o.kept(evidence.Record{Step: "okta.open", State: plan.Verified, Executed: o.now, Personal: evidence.Personal{Account: "00u1"}})
		}}, both},
		{"opened, put off, and found there", prepared, []func(*post){okta, func(o *post) {
			o.kept(evidence.Record{Step: "okta.open", State: plan.Verified, Executed: o.now, Personal: evidence.Personal{Account: "00u1"}})
		}}, both},
		{"opened by hand, says a person", prepared, []func(*post){okta, func(o *post) {
			o.kept(evidence.Record{Step: "okta.open", State: plan.Skipped, Personal: evidence.Personal{Actor: "slack:U1", Detail: "done by hand"}})
		}}, both},
		{"made by hand before the mapping", waits, []func(*post){func(o *post) { o.link("E900", "okta", "00u1") }}, both},
		{"made by hand, and found there", prepared, []func(*post){func(o *post) {
			o.link("E900", "okta", "00u1")
			o.kept(evidence.Record{Step: "okta.create", State: plan.Verified, Personal: evidence.Personal{Account: "00u1"}})
		}}, both},
		{"another account was made", prepared, []func(*post){func(o *post) {
			o.link("E900", "okta", "00u1")
			o.kept(evidence.Record{Step: "okta.create", State: plan.Verified, Executed: o.now, Personal: evidence.Personal{Account: "00u2"}})
		}}, both},
		{"a Google account by hand", prepared, []func(*post){okta, func(o *post) { o.link("E900", "google", "11") }}, both},
		{"a Google account that was made, and is not taken up", prepared, []func(*post){okta, made("google", plan.GoogleAccount, "11")}, both},
		{"both made", activities.CaseView{Phase: "prepare", Steps: append(opened(time.Time{}), activities.StepView{ID: "google.account", Started: time.Unix(1, 0)})},
			[]func(*post){okta, made("google", plan.GoogleAccount, "11")}, alone},
		{"an account elsewhere", prepared, []func(*post){okta, func(o *post) { o.link("E900", "jamf", "7") }}, both},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			i := o.hire("E900", pending)
			o.scan()
			o.did("start onboard/E900")
			for _, was := range c.was {
				was(o)
			}
			o.server.views["onboard/E900"] = c.view
			o.edit(i, leaves)
			o.scan()
			o.did(c.want)
		})
	}
}

func (o *post) link(id employee.ID, system, account string) {
	o.t.Helper()
	if err := o.store.Link(o.t.Context(), id, system, account, "login", o.now); err != nil {
		o.t.Fatal(err)
	}
}

// kept has the evidence of E900's onboarding hold a record.
func (o *post) kept(r evidence.Record) {
	o.t.Helper()
	r.Run, r.Case, r.Employee = "r1", "onboard/E900", "E900"
	if _, written, err := o.store.AppendEvidence(o.t.Context(), fmt.Sprint(r.Step, r.State, r.Account), r); err != nil || !written {
		o.t.Fatal(written, err)
	}
}

// Whether there is anybody to offboard must not be guessed.
func TestDispatch_HireCalledOff_EvidenceCannotBeRead_IsTriedAgain(t *testing.T) {
	o := newOffice(t)
	i := o.hire("E900", pending)
	o.scan()
	o.did("start onboard/E900")
	o.server.views["onboard/E900"] = activities.CaseView{Phase: "prepare"}
	o.edit(i, leaves)
	o.scan()
	o.Outbox = unread{o.store}
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err == nil || o.server.did() != "" {
		t.Errorf("%v", err)
	}
	o.Outbox = o.store
	o.did("tell onboard/E900")
}

// unread is a store whose evidence cannot be read.
type unread struct{ *store.Store }

func (unread) CaseEvidence(context.Context, string) ([]evidence.Record, error) {
	return nil, errors.New("not now")
}

// A case that does not answer must not keep somebody in.
func TestDispatch_HireCalledOff_OnboardDoesNotAnswer_IsOffboarded(t *testing.T) {
	o := newOffice(t)
	i := o.hire("E900", pending)
	o.scan()
	o.did("start onboard/E900")
	o.edit(i, leaves)
	o.scan()
	o.did("start offboard/E900, tell onboard/E900")
}

func opened(at time.Time) []activities.StepView {
	return []activities.StepView{{ID: "okta.create", Started: at.Add(-time.Hour)}, {ID: "okta.open", Started: at}}
}
