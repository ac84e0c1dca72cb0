package namely

import (
	"encoding/json"
	"fmt"
	"testing"
)

// Every form in which a field of the customer's own can come.
func TestValuesOf(t *testing.T) {
	for raw, want := range map[string]string{
		`"L4"`:                        `["L4"]`,
		`"  Cost Center 100 "`:        `["Cost Center 100"]`,
		`""`:                          `[]`,
		`"  "`:                        `[]`,
		`null`:                        `[]`,
		`4`:                           `["4"]`,
		`12.50`:                       `["12.50"]`,
		`true`:                        `["true"]`,
		`false`:                       `["false"]`,
		`"2026-11-30"`:                `["2026-11-30"]`,
		`"11/30/2026"`:                `["2026-11-30"]`,
		`"30/11/2026"`:                `["30/11/2026"]`, // no day in either form of the vendor's
		`{"id":"u","title":"Blue"}`:   `["Blue"]`,
		`{"id":"u","name":"Blue"}`:    `["Blue"]`,
		`{"title":"","name":"Blue"}`:  `["Blue"]`,
		`{"title":["Blue"]}`:          `[]`,
		`{"yearly_amount":100000}`:    `[]`,
		`{}`:                          `[]`,
		`[]`:                          `[]`,
		`["b","a","b"]`:               `["a" "b"]`,
		`["b",null,"",{"title":"a"}]`: `["a" "b"]`,
		`[["a"]]`:                     `[]`,
	} {
		if got := fmt.Sprintf("%q", valuesOf(json.RawMessage(raw))); got != want {
			t.Errorf("%s is %s, want %s", raw, got, want)
		}
	}
	if got := valuesOf(nil); got != nil {
		t.Errorf("a field that is not there is %q", got)
	}
}

func FuzzDetails_TakeWhatTheyNameAndNothingElse(f *testing.F) {
	f.Add(`{"level":"L4","salary":{"yearly_amount":1}}`)
	f.Add(`{"level":[{"title":"a"},null,7,true,"01/02/2026"]}`)
	f.Add(`{"level":{"name":{}}}`)
	d := Details{Leave: Leave{Field: "leave", Values: []string{"yes"}}, Fields: map[string]FieldSource{"rank": {Field: "level"}}}
	f.Fuzz(func(t *testing.T, raw string) {
		if !json.Valid([]byte(raw)) {
			return
		}
		got, err := d.read(json.RawMessage(raw))
		if err != nil {
			return
		}
		for key, values := range got.fields {
			if key != "level" && key != "leave" || len(values) == 0 {
				t.Errorf("%s gave %s: %q", raw, key, values)
			}
			for i, v := range values {
				if v == "" || i > 0 && values[i-1] >= v {
					t.Errorf("%s gave %q: blank, twice or out of order", raw, values)
				}
			}
		}
	})
}
