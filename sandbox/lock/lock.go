// Package lock keeps a state folder to one command at a time.
package lock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

var errLocked = errors.New("locked")

// Take makes sure that one command at a time uses a state folder. The system drops the lock with the process.
func Take(folder string) (unlock func() error, err error) {
	path := filepath.Join(folder, "lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the sandbox's state: %w", err)
	}
	if err := lockFile(file); err != nil {
		holder, _ := os.ReadFile(path)
		_ = file.Close()
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("another command uses the sandbox in %s (process %s): wait for it to end", folder, holder)
		}
		return nil, fmt.Errorf("lock the sandbox's state: %w", err)
	}
	if err := file.Truncate(0); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the sandbox's state: %w", err), file.Close())
	}
	if _, err := fmt.Fprint(file, os.Getpid()); err != nil {
		return nil, errors.Join(fmt.Errorf("write the sandbox's state: %w", err), file.Close())
	}
	return file.Close, nil
}
