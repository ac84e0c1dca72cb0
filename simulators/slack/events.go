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
	for ; attempt < deliveries; attempt++ {
		if err = s.sendEventOnce(payload, attempt, retryReason(err)); err == nil {
			return nil
		}
	}
	return err
}

// retryReason says why the delivery before did not count.
func retryReason(err error) string {
	switch {
	case errors.Is(err, errGone):
		return "connection_failed"
	case errors.Is(err, errDispatch):
		return "http_error"
	}
	return "timeout"
}

func (s *Simulator) sendEventOnce(payload result, attempt int, reason string) error {
	if s.Endpoints.Events != "" {
		header := http.Header{}
		if attempt > 0 {
			header.Set("X-Slack-Retry-Num", strconv.Itoa(attempt))
			header.Set("X-Slack-Retry-Reason", reason)
		}
		_, err := s.deliverHTTP(s.Endpoints.Events, eventsAPI, payload, header)
		return err
	}
	e := envelope{ID: s.envelopeID(), Type: eventsAPI, RetryAttempt: attempt, Payload: payload}
	if attempt > 0 {
		e.RetryReason = reason
	}
	_, err := s.hub.send(e, s.AckWithin)
	return err
}
