//go:build !unix

package temporal

import (
	"os"
	"path/filepath"
)

// Lock only marks the folder here: this system's locks are not supported yet.
func Lock(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
}
