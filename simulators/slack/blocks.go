package slacksim

import (
	"encoding/json"
	"fmt"
	"net/url"
	"unicode/utf8"
)

// surface is where blocks are shown.
type surface struct {
	blocks  int // how many there may be
	inputs  bool
	allText int // total of all text, 0 for no limit
}

var (
	messageSurface = surface{blocks: 50, allText: 13_000}
	viewSurface    = surface{blocks: 100, inputs: true}
)

// Block Kit's limits, in characters unless said otherwise.
const (
	maxSectionText = 3000
	maxFields      = 10 // fields
	maxFieldText   = 2000
	maxHeaderText  = 150
	maxContext     = 10 // elements
	maxActions     = 25 // elements
	maxID          = 255
	maxButtonText  = 75
	maxButtonValue = 2000
	maxURL         = 3000
	maxOptions     = 100 // options of a select
	maxRadio       = 10  // options of radio buttons and checkboxes
	maxLabel       = 2000
	maxMarkdown    = 12_000
	maxTitle       = 24
)

type node = map[string]any

// checker collects what is wrong with blocks, in Slack's words.
type checker struct {
	problems []string
	text     int
	ids      map[string]bool
}

// checkBlocks holds blocks against Block Kit's limits.
func checkBlocks(raw string, at surface) *refusal {
	var blocks []node
	if json.Unmarshal([]byte(raw), &blocks) != nil {
		return refuse("invalid_blocks_format")
	}
	c := &checker{ids: map[string]bool{}}
	if len(blocks) > at.blocks {
		c.fail("/blocks", "no more than %d items allowed", at.blocks)
	}
	for i, b := range blocks {
		c.block(fmt.Sprintf("/blocks/%d", i), b, at)
	}
	if len(c.problems) > 0 {
		return refuse("invalid_blocks", c.problems...)
	}
	if at.allText > 0 && c.text > at.allText {
		return refuse("msg_blocks_too_long")
	}
	return nil
}

func (c *checker) fail(pointer, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf("[ERROR] "+format+" [json-pointer:%s]", append(args, pointer)...))
}

func (c *checker) block(at string, b node, on surface) {
	if id, _ := b["block_id"].(string); id != "" {
		if c.ids[id] {
			c.fail(at+"/block_id", "block_id already exists")
		}
		c.ids[id] = true
		c.length(at+"/block_id", id, maxID)
	}
	kind, _ := b["type"].(string)
	switch kind {
	case "section":
		c.section(at, b)
	case "header":
		c.textObject(at+"/text", b["text"], maxHeaderText, "plain_text")
	case "context":
		c.context(at, b)
	case "actions":
		c.elements(at, b, maxActions, c.element)
	case "input":
		if !on.inputs {
			c.fail(at+"/type", "unsupported type: input")
		}
		c.textObject(at+"/label", b["label"], maxLabel, "plain_text")
		c.element(at+"/element", asNode(b["element"]))
	case "markdown":
		text, _ := b["text"].(string)
		c.count(at+"/text", text, maxMarkdown)
	case "divider", "image", "rich_text", "video", "file", "table":
	default:
		c.fail(at+"/type", "unsupported type: %s", kind)
	}
}

func (c *checker) section(at string, b node) {
	fields, hasFields := b["fields"].([]any)
	_, hasText := b["text"]
	if !hasText && !hasFields {
		c.fail(at, "missing required field: text")
	}
	if hasText {
		c.textObject(at+"/text", b["text"], maxSectionText, "")
	}
	if hasFields && (len(fields) == 0 || len(fields) > maxFields) {
		c.fail(at+"/fields", "no more than %d items allowed", maxFields)
	}
	for i, f := range fields {
		c.textObject(fmt.Sprintf("%s/fields/%d", at, i), f, maxFieldText, "")
	}
	if accessory, ok := b["accessory"]; ok {
		c.element(at+"/accessory", asNode(accessory))
	}
}

func (c *checker) context(at string, b node) {
	c.elements(at, b, maxContext, func(at string, e node) {
		if e["type"] != "image" {
			c.textObject(at, e, maxSectionText, "")
		}
	})
}

func (c *checker) elements(at string, b node, most int, check func(string, node)) {
	list, _ := b["elements"].([]any)
	if len(list) == 0 {
		c.fail(at+"/elements", "no fewer than 1 items allowed")
	}
	if len(list) > most {
		c.fail(at+"/elements", "no more than %d items allowed", most)
	}
	seen := map[string]bool{}
	for i, e := range list {
		where := fmt.Sprintf("%s/elements/%d", at, i)
		check(where, asNode(e))
		if id, _ := asNode(e)["action_id"].(string); id != "" {
			if seen[id] {
				c.fail(where+"/action_id", "action_id already exists in block")
			}
			seen[id] = true
		}
	}
}

// element checks one interactive element.
func (c *checker) element(at string, e node) {
	kind, _ := e["type"].(string)
	if id, ok := e["action_id"].(string); ok {
		c.length(at+"/action_id", id, maxID)
	}
	switch kind {
	case "button":
		c.button(at, e)
	case "static_select", "multi_static_select", "overflow":
		c.options(at, e, maxOptions)
	case "radio_buttons", "checkboxes":
		c.options(at, e, maxRadio)
	case "users_select", "conversations_select", "channels_select", "multi_users_select", "external_select", "plain_text_input", "email_text_input",
		"number_input", "url_text_input", "datepicker", "timepicker", "datetimepicker", "image":
	default:
		c.fail(at+"/type", "unsupported type: %s", kind)
	}
	if confirm, ok := e["confirm"]; ok {
		c.confirm(at+"/confirm", asNode(confirm))
	}
}

func (c *checker) button(at string, e node) {
	c.textObject(at+"/text", e["text"], maxButtonText, "plain_text")
	if v, ok := e["value"].(string); ok {
		c.length(at+"/value", v, maxButtonValue)
	}
	if raw, ok := e["url"].(string); ok {
		c.length(at+"/url", raw, maxURL)
		if u, err := url.Parse(raw); err != nil || u.Scheme == "" || u.Host == "" {
			c.fail(at+"/url", "must be a valid URL")
		}
	}
	if style, ok := e["style"]; ok && style != "primary" && style != "danger" {
		c.fail(at+"/style", "must be one of: primary, danger")
	}
}

func (c *checker) confirm(at string, e node) {
	c.textObject(at+"/title", e["title"], 100, "plain_text")
	c.textObject(at+"/text", e["text"], 300, "")
	c.textObject(at+"/confirm", e["confirm"], 30, "plain_text")
	c.textObject(at+"/deny", e["deny"], 30, "plain_text")
}

func (c *checker) options(at string, e node, most int) {
	list, _ := e["options"].([]any)
	if len(list) > most {
		c.fail(at+"/options", "no more than %d items allowed", most)
	}
	for i, o := range list {
		c.textObject(fmt.Sprintf("%s/options/%d/text", at, i), asNode(o)["text"], maxButtonText, "")
	}
}

// textObject checks a text object: its type, that it is not empty, and its length.
func (c *checker) textObject(at string, v any, most int, kind string) {
	t := asNode(v)
	text, _ := t["text"].(string)
	switch t["type"] {
	case "plain_text":
	case "mrkdwn":
		if kind == "plain_text" {
			c.fail(at+"/type", "must be one of: plain_text")
		}
	default:
		c.fail(at, "missing required field: type")
		return
	}
	if text == "" {
		c.fail(at+"/text", "must be more than 0 characters")
	}
	c.count(at+"/text", text, most)
}

// count checks a visible text and adds it to the total.
func (c *checker) count(at, text string, most int) {
	c.text += utf8.RuneCountInString(text)
	c.length(at, text, most)
}

func (c *checker) length(at, text string, most int) {
	if utf8.RuneCountInString(text) > most {
		c.fail(at, "must be less than %d characters", most+1)
	}
}

func asNode(v any) node {
	n, _ := v.(node)
	return n
}
