package okta

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
	"tenure/internal/role"
)

const (
	loginAttribute  = "login"
	mailAttribute   = "email"
	numberAttribute = "employeeNumber"
)

// What the role's own attributes do not say comes from here.
const (
	ruleLogin  = "mapping.login"
	ruleNumber = "the person's number"
)

// wish is one attribute as it should be.
type wish struct {
	name  string
	value any // string, bool, float64, []string, or nil to clear it
	rule  string
}

// wanted are the attributes as they should be: the role's, and what makes the account the person's: the login that was
// chosen, the number by which it is known again, and a mail address. A mail address that was the login goes with it; a
// number that somebody else wrote on the account stays, unless the role has one. u is nil for an account yet to be made.
func (c *convergence) wanted(u *sdk.User) []wish {
	var out []wish
	for _, a := range c.in.Role.Attributes {
		if canonical(a.Value) != nil || !essential(a.Name) { // what the account is known by is never cleared
			out = append(out, wish{a.Name, a.Value, a.Rule})
		}
	}
	missing := func(name string) bool {
		return !slices.ContainsFunc(c.in.Role.Attributes, func(a role.Attribute) bool { return a.Name == name && canonical(a.Value) != nil })
	}
	put := func(name, value, rule string) { out = append(out, wish{name, value, rule}) }
	if missing(loginAttribute) && c.in.Login != "" {
		put(loginAttribute, c.in.Login, ruleLogin)
	}
	login := c.in.Login
	if i := slices.IndexFunc(out, func(x wish) bool { return x.name == loginAttribute }); i >= 0 {
		login, _ = out[i].value.(string)
	}
	if missing(mailAttribute) && login != "" && (u == nil || strings.EqualFold(text(u, mailAttribute), text(u, loginAttribute))) {
		put(mailAttribute, login, ruleLogin)
	}
	if missing(numberAttribute) && c.in.EmployeeNumber != "" && (u == nil || text(u, numberAttribute) == "") {
		put(numberAttribute, c.in.EmployeeNumber, ruleNumber)
	}
	return out
}

// differing are the attributes that are not as they should be.
func (c *convergence) differing() []wish {
	return slices.DeleteFunc(c.wanted(c.user), func(x wish) bool { return same(x.name, x.value, attribute(c.user, x.name)) })
}

// attribute is one attribute of a user as Okta showed it; nil when it has none.
func attribute(u *sdk.User, name string) any {
	if u == nil || u.Profile == nil {
		return nil
	}
	return (*u.Profile)[name]
}

// same compares two values of one attribute. Okta shows a number as 3 or 3.0, and an attribute without a value as null,
// as "" or not at all; it takes logins and addresses that differ in upper and lower case for the same; and the order of
// a list means nothing.
func same(name string, a, b any) bool {
	a, b = canonical(a), canonical(b)
	if s, ok := a.(string); ok && (name == loginAttribute || name == mailAttribute) {
		t, _ := b.(string)
		return strings.EqualFold(s, t)
	}
	if list, ok := a.([]string); ok {
		other, isList := b.([]string)
		return isList && slices.Equal(list, other)
	}
	if _, ok := b.([]string); ok {
		return false
	}
	return a == b
}

// canonical gives equal values one form: nil, string, bool, float64 or a sorted list of texts.
func canonical(v any) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil
		}
		return v
	case bool, float64, nil:
		return v
	case int:
		return float64(v)
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	case []string:
		return sortedList(slices.Clone(v))
	case []any:
		var list []string
		for _, item := range v {
			list = append(list, show(item))
		}
		return sortedList(list)
	default:
		return fmt.Sprint(v) // an object: shown, never equal to what a role gives
	}
}

func sortedList(list []string) any {
	if len(list) == 0 {
		return nil
	}
	slices.Sort(list)
	return list
}

// show is a value for people.
func show(v any) string {
	switch v := canonical(v).(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []string:
		return strings.Join(v, ", ")
	default:
		return fmt.Sprint(v)
	}
}

// profileBody is the body of a create or a partial update. In an update null clears; a new account has nothing to clear.
func profileBody(wishes []wish, clears bool) map[string]any {
	profile := map[string]any{}
	for _, x := range wishes {
		if x.value != nil || clears {
			profile[x.name] = x.value
		}
	}
	return map[string]any{"profile": profile}
}

// aboutAttributes says whether a refusal is about what some attribute holds, so that the others may go through.
func aboutAttributes(err error) bool {
	var a *answered
	if !errors.As(err, &a) {
		return false
	}
	return a.status == http.StatusBadRequest && a.code != "E0000003" || a.code == "E0000023" || a.code == "E0000077" || a.code == "E0000078"
}

// blamed says whether Okta named the attribute when it refused: "Property name 'x' is not defined in profile", "x: The
// field is too long".
func blamed(err error, x wish) bool {
	var a *answered
	if !errors.As(err, &a) {
		return false
	}
	named := regexp.MustCompile(`(^|[^\w.])` + regexp.QuoteMeta(x.name) + `($|\W)`)
	// The summary names the first thing only, and "login" there stands for the whole of a new user.
	for _, cause := range a.about[min(1, len(a.about)):] {
		if field, _, ok := strings.Cut(cause, ":"); ok && field == x.name || !ok && named.MatchString(cause) || strings.Contains(cause, "'"+x.name+"'") {
			return true
		}
	}
	return false
}

// edit is a wish as the case tells of it.
func edit(u *sdk.User, x wish) activities.Edit {
	return activities.Edit{Name: x.name, Was: show(attribute(u, x.name)), Now: show(x.value), Rule: x.rule}
}
