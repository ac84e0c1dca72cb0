package jira_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
)

func run[In, Out any](w *world, h activities.Activity[In, Out], in In) (Out, error) {
	w.Helper()
	var out Out
	v, err := w.env.ExecuteActivity(h.Name, in)
	if err == nil {
		err = v.Get(&out)
	}
	return out, err
}

func must[In, Out any](w *world, h activities.Activity[In, Out], in In) Out {
	w.Helper()
	out, err := run(w, h, in)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// lately lists the moves to Done or Received of the last quarter of an hour.
func (w *world) lately() []activities.Move {
	w.Helper()
	return must(w, activities.JiraListMoves, activities.ListMoves{Since: w.time().Add(-15 * time.Minute), To: []string{"Received", "done"}}).Moves
}

func (w *world) transition(key, status string) {
	w.Helper()
	if err := w.sim.Transition(key, status, "ida"); err != nil {
		w.Fatal(err)
	}
}

// asked is a case whose sub-task waits for a person; it returns the ticket's key and the sub-task's.
func asked(w *world) (ticket, task string) {
	w.Helper()
	ref := w.mirror(input(asking(view(1))))
	w.pass(time.Minute) // the index has caught up
	return ref.Key, ref.Tasks[step]
}

// ida is the account id of the person who moves tickets, as this flavour says it.
func ida(w *world) string {
	if w.sim.Flavour == jirasim.DataCenter {
		return "jira:ida"
	}
	for _, u := range w.sim.Snapshot().Users {
		if u.Name == "ida" {
			return "jira:" + u.AccountID
		}
	}
	return ""
}

func TestListMoves_SubtaskMovedByAPerson_IsSeenWithWhoAndWhen(t *testing.T) {
	flavours(t, func(w *world) {
		ticket, task := asked(w)
		if moves := w.lately(); len(moves) != 0 {
			w.Fatalf("nobody moved anything: %+v", moves)
		}
		w.transition(task, "Done")
		at := w.time()
		if moves := w.lately(); len(moves) != 0 {
			w.Errorf("the search knew at once; this test is to show that it need not: %+v", moves)
		}
		w.pass(time.Minute)
		moves := w.lately()
		history := w.issue(task).History
		want := activities.Move{Key: history[0].ID, Ticket: task, Status: "Done", Case: "offboard/E1042", Run: "7d3c", Step: step, By: ida(w), At: at}
		if len(moves) != 1 || moves[0] != want {
			w.Fatalf("got %+v, want %+v", moves, want)
		}
		if got := must(w, activities.JiraReadMove, activities.ReadMove{Ticket: task}); got != want {
			w.Errorf("one ticket by itself: got %+v, want %+v", got, want)
		}
		if got := must(w, activities.JiraReadMove, activities.ReadMove{Ticket: ticket}); got != (activities.Move{}) {
			w.Errorf("a ticket that nobody moved: %+v", got)
		}
		w.pass(time.Hour)
		if moves := w.lately(); len(moves) != 0 {
			w.Errorf("an old move is seen again: %+v", moves)
		}
	})
}

func TestListMoves_TheCasesOwnTicket_HasNoStep(t *testing.T) {
	flavours(t, func(w *world) {
		in := input(view(1))
		in.View.Case, in.View.Process = "device-return/E1042/C02XY", "DeviceReturn"
		ref := w.mirror(in)
		w.transition(ref.Key, "Done")
		w.pass(time.Minute)
		moves := w.lately()
		if len(moves) != 1 || moves[0].Case != in.View.Case || moves[0].Step != "" || moves[0].Ticket != ref.Key {
			w.Errorf("%+v", moves)
		}
	})
}

func TestListMoves_OwnMove_IsNobodys(t *testing.T) {
	flavours(t, func(w *world) {
		in := input(asking(view(1)))
		in.Ref = w.mirror(in)
		in.View = ended(view(2))
		in.Ref = w.mirror(in) // Tenure moves it to Done
		w.pass(time.Minute)
		if w.issue(in.Ref.Tasks[step]).Status.Name != "Done" {
			w.Fatal("the sub-task is not done")
		}
		if moves := w.lately(); len(moves) != 0 {
			w.Errorf("our own transition came back: %+v", moves)
		}
	})
}

func TestListMoves_UndoneOrOvertaken_CountsWhereItStands(t *testing.T) {
	flavours(t, func(w *world) {
		_, task := asked(w)
		w.transition(task, "Done")
		w.transition(task, "To Do")
		w.pass(time.Minute)
		if moves := w.lately(); len(moves) != 0 {
			w.Errorf("a move that was taken back: %+v", moves)
		}
		w.transition(task, "In Progress")
		w.transition(task, "Done") // within the same second
		w.pass(time.Minute)
		history := w.issue(task).History
		moves := w.lately()
		if len(moves) != 1 || moves[0].Key != history[len(history)-1].ID {
			w.Errorf("%+v, want change %s", moves, history[len(history)-1].ID)
		}
	})
}

// A clone keeps the label, and with some apps the properties; who made it cannot be forged.
func TestListMoves_CloneOrForgery_IsNoMove(t *testing.T) {
	for _, properties := range []bool{false, true} {
		flavours(t, func(w *world) {
			_, task := asked(w)
			clone, err := w.sim.Clone(task, "mallory", properties)
			if err != nil {
				w.Fatal(err)
			}
			w.transition(clone, "Done")
			w.pass(time.Minute)
			if moves := w.lately(); len(moves) != 0 {
				w.Errorf("a ticket that Tenure never made speaks for the case: %+v", moves)
			}
		})
	}
}

func TestListMoves_StatusThatTheSiteLacks_HidesNothing(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	_, task := asked(w)
	w.transition(task, "In Progress")
	w.pass(time.Minute)
	in := activities.ListMoves{Since: began, To: []string{"Received", " in progress "}} // the default workflow has no Received
	if moves := must(w, activities.JiraListMoves, in).Moves; len(moves) != 1 || moves[0].Status != "In Progress" {
		t.Errorf("%+v", moves)
	}
	if moves := must(w, activities.JiraListMoves, activities.ListMoves{Since: began}).Moves; len(moves) != 0 {
		t.Errorf("no status means anything: %+v", moves)
	}
}

func TestListMoves_ManyPages_OldestFirst(t *testing.T) {
	flavours(t, func(w *world) {
		var keys []string
		for n := range 60 {
			in := input(asking(view(1)))
			in.View.Run = strings.Repeat("r", n+1)
			ref := w.mirror(in)
			keys = append(keys, ref.Tasks[step])
		}
		for _, key := range keys {
			w.transition(key, "Done")
			w.pass(time.Second)
		}
		w.pass(time.Minute)
		moves := w.lately()
		if len(moves) != len(keys) {
			w.Fatalf("%d moves, want %d", len(moves), len(keys))
		}
		for i, m := range moves {
			if m.Ticket != keys[i] {
				w.Fatalf("move %d is of %s, want %s", i, m.Ticket, keys[i])
			}
		}
	})
}

func TestReadMove_TicketThatIsGoneOrForeign_WasNotMoved(t *testing.T) {
	flavours(t, func(w *world) {
		for _, key := range []string{"ITOFF-999", "OTHER-1"} {
			if got := must(w, activities.JiraReadMove, activities.ReadMove{Ticket: key}); got != (activities.Move{}) {
				w.Errorf("%s: %+v", key, got)
			}
		}
	})
}

func TestMoves_TroubleIsClassified(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	_, task := asked(w)
	w.transition(task, "Done")
	w.pass(time.Minute)
	cases := []struct {
		status int
		typ    string
	}{{401, activities.Forbidden}, {403, activities.Forbidden}, {410, activities.Unsupported}, {429, activities.RateLimited}, {503, activities.Unavailable}}
	for _, c := range cases {
		w.sim.Inject(kit.Fault{Method: "GET", Path: "/rest/api/2/search/jql", Times: 1, Status: c.status})
		_, err := run(w, activities.JiraListMoves, activities.ListMoves{Since: began, To: []string{"Done"}})
		var app *temporal.ApplicationError
		if !errors.As(err, &app) || app.Type() != c.typ {
			t.Errorf("%d: %v, want %s", c.status, err, c.typ)
		}
	}
	for name, err := range map[string]error{
		"no time":   second(run(w, activities.JiraListMoves, activities.ListMoves{To: []string{"Done"}})),
		"no ticket": second(run(w, activities.JiraReadMove, activities.ReadMove{})),
		"no move":   second(run(w, activities.JiraAnswerMove, activities.AnswerMove{})),
	} {
		var app *temporal.ApplicationError
		if !errors.As(err, &app) || app.Type() != activities.InvalidInput {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

var no = activities.Refusal{Type: activities.Conflict, Text: "step okta.factors is being tried right now", Mend: "wait for its result"}

func TestAnswerMove_SaysWhyOnceAndOpensTheSubtaskAgain(t *testing.T) {
	flavours(t, func(w *world) {
		_, task := asked(w)
		w.transition(task, "Done")
		move := must(w, activities.JiraReadMove, activities.ReadMove{Ticket: task})
		for range 3 {
			must(w, activities.JiraAnswerMove, activities.AnswerMove{Move: move, Refusal: no})
		}
		w.wantComments(task, "nothing came of it: step okta.factors is being tried right now\nTo do: wait for its result")
		if got := w.issue(task).Status.Category; got == "done" {
			w.Error("the sub-task is still done although its step waits")
		}
		w.pass(time.Minute)
		if moves := w.lately(); len(moves) != 0 {
			w.Errorf("our answer was heard as a move, and would be answered again for ever: %+v", moves)
		}
		w.transition(task, "Done") // the person insists: a new move, a new answer
		w.pass(time.Second)
		again := must(w, activities.JiraReadMove, activities.ReadMove{Ticket: task})
		if again.Key == move.Key {
			w.Fatalf("two moves of one key: %+v", again)
		}
		again.Status = "" // whoever carries the ask need not know the word
		must(w, activities.JiraAnswerMove, activities.AnswerMove{Move: again, Refusal: no})
		w.wantComments(task, "nothing came of it", "Moved to *Done*, but nothing came of it")
	})
}

func TestAnswerMove_LostAnswer_IsSaidOnce(t *testing.T) {
	flavours(t, func(w *world) {
		_, task := asked(w)
		w.transition(task, "Done")
		move := must(w, activities.JiraReadMove, activities.ReadMove{Ticket: task})
		w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue/" + task + "/comment", Times: 1, Drop: kit.DropAfter})
		if _, err := run(w, activities.JiraAnswerMove, activities.AnswerMove{Move: move, Refusal: no}); err == nil {
			w.Fatal("a lost answer was taken for a success")
		}
		must(w, activities.JiraAnswerMove, activities.AnswerMove{Move: move, Refusal: no})
		w.wantComments(task, "nothing came of it")
		if w.issue(task).Status.Category == "done" {
			w.Error("the sub-task is still done")
		}
	})
}

func TestAnswerMove_StepEndedOrTicketMovedOn_IsLeftWhereItIs(t *testing.T) {
	flavours(t, func(w *world) {
		in := input(asking(view(1)))
		in.Ref = w.mirror(in)
		task := in.Ref.Tasks[step]
		w.transition(task, "Done")
		move := must(w, activities.JiraReadMove, activities.ReadMove{Ticket: task})
		w.transition(task, "In Progress")
		w.transition(task, "Done")
		must(w, activities.JiraAnswerMove, activities.AnswerMove{Move: move, Refusal: no})
		if w.issue(task).Status.Category != "done" {
			w.Error("a later word of a person was overruled by the answer to an earlier one")
		}
		in.View = ended(view(2))
		w.mirror(in)
		latest := must(w, activities.JiraReadMove, activities.ReadMove{Ticket: task})
		said := len(w.issue(task).Comments)
		must(w, activities.JiraAnswerMove, activities.AnswerMove{Move: latest, Refusal: no})
		if got := w.issue(task); got.Status.Category != "done" || len(got.Comments) != said {
			w.Errorf("a sub-task whose step has ended: %s, %v", got.Status.Name, bodies(got.Comments))
		}
	})
}

func TestAnswerMove_TheCasesOwnTicket_IsToldButNotMoved(t *testing.T) {
	flavours(t, func(w *world) {
		in := input(view(1))
		in.View.Case = "device-return/E1042/C02XY"
		ref := w.mirror(in)
		w.transition(ref.Key, "Done")
		move := must(w, activities.JiraReadMove, activities.ReadMove{Ticket: ref.Key})
		must(w, activities.JiraAnswerMove, activities.AnswerMove{Move: move, Refusal: no})
		w.wantComments(ref.Key, "nothing came of it")
		if w.issue(ref.Key).Status.Name != "Done" {
			w.Error("the ticket of a case is the person's to move")
		}
	})
}
