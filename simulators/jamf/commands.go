package jamfsim

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

type commandRequest struct {
	ClientData []struct {
		ManagementID string `json:"managementId"`
	} `json:"clientData"`
	CommandData struct {
		CommandType          string `json:"commandType"`
		PIN                  string `json:"pin"`
		Message              string `json:"message"`
		PhoneNumber          string `json:"phoneNumber"`
		ObliterationBehavior string `json:"obliterationBehavior"`
	} `json:"commandData"`
}

// postCommand queues a command for every named client. It queues another one each time it is called.
func (s *Simulator) postCommand(w http.ResponseWriter, r *http.Request, node string) bool {
	var req commandRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil || req.CommandData.CommandType == "" || len(req.ClientData) == 0 {
		fail(w, http.StatusBadRequest, apiError{Code: "REQUIRED", Field: "commandData", Description: "clientData and commandData are required"})
		return false
	}
	queued := []map[string]string{}
	for _, client := range req.ClientData {
		d := s.find(client.ManagementID)
		if d == nil || d.ManagementID != client.ManagementID || d.Unmanaged {
			fail(w, http.StatusBadRequest, apiError{Code: "INVALID_FIELD", Field: "clientData", Description: "Unknown or unmanaged client"})
			return false
		}
		if !s.mayQueue(w, d, req) {
			return false
		}
		c := s.queue(d, req, node)
		queued = append(queued, map[string]string{"id": c.UUID, "href": "/api/v2/mdm/commands?filter=uuid==" + c.UUID})
	}
	s.progress()
	reply(w, http.StatusCreated, queued)
	return true
}

// mayQueue applies what the server checks per command: the privilege, and the PIN of an erase.
func (s *Simulator) mayQueue(w http.ResponseWriter, d *Device, req commandRequest) bool {
	kind := req.CommandData.CommandType
	if p := commandPrivileges[kind][d.Kind]; p != "" && s.state.Denied[p] {
		deny(w, kind)
		return false
	}
	switch {
	case kind == "DEVICE_LOCK" && d.Kind == Computer && len(req.CommandData.PIN) != 6:
		fail(w, http.StatusBadRequest, apiError{Code: "INVALID_FIELD", Field: "pin", Description: "PIN must be six digits"})
	case kind == "ERASE_DEVICE" && d.Kind == Computer && len(req.CommandData.PIN) != 6:
		refuse(w, http.StatusInternalServerError)
	case kind == "DEVICE_LOCK" && s.RefuseSecondLock && s.pendingLock(d):
		fail(w, http.StatusBadRequest, apiError{Code: "INVALID_FIELD", Field: "clientData", Description: "A lock command is already pending"})
	default:
		return true
	}
	return false
}

func (s *Simulator) pendingLock(d *Device) bool {
	return slices.ContainsFunc(s.state.Commands, func(c *Command) bool {
		return c.ManagementID == d.ManagementID && c.Type == "DEVICE_LOCK" && c.live()
	})
}

func (s *Simulator) queue(d *Device, req commandRequest, node string) *Command {
	data := req.CommandData
	c := &Command{UUID: newUUID(), ManagementID: d.ManagementID, ClientType: d.Kind, Type: data.CommandType, PIN: data.PIN,
		Message: data.Message, Phone: data.PhoneNumber, Obliteration: data.ObliterationBehavior, State: Pending, Sent: s.Now(), Node: node}
	if c.Type == "DEVICE_LOCK" && d.Kind == Computer {
		d.Stranded = d.Stranded || s.strands(d, c.PIN)
		d.StoredPIN = c.PIN
	}
	s.state.Commands = append(s.state.Commands, c)
	return c
}

// QueueLock queues a lock as another administrator would, and returns the command's id.
func (s *Simulator) QueueLock(id, pin string) string {
	uuid := ""
	s.must(func() bool {
		d := s.find(id)
		if d == nil {
			return false
		}
		var req commandRequest
		req.CommandData.CommandType, req.CommandData.PIN = "DEVICE_LOCK", pin
		uuid = s.queue(d, req, "").UUID
		s.progress()
		return true
	})
	return uuid
}

func newUUID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (s *Simulator) listCommands(w http.ResponseWriter, r *http.Request, node string) bool {
	q := r.URL.Query()
	matches, err := parseRSQL(q.Get("filter"))
	if err != nil {
		fail(w, http.StatusBadRequest, apiError{Code: "INVALID_FIELD", Field: "filter", Description: "At least one filter field is required: " + err.Error()})
		return false
	}
	found := []*Command{}
	for _, c := range s.state.Commands {
		if c.Node != "" && !s.visible(node, c.Node, c.Sent) {
			continue
		}
		ok, err := matches(commandFields(c))
		if err != nil {
			fail(w, http.StatusBadRequest, apiError{Code: "INVALID_FIELD", Field: "filter", Description: err.Error()})
			return false
		}
		if ok {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b *Command) int { return cmp.Compare(a.Sent.UnixNano(), b.Sent.UnixNano()) })
	if strings.HasSuffix(q.Get("sort"), ":desc") {
		slices.Reverse(found)
	}
	results := []map[string]any{}
	for _, c := range page(found, q.Get("page"), q.Get("page-size")) {
		results = append(results, c.json())
	}
	reply(w, http.StatusOK, map[string]any{"totalCount": len(found), "results": results})
	return false
}

func commandFields(c *Command) fields {
	values := map[string]string{"uuid": c.UUID, "clientManagementId": c.ManagementID, "command": c.Type,
		"status": strings.ReplaceAll(string(c.State), "_", ""), "clientType": string(c.ClientType),
		"dateSent": stamp(c.Sent), "dateCompleted": stamp(c.Completed)}
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

func (c *Command) json() map[string]any {
	out := map[string]any{"uuid": c.UUID, "dateSent": stamp(c.Sent), "dateCompleted": nil, "commandState": c.State,
		"commandType": c.Type, "commandError": nil, "profileId": nil,
		"client": map[string]any{"managementId": c.ManagementID, "clientType": c.ClientType}}
	if !c.Completed.IsZero() {
		out["dateCompleted"] = stamp(c.Completed)
	}
	if c.ErrorText != "" {
		out["commandError"] = map[string]any{"errorCode": c.ErrorCode, "errorDomain": "MCMDMErrorDomain",
			"errorLocalizedDescription": c.ErrorText, "errorEnglishDescription": c.ErrorText}
	}
	return out
}

func (s *Simulator) blankPush(w http.ResponseWriter, r *http.Request, _ string) bool {
	var req struct {
		IDs []string `json:"clientManagementIds"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		refuse(w, http.StatusBadRequest)
		return false
	}
	failed := []string{}
	for _, id := range req.IDs {
		if d := s.find(id); d == nil || d.Unmanaged {
			failed = append(failed, id)
		}
	}
	reply(w, http.StatusOK, map[string]any{"errorUuids": failed})
	return false
}
