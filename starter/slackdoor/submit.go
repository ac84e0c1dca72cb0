package slackdoor

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
)

// submit answers a submitted form: by closing it, which says that the ask is kept, or by errors beside the inputs.
func (d *Door) submit(ctx context.Context, in interaction) outcome {
	if in.View.Callback != callback {
		return outcome{}
	}
	m, err := readMeta(in.View.Metadata)
	if err != nil {
		return wrong(onAny(in.View, "This form belongs to another version of Tenure. Close it and begin again."))
	}
	ask, errs := m.read(in.View.State.Values)
	if len(errs) > 0 {
		return wrong(errs)
	}
	ask.Key, ask.Reply = keyOfView(in.View.ID, ask), m.reply(in.User.ID)
	if _, kept := d.accept(ctx, ask); !kept {
		return wrong(map[string]string{m.blocks()[0]: unmarked(notTaken)})
	}
	return outcome{}
}

// wrong keeps the form open and shows errors beside its inputs.
func wrong(errs map[string]string) outcome {
	return outcome{body: map[string]any{"response_action": "errors", "errors": errs}}
}

// onAny puts a text beside some input of a form whose inputs are not known.
func onAny(v view, text string) map[string]string {
	blocks := slices.Sorted(maps.Keys(v.State.Values))
	if len(blocks) == 0 {
		return nil
	}
	return map[string]string{blocks[0]: text}
}

// answers reads the inputs of a form and collects what is wrong with them, by block id.
type answers struct {
	values map[string]map[string]input
	errs   map[string]string
}

func (a answers) of(block string) input { return a.values[block][inputID] }

func (a answers) text(block string) string { return plainText(a.of(block).Value) }

// fault notes an error beside an input. Errors in forms are plain text.
func (a answers) fault(block string, err error) {
	if e, ok := errors.AsType[*formError](err); ok {
		a.errs[block] = unmarked(e.Text) + "."
	}
}

var markup = strings.NewReplacer("`", "", "*", "", ":x: ", "")

func unmarked(text string) string { return entities.Replace(markup.Replace(text)) }

// read makes the ask that a filled form stands for.
func (m meta) read(values map[string]map[string]input) (activities.Ask, map[string]string) {
	a := answers{values, map[string]string{}}
	ask := askOf(m.press)
	switch m.Form {
	case formOffboard:
		ask.Verb = activities.VerbOffboard
		a.moment(&ask)
	case formReturn:
		ask.Verb = activities.VerbReturnLaptop
	case formPress:
	default:
		ask.Verb = activities.VerbExplain
	}
	for _, block := range m.blocks() {
		a.read(block, m, &ask)
	}
	return ask, a.errs
}

// read reads one input that stands for itself.
func (a answers) read(block string, m meta, ask *activities.Ask) {
	var err error
	switch block {
	case blockWho:
		ask.Who, err = person(a.text(block))
	case blockSerial:
		ask.Serial, err = a.serial(m.Form == formPress)
	case blockReason:
		ask.Reason, err = a.reason(m.needsReason())
	case blockIDs:
		err = a.people(m.press.Verb, ask)
	case blockCount:
		ask.Count, err = a.number(block, 100_000)
	case blockHours:
		var hours int
		hours, err = a.number(block, 72)
		ask.Lasts = time.Duration(hours) * time.Hour
	}
	a.fault(block, err)
}

func (a answers) serial(needed bool) (string, error) {
	text := a.text(blockSerial)
	if text == "" && !needed {
		return "", nil
	}
	return serial(text)
}

func (a answers) reason(needed bool) (string, error) {
	text := strings.Join(strings.Fields(a.text(blockReason)), " ")
	if text == "" && needed {
		return "", formf("reason", "it is missing; write why, in a few words: it is kept as evidence")
	}
	return text, checkReason(text)
}

func (a answers) number(block string, most int) (int, error) {
	n, err := strconv.Atoi(a.text(block))
	if err != nil || n < 1 || n > most {
		return 0, formf(block, "write a whole number from 1 to %d", most)
	}
	return n, nil
}

// moment reads day, hour and urgency, which must fit together.
func (a answers) moment(ask *activities.Ask) {
	day, hour := a.of(blockDay).Date, either(a.of(blockHour).Time, a.text(blockHour))
	for _, o := range a.of(blockEmergency).Options {
		ask.Emergency = ask.Emergency || o.Value == emergencyYes
	}
	switch {
	case ask.Emergency && day != "":
		a.errs[blockEmergency] = "An emergency begins at once: untick it, or clear the day."
	case day == "" && hour != "":
		a.errs[blockDay] = "Choose the day to which the hour belongs, or clear the hour to begin now."
	case day != "":
		m, _, err := readMoment(split(strings.TrimSpace(day + " " + hour)))
		a.fault(blockDay, err)
		ask.When = m.when
	}
}

// people reads whom of a batch an answer is about.
func (a answers) people(v activities.Verb, ask *activities.Ask) error {
	ids, err := readIDs(a.text(blockIDs))
	switch which := a.of(blockWhich).Option.Value; {
	case err != nil:
		return err
	case v == activities.VerbBatchReject:
		ask.Only = ids
	case len(ids) == 0:
		return formf(blockIDs, "nobody is named; name at least one employee id")
	case which == whichOnly:
		ask.Only = ids
	case which == whichExcept:
		ask.Except = ids
	default:
		a.errs[blockWhich] = "Choose whether these people are meant or everybody but them."
	}
	return nil
}

// readIDs reads a list of employee ids, each once.
func readIDs(text string) ([]employee.ID, error) {
	var ids []employee.ID
	known := map[employee.ID]bool{}
	for _, f := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
		if !employeeID.MatchString(f) {
			return nil, formf(blockIDs, "%s is not an employee id; write ids like E1042, separated by spaces, commas or lines", quote(f))
		}
		if id := employee.ID(f); !known[id] {
			known[id], ids = true, append(ids, id)
		}
	}
	return ids, nil
}
