package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// refusal is what one of Slack's error codes means for us.
type refusal struct {
	kind string // error type, see activities/errors.go
	text string
	mend string
}

// Mends that several codes share.
const (
	mendToken   = "reinstall the app and put its current bot token (xoxb-...) into the configuration"
	mendAdmin   = "put in a user token (xoxp-...) of a workspace owner, or set the Slack account mode to off"
	mendInvite  = "open the channel in Slack and type /invite with the app's name; check that the setting holds the channel's id, not its name"
	mendPlan    = "set the Slack account mode to off and let the identity provider deprovision Slack, or deactivate the account by hand"
	mendBug     = "this is a fault of Tenure: report it with the error's code"
	mendChannel = "unarchive the channel or name another one"
	mendPolicy  = "let the app post there: channel settings, posting permissions"
	mendHome    = "switch on the Messages Tab in the app's settings, App Home"
	mendMember  = "invite the person to the channel"
	mendGroup   = "write the id of a user group (S, then capitals and digits) into the policy: it is in the group's link"
	mendGroups  = "list the people by their Slack user ids in the policy instead, or upgrade the workspace's plan"
	mendSlack   = "nothing to do: it is tried again"
)

// refusals is the one table of Slack's error codes. A code that is not here is final: trying the same call again
// would be refused again.
var refusals = map[string]refusal{
	"invalid_auth":              {activities.Forbidden, "the token is not valid", mendToken},
	"not_authed":                {activities.Forbidden, "no token arrived", mendToken},
	"account_inactive":          {activities.Forbidden, "the token belongs to a deleted user or workspace", mendToken},
	"token_revoked":             {activities.Forbidden, "the token was revoked", mendToken},
	"token_expired":             {activities.Forbidden, "the token has expired", mendToken},
	"no_permission":             {activities.Forbidden, "the token may not do this", mendToken},
	"access_denied":             {activities.Forbidden, "access was denied", mendToken},
	"accesslimited":             {activities.Forbidden, "the workspace allows this call from other networks only", "add this host's address to the app's allowed IP ranges"},
	"org_login_required":        {activities.Forbidden, "the workspace is moving to an organisation", mendToken},
	"missing_scope":             {activities.Forbidden, "the token lacks a scope", "add the scope to the app's bot token scopes and reinstall the app"},
	"not_allowed_token_type":    {activities.Forbidden, "the token is of the wrong kind", "use a bot token (xoxb-...) for messages and a user token (xoxp-...) for admin calls"},
	"not_an_admin":              {activities.Forbidden, "the admin token's owner is no admin", mendAdmin},
	"admin_unauthorized":        {activities.Forbidden, "the admin token may not do this", mendAdmin},
	"team_access_not_granted":   {activities.Forbidden, "the token has no access to the workspace", mendToken},
	"enterprise_is_restricted":  {activities.Forbidden, "the organisation does not let the token do this", mendToken},
	"two_factor_setup_required": {activities.Forbidden, "the token's owner must set up two-factor sign-in", mendToken},
	"invalid_permissions":       {activities.Forbidden, "the admin token may not do this", mendAdmin},

	"channel_not_found":                        {activities.NotFound, "there is no such channel, or it is private and the app is not in it", mendInvite},
	"not_in_channel":                           {activities.Forbidden, "the app is not in the channel", mendInvite},
	"is_archived":                              {activities.Conflict, "the channel is archived", mendChannel},
	"channel_is_limited_access":                {activities.Forbidden, "the channel is restricted", mendPolicy},
	"restricted_action":                        {activities.Forbidden, "a workspace setting forbids posting in the channel", mendPolicy},
	"restricted_action_read_only_channel":      {activities.Forbidden, "the channel is read-only", mendPolicy},
	"restricted_action_thread_only_channel":    {activities.Forbidden, "the channel takes replies only", mendPolicy},
	"restricted_action_non_threadable_channel": {activities.Forbidden, "the channel has no threads", mendChannel},
	"restricted_action_thread_locked":          {activities.Forbidden, "the thread is locked", mendPolicy},
	"posting_to_channel_denied":                {activities.Forbidden, "a workspace setting forbids posting in the channel", mendPolicy},
	"messages_tab_disabled":                    {activities.Forbidden, "the app takes no direct messages", mendHome},
	"ekm_access_denied":                        {activities.Forbidden, "administrators have suspended posting", mendPolicy},
	"message_limit_exceeded":                   {activities.Unsupported, "the workspace's plan allows no more messages", "upgrade the workspace's plan"},

	"message_not_found":       {activities.NotFound, "the message is gone", "nothing to do: the card is made anew"},
	"thread_not_found":        {activities.NotFound, "the thread is gone", "nothing to do: the card is made anew"},
	"cannot_reply_to_message": {activities.NotFound, "the card cannot be replied to", "nothing to do: the card is made anew"},
	"cant_update_message":     {activities.Conflict, "the message belongs to somebody else", "the card was made by another app or an earlier installation: delete it"},
	"edit_window_closed":      {activities.Conflict, "a workspace setting forbids editing messages of this age", "allow message editing at any time (workspace settings, message editing)"},
	"is_inactive":             {activities.Conflict, "the message can no longer be edited", "delete the card: it is made anew"},
	"cant_delete_message":     {activities.Conflict, "the message may not be deleted", "delete the second card by hand"},
	"update_failed":           {activities.Unavailable, "the message could not be updated", mendSlack},

	"invalid_blocks":          {activities.InvalidInput, "the card's layout was refused", mendBug},
	"invalid_blocks_format":   {activities.InvalidInput, "the card's layout was refused", mendBug},
	"block_mismatch":          {activities.InvalidInput, "the card's layout was refused", mendBug},
	"msg_blocks_too_long":     {activities.InvalidInput, "the card is too long", mendBug},
	"msg_too_long":            {activities.InvalidInput, "the text is too long", mendBug},
	"no_text":                 {activities.InvalidInput, "the message is empty", mendBug},
	"invalid_metadata_format": {activities.InvalidInput, "the message's mark was refused", mendBug},
	"invalid_metadata_schema": {activities.InvalidInput, "the message's mark was refused", mendBug},
	"metadata_too_large":      {activities.InvalidInput, "the message's mark was refused", mendBug},
	"invalid_arguments":       {activities.InvalidInput, "the call was malformed", mendBug},
	"invalid_cursor":          {activities.InvalidInput, "the page's cursor was refused", mendBug},

	"users_not_found":             {activities.NotFound, "there is no active Slack account with this address", ""},
	"user_not_found":              {activities.NotFound, "there is no such Slack account", ""},
	"user_not_visible":            {activities.NotFound, "the app may not see this account", ""},
	"user_disabled":               {activities.NotFound, "the account is deactivated", ""},
	"user_not_in_channel":         {activities.NotFound, "the person is not in the channel", mendMember},
	"no_such_subteam":             {activities.NotFound, "there is no such user group", mendGroup},
	"feature_not_enabled":         {activities.Unsupported, "the workspace's plan has no such call", mendPlan},
	"unknown_method":              {activities.Unsupported, "the workspace's plan has no such call", mendPlan},
	"plan_upgrade_required":       {activities.Unsupported, "the workspace's plan has no user groups", mendGroups},
	"cannot_reset_primary_owner":  {activities.Unsupported, "the account is the workspace's primary owner, whom nobody can sign out", "transfer the primary ownership in Slack, then retry the step"},
	"cannot_modify_primary_owner": {activities.Unsupported, "the account is the workspace's primary owner, whom nobody can deactivate", "transfer the primary ownership in Slack, then retry the step"},
	"cannot_reset_bot":            {activities.InvalidInput, "the account is a bot", "check which account the case names"},
	"bots_not_allowed":            {activities.InvalidInput, "the account is a bot", "check which account the case names"},
	"user_session_reset_failed":   {activities.Unavailable, "the sessions could not be reset", mendSlack},

	"ratelimited":         {activities.RateLimited, "the rate limit is used up", mendSlack},
	"rate_limited":        {activities.RateLimited, "the rate limit is used up", mendSlack},
	"internal_error":      {activities.Unavailable, "it has a problem of its own", mendSlack},
	"fatal_error":         {activities.Unavailable, "it has a problem of its own", mendSlack},
	"request_timeout":     {activities.Unavailable, "it took too long", mendSlack},
	"service_unavailable": {activities.Unavailable, "it is not available", mendSlack},
	"team_added_to_org":   {activities.Unavailable, "the workspace is moving to an organisation", mendSlack},
}

// problem turns an error of one call into its problem. A cancelled activity keeps its own error.
func problem(ctx context.Context, method string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var already *activities.Problem
	if errors.As(err, &already) {
		return err
	}
	p := classify(method, err)
	p.Cause = err
	return p
}

func classify(method string, err error) *activities.Problem {
	var (
		refused   slackapi.SlackErrorResponse
		limited   *slackapi.RateLimitedError
		status    slackapi.StatusCodeError
		ours      *vendorhttp.StatusError
		malformed *json.SyntaxError
		unfit     *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &refused):
		return ofCode(method, refused)
	case errors.As(err, &limited):
		return &activities.Problem{Type: activities.RateLimited, Text: "Slack limits " + method, Mend: mendSlack, Delay: limited.RetryAfter}
	case errors.As(err, &status):
		return ofStatus(method, status.Code, 0)
	case errors.As(err, &ours):
		return ofStatus(method, ours.Status, ours.RetryAfter)
	case errors.As(err, &malformed), errors.As(err, &unfit):
		return activities.Problemf(activities.Unavailable, "the answer to %s is not what Slack sends", method)
	}
	return activities.Problemf(activities.Unavailable, "Slack could not be reached for %s", method)
}

// ofCode looks a code up in the table.
func ofCode(method string, e slackapi.SlackErrorResponse) *activities.Problem {
	r, known := refusals[e.Err]
	if !known {
		return &activities.Problem{Type: activities.InvalidInput, Text: fmt.Sprintf("Slack refused %s: %s", method, e.Err),
			Mend: "look the code up in Slack's documentation of " + method}
	}
	p := &activities.Problem{Type: r.kind, Text: fmt.Sprintf("Slack refused %s: %s (%s)", method, r.text, e.Err), Mend: r.mend}
	if e.Needed != "" {
		p.Text = fmt.Sprintf("Slack refused %s: the token lacks the scope %s (missing_scope)", method, e.Needed)
		p.Mend = fmt.Sprintf("add %s to the app's scopes and reinstall the app", e.Needed)
	}
	if where := pointers(e.ResponseMetadata.Messages); where != "" {
		p.Text += " " + where
	}
	return p
}

// pointers keeps where a layout is wrong, not what stood there: the JSON pointers of Slack's messages.
func pointers(messages []string) string {
	var out []string
	for _, m := range messages {
		if _, after, ok := strings.Cut(m, "[json-pointer:"); ok {
			at, _, _ := strings.Cut(after, "]")
			out = append(out, at)
		}
	}
	return strings.Join(out, " ")
}

func ofStatus(method string, status int, delay time.Duration) *activities.Problem {
	p := &activities.Problem{Type: activities.InvalidInput, Text: fmt.Sprintf("Slack answered %d to %s", status, method)}
	switch {
	case status == http.StatusTooManyRequests:
		p.Type, p.Mend, p.Delay = activities.RateLimited, mendSlack, delay
	case status >= 500:
		p.Type, p.Mend, p.Delay = activities.Unavailable, mendSlack, delay
	case status == http.StatusUnauthorized:
		p.Type, p.Mend = activities.Forbidden, mendToken
	case status == http.StatusForbidden:
		p.Type, p.Mend = activities.Forbidden, mendPlan
	case status == http.StatusNotFound, status >= 300 && status < 400:
		p.Mend = "check the Slack base URL: this does not look like Slack's API"
	}
	return p
}

// code is Slack's error code in err, if it carries one.
func code(err error) string {
	var refused slackapi.SlackErrorResponse
	if errors.As(err, &refused) {
		return refused.Err
	}
	return ""
}
