package slackdoor_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/activities"
)

func day(s string) map[string]any {
	return map[string]any{"type": "datepicker", "selected_date": s}
}

func hour(s string) map[string]any {
	return map[string]any{"type": "timepicker", "selected_time": s}
}

func ticked() map[string]any {
	return map[string]any{"type": "checkboxes", "selected_options": []map[string]any{{"value": "yes"}}}
}

func TestForm_Offboard(t *testing.T) {
	w := connected(t)
	dana, who := activities.Ask{Verb: activities.VerbOffboard, Who: "dana@example.com"}, typedIn(" <mailto:dana@example.com|dana> ")
	onDay, atHour, emergency, why := dana, dana, dana, dana
	onDay.When, atHour.When, emergency.Emergency, why.Reason = "2026-11-30", "2026-11-30 17:00", true, "resigned, on good terms"
	w.fills(func() string { return w.types("/offboard", "").View.ID }, map[string]formCase{
		"now":              {map[string]any{"who": who}, nil, dana},
		"day":              {map[string]any{"who": who, "day": day("2026-11-30")}, nil, onDay},
		"day and hour":     {map[string]any{"who": who, "day": day("2026-11-30"), "hour": hour("17:00")}, nil, atHour},
		"hour as text":     {map[string]any{"who": who, "day": day("2026-11-30"), "hour": typedIn("17:00")}, nil, atHour},
		"emergency":        {map[string]any{"who": who, "emergency": ticked()}, nil, emergency},
		"reason":           {map[string]any{"who": who, "reason": typedIn("resigned,\n on good terms")}, nil, why},
		"nobody":           {nil, map[string]string{"who": "neither an address nor an employee id"}, activities.Ask{}},
		"a mention":        {map[string]any{"who": typedIn("<@U012AB3CD|dana>")}, map[string]string{"who": "is a mention"}, activities.Ask{}},
		"hour without day": {map[string]any{"who": who, "hour": hour("17:00")}, map[string]string{"day": "Choose the day"}, activities.Ask{}},
		"a bad hour":       {map[string]any{"who": who, "day": day("2026-11-30"), "hour": typedIn("5 pm")}, map[string]string{"day": "is not an hour"}, activities.Ask{}},
		"emergency later":  {map[string]any{"who": who, "day": day("2026-11-30"), "emergency": ticked()}, map[string]string{"emergency": "begins at once"}, activities.Ask{}},
	})
}

// What was typed is in the form that asks for the rest.
func TestForm_Offboard_HoldsWhatWasTyped(t *testing.T) {
	w := connected(t)
	got := w.types("/offboard", "2026-11-30 17:00 resigned <to join> another")
	var form struct {
		Blocks []struct {
			ID      string         `json:"block_id"`
			Element map[string]any `json:"element"`
		} `json:"blocks"`
	}
	require.NoError(t, json.Unmarshal(got.View.Body, &form))
	holds := map[string]any{}
	for _, b := range form.Blocks {
		for _, initial := range []string{"initial_value", "initial_date", "initial_time"} {
			if v, ok := b.Element[initial]; ok {
				holds[b.ID] = v
			}
		}
	}
	require.Equal(t, map[string]any{"day": "2026-11-30", "hour": "17:00", "reason": "resigned to join another"}, holds)
	require.Nil(t, w.submits(got.View.ID, map[string]any{"who": typedIn("E1042")}).View)
	require.Equal(t, "2026-11-30 17:00", w.one().When)

	got = w.types("/offboard", "emergency")
	w.submits(got.View.ID, map[string]any{"who": typedIn("E1042")})
	asks := w.inbox.asks()
	require.True(t, asks[1].Emergency, "ticked already")
}

func TestForm_StatusAndExplain(t *testing.T) {
	w := connected(t)
	for _, text := range [][2]string{{"/offboard", "status"}, {"/tenure", "explain"}} {
		got := w.types(text[0], text[1])
		require.Nil(t, w.submits(got.View.ID, map[string]any{"who": typedIn("E1042")}).View)
	}
	for _, a := range w.inbox.asks() {
		require.Equal(t, activities.VerbExplain, a.Verb)
		require.Equal(t, activities.Reply{Channel: w.channel.ID, User: w.ida.ID}, a.Reply)
	}
	require.Len(t, w.inbox.asks(), 2)
}

func TestForm_MendedAndSubmittedAgain_IsOneAskOfWhatWasMended(t *testing.T) {
	w := connected(t)
	got := w.types("/offboard", "")
	require.NotEmpty(t, w.submits(got.View.ID, map[string]any{"who": typedIn("dana")}).Errors)
	require.Empty(t, w.submits(got.View.ID, map[string]any{"who": typedIn("dana@example.com")}).Errors)
	require.Equal(t, "dana@example.com", w.one().Who)
}
