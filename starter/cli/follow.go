package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"tenure/activities"
	"tenure/starter/show"
)

// follower asks a case again and again how it stands.
type follower struct {
	ask func(context.Context) (activities.CaseView, error)
	// ended says why the case will say nothing more although it is not closed: it failed, or somebody terminated it.
	ended func(context.Context) error
	id    string
	now   func() time.Time
	every time.Duration

	view    activities.CaseView
	log     []show.Change
	trouble string    // why nobody answers
	silence time.Time // since when
}

const (
	// answering is how long one question may take.
	answering = 5 * time.Second
	// mostPause is the longest pause between two questions while nobody answers.
	mostPause = 15 * time.Second
	// keptLog is how much of what happened is kept for the screen.
	keptLog = 100
	// endedEvery is after how many questions it is looked whether the case can still answer.
	endedEvery = 10
	// redrawn is how often the screen is looked after: the clock on it, and its size.
	redrawn = 250 * time.Millisecond
)

// answer is what came of one question.
type answer struct {
	view activities.CaseView
	err  error // nobody answered
	over error // nobody ever will
}

// inLines tells each change until the case is closed.
func (f *follower) inLines(ctx context.Context, v activities.CaseView, tell func(show.Change) error) error {
	return f.run(ctx, v, nil, func(changes []show.Change) error {
		for _, c := range changes {
			if err := tell(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// onScreen draws the case until it is closed, and leaves its last state behind.
func (f *follower) onScreen(ctx context.Context, s *screen, v activities.CaseView, out io.Writer) error {
	tick := time.NewTicker(redrawn)
	defer tick.Stop()
	s.begin()
	defer func() {
		s.end()
		_, _ = fmt.Fprintln(out, show.Case(f.view))
	}()
	return f.run(ctx, v, tick.C, func([]show.Change) error {
		s.draw(func(size show.Screen) []string {
			size.Notice = f.notice()
			return show.Frame(f.view, f.log, f.now(), size)
		})
		return nil
	})
}

// run shows the case as it is, and again whenever it has changed or the tick says so, until it is closed.
func (f *follower) run(ctx context.Context, v activities.CaseView, tick <-chan time.Time, told func([]show.Change) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	answers := make(chan answer)
	go f.poll(ctx, answers)
	changes := f.see(v)
	for {
		if err := told(changes); err != nil {
			return err
		}
		if f.view.Closed {
			return nil
		}
		changes = nil
		select {
		case <-ctx.Done():
			return failf(ExitFailed, "no longer followed; %s goes on: tenure follow %s", f.id, f.id)
		case a := <-answers:
			if a.over != nil {
				return a.over
			}
			changes = f.take(a)
		case <-tick:
		}
	}
}

// poll asks until nobody listens any more, with longer pauses the longer nobody has answered.
func (f *follower) poll(ctx context.Context, answers chan<- answer) {
	misses := 0
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(f.every<<min(misses, 4), mostPause)):
		}
		a := f.question(ctx, n%endedEvery == 0 || misses > 0)
		if misses++; a.err == nil {
			misses = 0
		}
		select {
		case <-ctx.Done():
			return
		case answers <- a:
		}
	}
}

func (f *follower) question(ctx context.Context, doubtful bool) answer {
	if doubtful {
		if err := f.ended(ctx); err != nil {
			return answer{over: err}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	v, err := f.ask(ctx)
	return answer{view: v, err: err}
}

// take takes up an answer, or that there is none, and says what changed.
func (f *follower) take(a answer) []show.Change {
	if a.err == nil {
		f.trouble, f.silence = "", time.Time{}
		return f.see(a.view)
	}
	f.trouble = reachable(a.err)
	if !f.silence.IsZero() {
		return nil
	}
	f.silence = f.now()
	return []show.Change{{At: f.silence, Kind: show.ChangeNotice, Text: "no answer: " + f.trouble + "; asked again until there is one"}}
}

// see takes up a view, and says what changed.
func (f *follower) see(v activities.CaseView) []show.Change {
	changes := show.Changes(f.view, v, f.now())
	f.view = v
	f.log = append(f.log, changes...)
	f.log = f.log[max(0, len(f.log)-keptLog):]
	return changes
}

// notice says that what is shown is not how the case stands now.
func (f *follower) notice() string {
	if f.silence.IsZero() {
		return ""
	}
	return fmt.Sprintf("no answer for %s: %s; asked again, this is how it stood then", show.Ago(f.now().Sub(f.silence).Round(time.Second)), f.trouble)
}

// reachable says in words who does not answer.
func reachable(err error) string {
	if noAnswer(err) {
		return "Temporal or the workers are away"
	}
	return words(err)
}
