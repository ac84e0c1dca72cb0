package jira

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tenure/activities"
	"tenure/internal/plan"
)

// taskProperty is the entity property of a sub-task.
const taskProperty = "tenure.task"

// taskMark is its value. It is written last, so that whatever it says has been done.
type taskMark struct {
	Case  string `json:"case"`
	Run   string `json:"run"`
	Step  string `json:"step"`
	Ask   string `json:"ask"`             // fingerprint of what was asked last
	Ended bool   `json:"ended,omitempty"` // the step ended after it was asked last
}

// keepTasks keeps one sub-task for every step that a person must do, and ends those whose step has ended. Sub-tasks
// are found through their parent, which is read from Jira's database: no search, no delay.
func (m *mirroring) keepTasks(ctx context.Context) error {
	if m.older() {
		return nil
	}
	for _, s := range m.view.Steps {
		child, exists := m.child(s.ID)
		if exists {
			m.remember(s.ID, child.Key)
		}
		var err error
		switch {
		case s.State.AsksForPerson() && !exists:
			err = m.openTask(ctx, s)
		case s.State.AsksForPerson():
			err = m.askAgain(ctx, s, child)
		case exists && (s.State.Ended() || m.view.Closed):
			err = m.endTask(ctx, s, child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// child finds a step's sub-task by the prefix of its summary; of several, the first one made.
func (m *mirroring) child(id plan.StepID) (issue, bool) {
	prefix := taskPrefix(id) + " "
	var found []issue
	for _, c := range m.ticket.Fields.Subtasks {
		if strings.HasPrefix(c.Fields.Summary+" ", prefix) {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return issue{}, false
	}
	return slices.MinFunc(found, func(a, b issue) int { return a.number() - b.number() }), true
}

func (m *mirroring) remember(id plan.StepID, key string) {
	if m.ref.Tasks == nil {
		m.ref.Tasks = map[plan.StepID]string{}
	}
	m.ref.Tasks[id] = key
}

func (m *mirroring) taskMark(s activities.StepView) taskMark {
	return taskMark{Case: m.view.Case, Run: m.view.Run, Step: string(s.ID),
		Ask: fingerprint(renderTask(m.view, s, m.in.Settings), s.Executed.UTC(), s.By)}
}

// openTask asks a person for the first time.
func (m *mirroring) openTask(ctx context.Context, s activities.StepView) error {
	p, err := propertyOf(taskProperty, m.taskMark(s))
	if err != nil {
		return err
	}
	fields := newFields(renderTask(m.view, s, m.in.Settings))
	fields["project"] = object{"key": m.in.Settings.JiraProject}
	fields["issuetype"] = object{"name": orDefault(m.in.Settings.JiraSubtask, "Sub-task")}
	fields["parent"] = object{"key": m.ticket.Key}
	fields["labels"] = []string{labelTask}
	if who := m.cfg.TaskAssignee; who != "" {
		fields["assignee"] = m.assignee(who)
	}
	made, err := m.create(ctx, update{Fields: fields, Properties: []property{p}})
	if made.Key != "" {
		m.remember(s.ID, made.Key)
		m.beat(ctx)
	}
	return err
}

// assignee names a person as the flavour does.
func (m *mirroring) assignee(who string) object {
	if m.cfg.Flavour == Cloud {
		return object{"accountId": who}
	}
	return object{"name": who}
}

// askAgain keeps an existing sub-task true to its step. One that ended, or that a person closed before the step
// asked anew, is opened again with a comment; one that is open takes the new words.
func (m *mirroring) askAgain(ctx context.Context, s activities.StepView, child issue) error {
	child, had, err := m.readTask(ctx, s.ID, child)
	if err != nil {
		return err
	}
	want := m.taskMark(s)
	if had == want {
		return nil
	}
	if child.Fields.Status.done() || had.Ended {
		if err := m.notice(ctx, child.Key, fmt.Sprintf("%s/asked-%s", s.ID, want.Ask), renderAgain(s)); err != nil {
			return err
		}
		// A workflow without a way back leaves the sub-task closed: the comment has asked.
		if err := m.move(ctx, child.Key, reopened); err != nil && !permanent(err) {
			return err
		}
	}
	p, err := propertyOf(taskProperty, want)
	if err != nil {
		return err
	}
	u := update{Fields: editFields(renderTask(m.view, s, m.in.Settings)), Properties: []property{p}}
	return m.send(ctx, http.MethodPut, issuePath(child.Key, ""), u, nil)
}

// endTask says on the sub-task how its step ended and moves it to done.
func (m *mirroring) endTask(ctx context.Context, s activities.StepView, child issue) error {
	child, had, err := m.readTask(ctx, s.ID, child)
	if err != nil || had.Ended {
		return err // whoever opens it again afterwards has a reason
	}
	if err := m.notice(ctx, child.Key, fmt.Sprintf("%s/ended-%s", s.ID, had.Ask), renderEnd(m.view, s)); err != nil {
		return err
	}
	g := finished
	if !s.State.Proved() && !isQuestion(s.ID) { // no is an answer as good as yes
		g = abandoned
	}
	if err := m.move(ctx, child.Key, g); err != nil {
		return err
	}
	had.Ended = true
	p, err := propertyOf(taskProperty, had)
	if err != nil {
		return err
	}
	return m.putProperty(ctx, child.Key, p)
}

func (m *mirroring) readTask(ctx context.Context, id plan.StepID, child issue) (issue, taskMark, error) {
	got, err := m.read(ctx, child.Key, taskProperty)
	mark := taskMark{Case: m.view.Case, Run: m.view.Run, Step: string(id)}
	got.property(taskProperty, &mark)
	return got, mark, err
}
