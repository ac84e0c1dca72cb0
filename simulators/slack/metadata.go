package slacksim

import (
	"encoding/json"
	"regexp"
)

const maxMetadata = 16 << 10

var eventType = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// readMetadata checks message metadata: event_type is letters, digits and underscores; payload values are
// scalars, objects of scalars, or arrays of such objects. Arrays of scalars are refused. An empty object removes
// what a message had.
func readMetadata(raw string) (*Metadata, *refusal) {
	if len(raw) > maxMetadata {
		return nil, refuse("metadata_too_large")
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &fields) != nil {
		return nil, refuse("invalid_metadata_format")
	}
	if len(fields) == 0 {
		return nil, nil
	}
	var m Metadata
	if json.Unmarshal([]byte(raw), &m) != nil || m.EventPayload == nil || !eventType.MatchString(m.EventType) {
		return nil, refuse("invalid_metadata_format")
	}
	for _, v := range m.EventPayload {
		if !metadataValue(v) {
			return nil, refuse("invalid_metadata_schema")
		}
	}
	return &m, nil
}

func metadataValue(v any) bool {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if object, ok := item.(map[string]any); !ok || !flat(object) {
				return false
			}
		}
		return true
	case map[string]any:
		return flat(v)
	default:
		return true
	}
}

func flat(object map[string]any) bool {
	for _, v := range object {
		switch v.(type) {
		case []any, map[string]any:
			return false
		}
	}
	return true
}
