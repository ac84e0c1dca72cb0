package slacksim

import (
	"errors"
	"net/http"
	"strconv"
)

// deliveries is how often an event is brought before it is given up: the first time and one repeat at once. Slack
// tries twice more, after about a minute and about five; [Simulator.Redeliver] stands for those.
const deliveries = 2

// SendEvent brings an Events API event to the app and repeats it when it is not acknowledged.
func (s *Simulator) SendEvent(event map[string]any) error {
	unlock := s.lock()
	id := s.st.nextID("Ev")
	at := s.Now().Unix()
	unlock()
	return s.sendEvent(result{"token": "legacy", "team_id": TeamID, "api_app_id": AppID, "type": "event_callback", "event_id": id,
		"event_time": at, "event": event}, 0)
}

// Redeliver brings an event once more under the same event_id, as Slack does when an acknowledgement got lost.
func (s *Simulator) Redeliver(eventID string, event map[string]any) error {
	return s.sendEvent(result{"token": "legacy", "team_id": TeamID, "api_app_id": AppID, "type": "event_callback", "event_id": eventID,
		"event_time": s.Now().Unix(), "event": event}, deliveries-1)
}

func (s *Simulator) sendEvent(payload result, attempt int) error {
	var err error
	reason := ""
	if attempt > 0 {
		reason = "timeout"
	}
	for ; attempt < deliveries; attempt++ {
		if err = s.sendEventOnce(payload, attempt, reason); err == nil {
			return nil
		}
		reason = "timeout"
		if errors.Is(err, errGone) {
			reason = "connection_failed"
		}
	}
	return err
}

func (s *Simulator) sendEventOnce(payload result, attempt int, reason string) error {
	if s.Endpoints.Events != "" {
		header := http.Header{}
		if attempt > 0 {
			header.Set("X-Slack-Retry-Num", strconv.Itoa(attempt))
			header.Set("X-Slack-Retry-Reason", "http_"+reason)
		}
		_, err := s.deliverHTTP(s.Endpoints.Events, eventsAPI, payload, header)
		return err
	}
	_, err := s.hub.send(envelope{ID: s.envelopeID(), Type: eventsAPI, RetryAttempt: attempt, RetryReason: reason, Payload: payload}, s.AckWithin)
	return err
}
