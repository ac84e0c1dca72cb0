package jirasim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The bounds of text fields.
const (
	maxText    = 32767
	maxSummary = 255 // a summary must be shorter
	maxLabel   = 255
)

var priorities = []string{"Highest", "High", "Medium", "Low", "Lowest"}

// updateRequest is the body of a create, an edit and a transition.
type updateRequest struct {
	Fields     map[string]json.RawMessage              `json:"fields"`
	Update     map[string][]map[string]json.RawMessage `json:"update"`
	Properties []property                              `json:"properties"`
	Transition struct {
		ID string `json:"id"`
	} `json:"transition"`
}

type property struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// setter reads one field's JSON into f and returns Jira's complaint, or nothing.
type setter func(s *Simulator, f *Fields, raw json.RawMessage) string

var setters = map[string]setter{
	"summary": setSummary, "description": setDescription, "labels": setLabels,
	"priority": setPriority, "duedate": setDueDate, "assignee": setAssignee,
}

// apply sets fields on f and returns Jira's complaints by field.
func (s *Simulator) apply(p *Project, f *Fields, fields map[string]json.RawMessage) map[string]string {
	wrong := map[string]string{}
	for name, raw := range fields {
		set, known := setters[name]
		switch {
		case slices.Contains(p.OffScreen, name):
			wrong[name] = notOnScreen(name)
		case known:
			if complaint := set(s, f, raw); complaint != "" {
				wrong[name] = complaint
			}
		case slices.Contains(p.Custom, name):
			if f.Custom == nil {
				f.Custom = map[string]json.RawMessage{}
			}
			f.Custom[name] = raw
		default:
			wrong[name] = notOnScreen(name)
		}
	}
	return wrong
}

func setSummary(_ *Simulator, f *Fields, raw json.RawMessage) string {
	var text string
	switch err := json.Unmarshal(raw, &text); {
	case err != nil:
		return "Operation value must be a string"
	case strings.TrimSpace(text) == "":
		return "You must specify a summary of the issue."
	case strings.ContainsAny(text, "\r\n"):
		return "The summary is invalid because it contains newline characters."
	case len([]rune(text)) >= maxSummary:
		return "Summary must be less than 255 characters."
	}
	f.Summary = text
	return ""
}

func setDescription(_ *Simulator, f *Fields, raw json.RawMessage) string {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "Operation value must be a string"
	}
	if len([]rune(text)) > maxText {
		return tooLong
	}
	f.Description = text
	return ""
}

const tooLong = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."

func setLabels(_ *Simulator, f *Fields, raw json.RawMessage) string {
	var labels []string
	if err := json.Unmarshal(raw, &labels); err != nil {
		return "data was not an array"
	}
	f.Labels = nil
	for _, l := range labels {
		if complaint := addLabel(f, l); complaint != "" {
			return complaint
		}
	}
	return ""
}

func addLabel(f *Fields, label string) string {
	if strings.ContainsAny(label, " \t\n") {
		return fmt.Sprintf("The label '%s' contains spaces which is invalid.", label)
	}
	if len(label) > maxLabel {
		return fmt.Sprintf("The label '%s' is too long; it exceeds 255 characters.", label)
	}
	if !slices.Contains(f.Labels, label) {
		f.Labels = append(f.Labels, label)
	}
	return ""
}

// named is how Jira refers to priorities, types and resolutions.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Key  string `json:"key"`
}

func setPriority(_ *Simulator, f *Fields, raw json.RawMessage) string {
	var p named
	if err := json.Unmarshal(raw, &p); err != nil {
		return "data was not an object"
	}
	for n, name := range priorities {
		if p.Name == name || p.ID == fmt.Sprint(n+1) {
			f.Priority = name
			return ""
		}
	}
	return "The priority selected is invalid."
}

func setDueDate(_ *Simulator, f *Fields, raw json.RawMessage) string {
	var day *string
	if err := json.Unmarshal(raw, &day); err != nil {
		return "Operation value must be a string"
	}
	if day == nil || *day == "" {
		f.DueDate = ""
		return ""
	}
	if _, err := time.Parse(time.DateOnly, *day); err != nil {
		return "Error parsing date string: " + *day
	}
	f.DueDate = *day
	return ""
}

func setAssignee(s *Simulator, f *Fields, raw json.RawMessage) string {
	var who *struct {
		AccountID string `json:"accountId"`
		Name      string `json:"name"`
	}
	if err := json.Unmarshal(raw, &who); err != nil {
		return "expected Object"
	}
	if who == nil {
		f.Assignee = ""
		return ""
	}
	if s.cloud() && who.Name != "" {
		return "'accountId' must be the only user identifying query parameter in GDPR strict mode."
	}
	id := who.Name
	if s.cloud() {
		id = who.AccountID
	}
	u, found := s.st.user(id)
	if !found || s.cloud() && u.AccountID != id || !s.cloud() && u.Name != id {
		return fmt.Sprintf("User '%s' does not exist.", id)
	}
	f.Assignee = u.AccountID
	return ""
}

// operate performs the update part of a request; of its comments it only collects the texts.
func (s *Simulator) operate(p *Project, f *Fields, update map[string][]map[string]json.RawMessage) (comments []string, wrong map[string]string) {
	wrong = map[string]string{}
	for name, operations := range update {
		for _, op := range operations {
			for verb, raw := range op {
				complaint := ""
				switch {
				case name == "comment" && verb == "add":
					var c struct {
						Body string `json:"body"`
					}
					if json.Unmarshal(raw, &c) != nil || c.Body == "" {
						complaint = "Comment body can not be empty!"
					}
					comments = append(comments, c.Body)
				case name == "labels" && verb != "set":
					complaint = labelOperation(f, verb, raw)
				case verb == "set":
					complaint = s.apply(p, f, map[string]json.RawMessage{name: raw})[name]
				default:
					complaint = notOnScreen(name)
				}
				if complaint != "" {
					wrong[name] = complaint
				}
			}
		}
	}
	return comments, wrong
}

func labelOperation(f *Fields, verb string, raw json.RawMessage) string {
	var label string
	if err := json.Unmarshal(raw, &label); err != nil {
		return "string expected at index 0"
	}
	switch verb {
	case "add":
		return addLabel(f, label)
	case "remove":
		f.Labels = slices.DeleteFunc(f.Labels, func(l string) bool { return l == label })
		return ""
	}
	return "operation not supported"
}

var propertyKey = regexp.MustCompile(`^.{1,255}$`)

const maxProperty = 32768

// sentProperties reads the properties that came with an issue or a comment.
func (s *Simulator) sentProperties(have map[string]json.RawMessage, list []property) string {
	if s.PropertiesIgnored {
		return ""
	}
	return properties(have, list)
}

// properties reads entity properties into have and returns Jira's complaint, or nothing.
func properties(have map[string]json.RawMessage, list []property) string {
	for _, p := range list {
		if !propertyKey.MatchString(p.Key) {
			return "The property key must be between 1 and 255 characters."
		}
		if complaint := checkValue(p.Value); complaint != "" {
			return complaint
		}
		have[p.Key] = p.Value
	}
	return ""
}

func checkValue(v json.RawMessage) string {
	if len(v) == 0 || !json.Valid(v) {
		return "The property value must be valid, non-empty JSON."
	}
	if len(v) > maxProperty {
		return "The property value cannot be longer than 32768 characters."
	}
	return ""
}
