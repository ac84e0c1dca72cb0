package jirasim

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// errorBody is Jira's one form for errors.
type errorBody struct {
	ErrorMessages []string          `json:"errorMessages"`
	Errors        map[string]string `json:"errors"`
}

func failed(status int, messages ...string) answer {
	return answer{status: status, body: errorBody{ErrorMessages: messages, Errors: map[string]string{}}}
}

func invalid(errors map[string]string) answer {
	return answer{status: http.StatusBadRequest, body: errorBody{ErrorMessages: []string{}, Errors: errors}}
}

func badBody() answer {
	return failed(http.StatusBadRequest, "Invalid request payload. Refer to the REST API documentation and try again.")
}

// noIssue is also what Jira says of an issue the caller may not see.
func noIssue() answer {
	return failed(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
}

func noResource() answer {
	return answer{status: http.StatusNotFound, body: "<html><body>Oops, you've found a dead link.</body></html>"}
}

func notOnScreen(field string) string {
	return fmt.Sprintf("Field '%s' cannot be set. It is not on the appropriate screen, or unknown.", field)
}

const removedAPI = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. " +
	"A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"

// faultBody is what an injected status answers with.
func faultBody(status int) (body, contentType string) {
	var a answer
	switch status {
	case http.StatusUnauthorized:
		a = unauthorized()
	case http.StatusNotFound:
		a = noIssue()
	case http.StatusConflict:
		a = failed(status, "The issue was changed by somebody else. Please try again.")
	case http.StatusForbidden:
		a = failed(status, "You do not have permission to perform this operation.")
	case http.StatusOK, http.StatusCreated:
		a = answer{body: map[string]any{}}
	case http.StatusNoContent:
		return "", ""
	default:
		if status >= http.StatusInternalServerError {
			return "<html><body>Something went wrong on our end.</body></html>", "text/html;charset=UTF-8"
		}
		a = failed(status, http.StatusText(status))
	}
	if html, isText := a.body.(string); isText {
		return html, "text/html;charset=UTF-8"
	}
	b, err := json.Marshal(a.body)
	if err != nil {
		return "", ""
	}
	return string(b), "application/json;charset=UTF-8"
}
