package google

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/simulators/kit"
)

func googleBody(reason, message string) string {
	return `{"error":{"code":0,"message":"` + message + `","errors":[{"domain":"global","reason":"` + reason + `","message":"` + message + `"}]}}`
}

// TestProblem_EachAnswer: every row of the table, as the vendor sends it over the wire.
func TestProblem_EachAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
		mend   string
	}{
		"400_AdminCannotUnsuspend_IsConflict":     {400, googleBody("adminCannotUnsuspend", "No."), activities.Conflict, "unsuspend"},
		"400_UnknownOrgUnit_IsInvalidInput":       {400, googleBody("invalid", "Invalid Input: INVALID_OU_ID"), activities.InvalidInput, "offboard.org_unit"},
		"400_TooManyDelegates_IsConflict":         {400, googleBody("failedPrecondition", "Delegator user cannot have any more delegates"), activities.Conflict, "remove a delegate"},
		"400_FailedPrecondition_IsConflict":       {400, googleBody("failedPrecondition", "Precondition check failed."), activities.Conflict, "Gmail is on"},
		"400_InvalidDelegate_IsInvalidInput":      {400, googleBody("invalidArgument", "Invalid delegate"), activities.InvalidInput, "primary address"},
		"400_Invalid_IsInvalidInput":              {400, googleBody("invalid", "Invalid Input"), activities.InvalidInput, "admin console"},
		"401_IsForbidden":                         {401, googleBody("authError", "Invalid Credentials"), activities.Forbidden, "enabled"},
		"403_QuotaExceeded_IsRateLimited":         {403, googleBody("quotaExceeded", "Slow down"), activities.RateLimited, ""},
		"403_RateLimitExceeded_IsRateLimited":     {403, googleBody("rateLimitExceeded", "Slow down"), activities.RateLimited, ""},
		"403_UserRateLimitExceeded_IsRateLimited": {403, googleBody("userRateLimitExceeded", "Slow down"), activities.RateLimited, ""},
		"403_DailyLimitExceeded_IsRateLimited":    {403, googleBody("dailyLimitExceeded", "Slow down"), activities.RateLimited, ""},
		"403_ResourceExhaustedWithoutReason":      {403, `{"error":{"code":403,"status":"RESOURCE_EXHAUSTED"}}`, activities.RateLimited, ""},
		"403_AccessNotConfigured_IsForbidden":     {403, googleBody("accessNotConfigured", "API off"), activities.Forbidden, "enable"},
		"403_ScopeMissing_IsForbidden":            {403, googleBody("insufficientPermissions", "Request had insufficient authentication scopes."), activities.Forbidden, "admin.directory.user"},
		"403_DelegationDenied_IsForbidden":        {403, googleBody("insufficientPermissions", "Delegation denied"), activities.Forbidden, "delegation"},
		"403_Forbidden_IsForbidden":               {403, googleBody("forbidden", "Not Authorized to access this resource/api"), activities.Forbidden, "google.admin"},
		"409_Conflict_IsRetried":                  {409, googleBody("conflict", "Busy"), activities.Unavailable, ""},
		"409_Duplicate_IsConflict":                {409, googleBody("duplicate", "Entity already exists."), activities.Conflict, ""},
		"412_NoArchiveLicence_IsUnsupported":      {412, googleBody("insufficientArchivedUserLicenses", "None left"), activities.Unsupported, "suspended"},
		"412_CreationNotComplete_IsRetried":       {412, googleBody("conditionNotMet", "User creation is not complete."), activities.Unavailable, ""},
		"429_IsRateLimited":                       {429, googleBody("rateLimitExceeded", "Slow down"), activities.RateLimited, ""},
		"500_IsRetried":                           {500, googleBody("backendError", "Oops"), activities.Unavailable, ""},
		"502_WithoutABody_IsRetried":              {502, "<html>", activities.Unavailable, ""},
		"503_IsRetried":                           {503, googleBody("backendError", "Oops"), activities.Unavailable, ""},
		"200_ThatIsNoJSON_IsRetried":              {200, "<html>", activities.Unavailable, ""},
		"200_WithoutAnAccount_IsRetried":          {200, "{}", activities.Unavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.sim.Inject(kit.Fault{Path: userPath, Status: c.status, Body: c.body, Header: map[string]string{"Retry-After": "7"}})
			_, _, err := r.sys.find(background(), r.leaver.ID)
			p := problem(err)
			if p.Type != c.want || !strings.Contains(p.Mend, c.mend) {
				t.Errorf("%s with mend %q, want %s with %q", p.Type, p.Mend, c.want, c.mend)
			}
			if limited := p.Type == activities.RateLimited; limited != (p.Delay == 7*time.Second) {
				t.Errorf("delay %s for %s", p.Delay, p.Type)
			}
		})
	}
	t.Run("404_IsNotFound", func(t *testing.T) {
		r := newRig(t)
		err := r.sys.update(background(), "999", nil)
		if p := problem(err); p.Type != activities.NotFound {
			t.Errorf("%v", p)
		}
	})
}

// TestProblem_EachTokenRefusal: a token that cannot be had, which the library hides in an error of its own.
func TestProblem_EachTokenRefusal(t *testing.T) {
	body := func(code, description string) string {
		return `{"error":"` + code + `","error_description":"` + description + `"}`
	}
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
		mend   string
	}{
		"SubjectMissingOrSuspended_IsConflict": {400, body("invalid_grant", "Invalid email or User ID"), activities.Conflict, "google.admin"},
		"SubjectDeleted_IsNotFound":            {400, body("invalid_grant", "The account has been deleted"), activities.NotFound, ""},
		"ClockWrong_IsForbidden":               {400, body("invalid_grant", "Invalid JWT: Token must be a short-lived token"), activities.Forbidden, "clock"},
		"KeyWrong_IsForbidden":                 {400, body("invalid_grant", "Invalid JWT Signature."), activities.Forbidden, "google.key"},
		"ScopeNotAuthorised_IsForbidden":       {401, body("unauthorized_client", "Client is unauthorized"), activities.Forbidden, "admin.directory.user"},
		"Throttled403_IsRateLimited":           {403, body("rateLimitExceeded", ""), activities.RateLimited, ""},
		"Disabled_IsForbidden":                 {403, body("access_denied", ""), activities.Forbidden, "enabled"},
		"Throttled429_IsRateLimited":           {429, "", activities.RateLimited, ""},
		"Unwell_IsRetried":                     {503, "", activities.Unavailable, ""},
		"Nonsense_IsRetried":                   {200, "<html>", activities.Unavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.sim.Inject(kit.Fault{Path: "/token", Status: c.status, Body: c.body})
			_, _, err := r.sys.find(background(), r.leaver.ID)
			if p := problem(err); p.Type != c.want || !strings.Contains(p.Mend, c.mend) {
				t.Errorf("%s with mend %q, want %s with %q", p.Type, p.Mend, c.want, c.mend)
			}
		})
	}
}

func TestProblem_NamesNoAddressAndNoURL(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Path: userPath, Times: 1, Status: http.StatusForbidden, Body: googleBody("forbidden", "Delegation denied for "+leaverMail)})
	r.sim.Inject(kit.Fault{Path: userPath, Drop: kit.DropBefore})
	for range 2 {
		_, _, err := r.sys.find(background(), leaverMail)
		if text := problem(err).Error(); strings.Contains(text, "leaver") || strings.Contains(text, "127.0.0.1/") || strings.Contains(text, "/admin/") {
			t.Errorf("the error tells too much: %s", text)
		}
	}
}
