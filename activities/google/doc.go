// Package google acts on Google Workspace.
package google
import (
 _ "golang.org/x/oauth2/google"
 _ "google.golang.org/api/admin/directory/v1"
 _ "google.golang.org/api/admin/datatransfer/v1"
 _ "google.golang.org/api/gmail/v1"
)
