//go:build unix

package temporal

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Lock keeps a second process away from a folder until the file it returns is closed. The kernel drops the lock with
// the process, however it ends.
func Lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600) // #nosec G304 -- the folder is the operator's own setting
	if err != nil {
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("folder %s is in use by another process (%w); stop that one or give another folder", dir, err)
	}
	return f, nil
}
