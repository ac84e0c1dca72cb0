package googlesim

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// refusal is Google's error body. Status is filled in by the newer backends only (Gmail).
type refusal struct {
	Code    int            `json:"code"`
	Message string         `json:"message"`
	Errors  []refusalCause `json:"errors"`
	Status  string         `json:"status,omitempty"`
}

type refusalCause struct {
	Message      string `json:"message"`
	Domain       string `json:"domain"`
	Reason       string `json:"reason"`
	Location     string `json:"location,omitempty"`
	LocationType string `json:"locationType,omitempty"`
}

// answer is what an endpoint says; changed makes the state be saved before it is sent.
type answer struct {
	status  int
	body    any // nil for an empty body
	changed bool
}

func ok(body any) answer      { return answer{status: http.StatusOK, body: body} }
func changed(body any) answer { return answer{status: http.StatusOK, body: body, changed: true} }
func emptied() answer         { return answer{status: http.StatusNoContent, changed: true} }

func refuse(code int, reason, message string) answer {
	return answer{status: code, body: map[string]any{"error": refusal{
		Code: code, Message: message,
		Errors: []refusalCause{{Message: message, Domain: "global", Reason: reason}},
		Status: rpcStatus(code, reason),
	}}}
}

func notFound(what string) answer {
	return refuse(http.StatusNotFound, "notFound", "Resource Not Found: "+what)
}

func invalid(message string) answer {
	return refuse(http.StatusBadRequest, "invalid", message)
}

// rpcStatus is the canonical code that Gmail's backend adds. Directory's does not, and its reasons give "".
func rpcStatus(code int, reason string) string {
	switch reason {
	case "failedPrecondition":
		return "FAILED_PRECONDITION"
	case "invalidArgument":
		return "INVALID_ARGUMENT"
	case "insufficientPermissions":
		return "PERMISSION_DENIED"
	case "alreadyExists":
		return "ALREADY_EXISTS"
	case "authError":
		return "UNAUTHENTICATED"
	case "backendError":
		return "INTERNAL"
	}
	if code == http.StatusTooManyRequests {
		return "RESOURCE_EXHAUSTED"
	}
	return ""
}

func (a answer) send(w http.ResponseWriter) {
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body)
}

// throttled is Google's answer when a quota is used up: 403, not 429.
func throttled(w http.ResponseWriter, _ *http.Request) { quotaExceeded("quotaExceeded").send(w) }

func quotaExceeded(reason string) answer {
	return refuse(http.StatusForbidden, reason, "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'.")
}

// faultBody is the body of an injected status: "{}" for a yes, the vendor's error form for a no.
func faultBody(status int) (body, contentType string) {
	const json8 = "application/json; charset=UTF-8"
	if status < 300 {
		return "{}", json8
	}
	reason := map[int]string{400: "invalid", 401: "authError", 403: "forbidden", 404: "notFound", 409: "conflict",
		412: "conditionNotMet", 429: "rateLimitExceeded", 500: "backendError", 502: "backendError", 503: "backendError"}[status]
	b, err := json.Marshal(refuse(status, reason, http.StatusText(status)).body)
	if err != nil {
		return "", json8
	}
	return string(b), json8
}

var passwordField = regexp.MustCompile(`"password"\s*:\s*"[^"]*"`)

// redact keeps credentials out of the call log: the signed assertion and new passwords.
func redact(path, body string) string {
	if strings.HasSuffix(path, "/token") {
		return "grant_type=...&assertion=..."
	}
	return passwordField.ReplaceAllString(body, `"password":"..."`)
}
