package slacksim

import (
	"encoding/json"
	"maps"
)

// inputs are the elements of a modal's input blocks, by block id.
func (v *View) inputs() map[string]node {
	var body struct {
		Blocks []node `json:"blocks"`
	}
	_ = json.Unmarshal(v.Body, &body) // whoever keeps a view has checked it
	out := map[string]node{}
	for _, b := range body.Blocks {
		if id, _ := b["block_id"].(string); b["type"] == "input" && id != "" {
			out[id] = asNode(b["element"])
		}
	}
	return out
}

// state completes what was put into the inputs with those nobody touched: Slack sends every input.
func (v *View) state(put map[string]map[string]any) map[string]map[string]any {
	out := map[string]map[string]any{}
	for block, e := range v.inputs() {
		action, _ := e["action_id"].(string)
		out[block] = map[string]any{action: untouched(e)}
	}
	for block, values := range put {
		if out[block] == nil {
			out[block] = map[string]any{}
		}
		maps.Copy(out[block], values)
	}
	return out
}

// untouched is the state of an input that was left as it was drawn.
func untouched(e node) node {
	kind, _ := e["type"].(string)
	out := node{"type": kind}
	switch kind {
	case "datepicker":
		out["selected_date"] = e["initial_date"]
	case "timepicker":
		out["selected_time"] = e["initial_time"]
	case "datetimepicker":
		out["selected_date_time"] = e["initial_date_time"]
	case "users_select":
		out["selected_user"] = e["initial_user"]
	case "radio_buttons", "static_select":
		out["selected_option"] = e["initial_option"]
	case "checkboxes", "multi_static_select":
		out["selected_options"] = orNone(e["initial_options"])
	default:
		out["value"] = e["initial_value"]
	}
	return out
}

// orNone is an empty list where nothing was chosen: Slack sends no null there.
func orNone(list any) any {
	if list == nil {
		return []any{}
	}
	return list
}
