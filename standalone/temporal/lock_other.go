//go:build !unix

package temporal

import (
	"os"
	"path/filepath"
)

// lockDir only marks the folder here: this system's locks are not supported yet.
func lockDir(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, "temporal.lock"), os.O_CREATE|os.O_RDWR, 0o600)
}
