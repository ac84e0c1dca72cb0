package okta

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"tenure/activities"
	"tenure/internal/plan"
)

// RevokeCredentials performs okta.factors, okta.grants and okta.devices; see [activities.OktaRevokeCredentials].
func (s *System) RevokeCredentials(ctx context.Context, in activities.Perform) (activities.Outcomes, error) {
	return s.perform(ctx, in.Account, in.Steps, map[plan.Action]step{
		plan.OktaFactors: resetFactors, plan.OktaGrants: revokeGrants, plan.OktaDevices: removeDevices,
	})
}

// resetFactors removes every enrolled factor: all at once, or one by one where Okta refuses that for the account's
// status. It belongs after suspension, or the person could enrol a fresh one, and before deactivation, after which
// nothing can be unenrolled.
func resetFactors(ctx context.Context, w *work) error {
	u, err := w.System.account(ctx, w.account)
	if err != nil || w.gone(u) {
		return err
	}
	factors, err := w.factors(ctx, w.account)
	if err != nil {
		return err
	}
	if len(factors) == 0 {
		w.already("no factors enrolled", "0 factors")
		return nil
	}
	w.acted("%s reset", count(len(factors), "factor"))
	resp, err := w.api.User.ResetFactors(ctx, w.account)
	refused := check(resp, err)
	if refused != nil && !passing(refused) {
		refused = worst(each(ctx, factors, func(ctx context.Context, id string) error {
			resp, err := w.api.UserFactor.DeleteFactor(ctx, w.account, id)
			return notFoundIsDone(check(resp, err))
		}))
	}
	left, err := w.factors(ctx, w.account)
	switch {
	case err != nil:
		return err
	case len(left) == 0:
		w.verified("0 factors")
	case refused != nil:
		return refused
	default:
		w.doubted("okta accepted the reset and still lists factors", count(len(left), "factor"))
	}
	return nil
}

func (s *System) factors(ctx context.Context, id string) ([]string, error) {
	type factor struct {
		ID string `json:"id"`
	}
	found, err := list[factor](ctx, s, "/api/v1/users/"+url.PathEscape(id)+"/factors")
	ids := make([]string, 0, len(found))
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	return ids, err
}

// revokeGrants takes away what the person allowed OAuth clients to do, and the tokens those hold.
func revokeGrants(ctx context.Context, w *work) error {
	u, err := w.System.account(ctx, w.account)
	if err != nil || w.gone(u) {
		return err
	}
	grants, clients, err := w.consents(ctx)
	if err != nil {
		return err
	}
	if grants == 0 && len(clients) == 0 {
		w.already("no OAuth grants or tokens", "0 grants, 0 clients")
		return nil
	}
	w.acted("%s and the tokens of %s revoked", count(grants, "OAuth grant"), count(len(clients), "client"))
	refused := []error{w.revokeAllGrants(ctx, grants)}
	refused = append(refused, each(ctx, clients, func(ctx context.Context, client string) error {
		resp, err := w.api.User.RevokeTokensForUserAndClient(ctx, w.account, url.PathEscape(client))
		return notFoundIsDone(check(resp, err))
	})...)
	grants, clients, err = w.consents(ctx)
	switch {
	case err != nil:
		return err
	case grants == 0 && len(clients) == 0:
		w.verified("0 grants, 0 clients")
	case worst(refused) != nil:
		return worst(refused)
	default:
		w.doubted("okta accepted the revocation and still lists grants or clients", count(grants, "grant")+", "+count(len(clients), "client"))
	}
	return nil
}

func (w *work) revokeAllGrants(ctx context.Context, n int) error {
	if n == 0 {
		return nil
	}
	resp, err := w.api.User.RevokeUserGrants(ctx, w.account)
	return notFoundIsDone(check(resp, err))
}

// consents counts the grants and names the OAuth clients with a grant or a token of the person.
func (w *work) consents(ctx context.Context) (grants int, clients []string, err error) {
	given, resp, err := w.api.User.ListUserGrants(ctx, w.account, nil)
	all, err := rest(ctx, w.System, given, resp, err)
	if err != nil {
		return 0, nil, err
	}
	clients, err = w.clients(ctx)
	return len(all), clients, err
}

func (w *work) clients(ctx context.Context) ([]string, error) {
	found, resp, err := w.api.User.ListUserClients(ctx, w.account)
	all, err := rest(ctx, w.System, found, resp, err)
	ids := make([]string, 0, len(all))
	for _, c := range all {
		ids = append(ids, c.ClientId)
	}
	return ids, err
}

func (w *work) countTokens(ctx context.Context) (int, error) {
	clients, err := w.clients(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, client := range clients {
		tokens, resp, err := w.api.User.ListRefreshTokensForUserAndClient(ctx, w.account, url.PathEscape(client), query.NewQueryParams())
		all, err := rest(ctx, w.System, tokens, resp, err)
		if err != nil {
			return 0, err
		}
		n += len(all)
	}
	return n, nil
}

// removeDevices deactivates and deletes the devices that belong to this person alone. Okta cannot unlink one person
// from a device: deactivating one that others use would cut them off, so those are left and listed.
func removeDevices(ctx context.Context, w *work) error {
	own, shared, err := w.splitDevices(ctx)
	if lacksDevices(err) {
		w.spared("this Okta org has no device inventory (Classic Engine)", "")
		return nil
	}
	if err != nil {
		return err
	}
	// A device deactivated by an attempt that died is linked to nobody any more; it still wants deleting.
	begun := w.progress.of(w.out.Step).Items
	own = append(own, without(begun, own)...)
	if len(own) == 0 {
		w.noDevices(shared)
		return nil
	}
	w.acted("%s deactivated and deleted", count(len(own), "device"))
	w.out.Items = own
	w.progress.note(*w.out)
	refused := worst(each(ctx, own, w.removeDevice))
	left, shared, err := w.splitDevices(ctx)
	switch {
	case err != nil:
		return err
	case refused != nil:
		return refused
	case len(left) > 0:
		w.doubted("okta accepted the removal and still lists devices", count(len(left), "device"))
	default:
		w.out.Detail += listed(shared)
		w.verified("0 devices of this person alone")
	}
	return nil
}

func (w *work) noDevices(shared []string) {
	if len(shared) == 0 {
		w.already("no devices registered", "0 devices")
		return
	}
	w.spared("no device of this person alone"+listed(shared), count(len(shared), "shared device"))
	w.out.Items = shared
}

func listed(shared []string) string {
	if len(shared) == 0 {
		return ""
	}
	return "; left, because others use them too: " + join(shared)
}

func without(ids, known []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(known, id) })
}

// splitDevices lists the devices of this person alone, and those that others use too. How many people a device has
// is read again right before it is acted on, not taken from the snapshot.
func (w *work) splitDevices(ctx context.Context) (own, shared []string, err error) {
	found, err := w.devices(ctx, w.account)
	if err != nil {
		return nil, nil, err
	}
	people := make([]int, len(found))
	errs := each(ctx, indexes(found), func(ctx context.Context, i int) error {
		users, err := w.usersOfDevice(ctx, found[i].Device.ID)
		for _, u := range users {
			if u.User.ID != w.account {
				people[i]++
			}
		}
		return err
	})
	for i, d := range found {
		if people[i] > 0 {
			shared = append(shared, d.Device.ID)
		} else {
			own = append(own, d.Device.ID)
		}
	}
	return own, shared, worst(errs)
}

func indexes[T any](items []T) []int {
	out := make([]int, len(items))
	for i := range out {
		out[i] = i
	}
	return out
}

func (w *work) removeDevice(ctx context.Context, id string) error {
	path := "/api/v1/devices/" + url.PathEscape(id)
	if _, err := w.raw(ctx, http.MethodPost, path+"/lifecycle/deactivate", nil, nil); notFoundIsDone(err) != nil {
		return err
	}
	_, err := w.raw(ctx, http.MethodDelete, path, nil, nil)
	return notFoundIsDone(err)
}

// lacksDevices says whether the org cannot have devices at all.
func lacksDevices(err error) bool {
	return isCode(err, "E0000015") || isStatus(err, http.StatusNotImplemented)
}
