package google

import (
	"context"
	"fmt"

	transfers "google.golang.org/api/admin/datatransfer/v1"
	directory "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/gmail/v1"
	"google.golang.org/api/option"

	"tenure/activities"
)

// System is Google Workspace as Tenure uses it. It is safe for concurrent use.
type System struct {
	config Config
	doors  *doors
}

// New checks the configuration and makes no call. Its error names the setting and the mend.
func New(c Config) (*System, error) {
	c, err := c.checked()
	if err != nil {
		return nil, err
	}
	s := &System{config: c, doors: newDoors(c.KeyJSON)}
	if _, err := s.doors.client(c.Admin, accountsFamily); err != nil {
		return nil, fmt.Errorf("google.key: the key file cannot be used: %w", err)
	}
	return s, nil
}

// Bindings binds every handle of Google Workspace to its implementation.
func (s *System) Bindings() []activities.Binding {
	return []activities.Binding{
		activities.GoogleReadUser.Bind(s.ReadUser),
		activities.GoogleCutAccess.Bind(s.CutAccess),
		activities.GoogleCloseLeaks.Bind(s.CloseLeaks),
		activities.GoogleDelegateMailbox.Bind(s.DelegateMailbox),
		activities.GoogleRemoveDelegate.Bind(s.RemoveDelegate),
		activities.GoogleSetAutoReply.Bind(s.SetAutoReply),
		activities.GoogleStartTransfer.Bind(s.StartTransfer),
		activities.GoogleReadTransfer.Bind(s.ReadTransfer),
		activities.GoogleMoveGroups.Bind(s.MoveGroups),
		activities.GoogleHideUser.Bind(s.HideUser),
		activities.GoogleMoveOrgUnit.Bind(s.MoveOrgUnit),
		activities.GoogleSuspendUser.Bind(s.SuspendUser),
		activities.GoogleProbeAccess.Bind(s.ProbeAccess),
		activities.GoogleRestoreUser.Bind(s.RestoreUser),
		activities.GoogleFindAdmins.Bind(s.FindAdmins),
		activities.GoogleExamine.Bind(s.Examine),
		activities.GoogleConvergeUser.Bind(s.ConvergeUser),
		activities.GoogleFindLogin.Bind(s.FindLogin),
	}
}

// options opens the door and points the SDK at the configured base. The trailing slash keeps a path prefix.
func (s *System) options(subject string, f family, base string) ([]option.ClientOption, error) {
	client, err := s.doors.client(subject, f)
	if err != nil {
		return nil, err
	}
	return []option.ClientOption{option.WithHTTPClient(client), option.WithEndpoint(base + "/")}, nil
}

// directory acts as the administrator.
func (s *System) directory(ctx context.Context, f family) (*directory.Service, error) {
	opts, err := s.options(s.config.Admin, f, s.config.BaseURL)
	if err != nil {
		return nil, err
	}
	return directory.NewService(context.WithoutCancel(ctx), opts...)
}

func (s *System) transfers(ctx context.Context) (*transfers.Service, error) {
	opts, err := s.options(s.config.Admin, transfersFamily, s.config.BaseURL)
	if err != nil {
		return nil, err
	}
	return transfers.NewService(context.WithoutCancel(ctx), opts...)
}

// mail acts as the owner of the mailbox: an administrator is refused.
func (s *System) mail(ctx context.Context, owner string, f family) (*gmail.UsersSettingsService, error) {
	opts, err := s.options(owner, f, s.config.GmailURL)
	if err != nil {
		return nil, err
	}
	api, err := gmail.NewService(context.WithoutCancel(ctx), opts...)
	if err != nil {
		return nil, err
	}
	return api.Users.Settings, nil
}
