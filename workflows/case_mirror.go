package workflows

import (
	"slices"
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
)

// A mirror that was refused for good (a revoked token) asks again, at first soon and then ever more rarely.
const (
	mirrorPatience = time.Minute
	mirrorRarest   = 6 * time.Hour
)

// mirror keeps one system of record for people in step with the case. It runs beside everything else: nothing
// waits for it but the end of the case.
type mirror struct {
	name   string
	handle activities.Activity[activities.MirrorCase, activities.MirrorRef]
	state  *MirrorState
	every  time.Duration
}

// mirrors lists the mirrors the policy names.
func (c *caseCore) mirrors() []mirror {
	if c.hidden != nil && c.hidden() {
		return nil
	}
	var out []mirror
	m := c.Settings.Mirror
	if m.SlackChannel != "" {
		out = append(out, mirror{"Slack", activities.SlackMirrorCase, &c.Slack, m.SlackEvery})
	}
	if m.JiraProject != "" {
		out = append(out, mirror{"Jira", activities.JiraMirrorCase, &c.Jira, m.JiraEvery})
	}
	return out
}

// startMirrors begins to show the case.
func (c *caseCore) startMirrors(ctx workflow.Context) {
	for _, m := range c.mirrors() {
		workflow.GoNamed(ctx, "mirror "+m.name, func(ctx workflow.Context) { c.keep(ctx, m) })
	}
}

// keep shows every newer version of the case, the newest at a time, no faster than the mirror may be written.
func (c *caseCore) keep(ctx workflow.Context, m mirror) {
	patience := mirrorPatience
	for ctx.Err() == nil {
		if err := workflow.Await(ctx, func() bool { return m.state.Ref.Version < c.Version && !c.leaving }); err != nil {
			return
		}
		ended := c.Outcome != ""
		if !c.show(ctx, m) {
			rest(ctx, patience, m.name+" refused; asked again")
			patience = min(2*patience, mirrorRarest)
			continue
		}
		patience = mirrorPatience
		if m.every > 0 && (c.Outcome == "" || !ended && restsBeforeEnd(ctx)) {
			rest(ctx, m.every, m.name+" is not written faster")
		}
	}
}

// restsBeforeEnd says whether the vendor's pace holds for a case that ended while an earlier version was being shown. It
// did not in the first build, whose histories go on as they were.
func restsBeforeEnd(ctx workflow.Context) bool {
	return workflow.GetVersion(ctx, "mirror-rests-before-end", workflow.DefaultVersion, 1) != workflow.DefaultVersion
}

// show makes one call, which is whole and repeatable, and says whether it succeeded.
func (c *caseCore) show(ctx workflow.Context, m mirror) bool {
	in := activities.MirrorCase{Ref: m.state.Ref, View: c.view(ctx), Entries: c.unshown(m), Settings: c.Settings.Mirror, Unclear: m.state.Unclear}
	m.state.Unclear = true // until the answer is in: a run that ends meanwhile must look before it posts
	c.showing++
	defer func() { c.showing-- }()
	ref, err := call(ctx, m.handle, in, "show version "+strconv.Itoa(in.View.Version), lane{})
	if err != nil {
		m.state.Problem = troubleOf(err).Text
		return false
	}
	first := m.state.Ref.URL == "" && ref.URL != ""
	m.state.Ref, m.state.Unclear, m.state.Problem = ref, false, ""
	c.forgetShown()
	if first {
		c.touch(ctx) // the other mirror links to this one
	}
	return true
}

func (c *caseCore) unshown(m mirror) []activities.Entry {
	i := slices.IndexFunc(c.Log, func(e activities.Entry) bool { return e.Seq > m.state.Ref.Seq })
	if i < 0 {
		return nil
	}
	return slices.Clone(c.Log[i:])
}

// forgetShown drops entries that every mirror has shown.
func (c *caseCore) forgetShown() {
	c.Log = slices.DeleteFunc(c.Log, func(e activities.Entry) bool {
		for _, m := range c.mirrors() {
			if e.Seq > m.state.Ref.Seq {
				return false
			}
		}
		return true
	})
}

// mirrorsShow says whether every mirror shows the newest version, and the end of earlier cases.
func (c *caseCore) mirrorsShow() bool { return c.shows() && len(c.unseen()) == 0 }

// shows says whether every mirror shows the newest version of this case.
func (c *caseCore) shows() bool {
	for _, m := range c.mirrors() {
		if m.state.Ref.Version < c.Version {
			return false
		}
	}
	return true
}

// rest lets time pass, with a word for people why.
func rest(ctx workflow.Context, d time.Duration, why string) {
	_ = workflow.NewTimerWithOptions(ctx, d, workflow.TimerOptions{Summary: why}).Get(ctx, nil)
}

// showEnd waits until people have seen the end, for a week of the policy's days. They may be as short as somebody
// likes; what a vendor needs to answer is not, so it is a minute at the least.
func (c *caseCore) showEnd(ctx workflow.Context) {
	patience := max(7*c.Settings.Day, time.Minute)
	_, _ = c.clock.until(ctx, workflow.Now(ctx).Add(patience), "mirrors show the end", func() bool {
		return c.mirrorsShow() && workflow.AllHandlersFinished(ctx) || c.cut != nil && c.cut()
	})
}
