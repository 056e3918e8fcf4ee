// Package memo keeps what pure and slow work found, for the next process of the same program: each command of the sandbox is a process
// of its own, and most of them render the same charts.
package memo

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Key is the digest of everything that a result depends on, but for the program itself.
type Key [sha256.Size]byte

// folder is where results are. Empty: nothing is kept.
var folder string

// Keep lets the process use the results of earlier processes of its program. They are in beside, in a folder for this build; those of
// other builds are removed. Call it once, before any work.
func Keep(beside string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	info, err := os.Stat(self)
	if err != nil {
		return err
	}
	own := fmt.Sprintf("%x-%x", info.ModTime().UnixNano(), info.Size())
	builds, err := os.ReadDir(beside)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, build := range builds {
		if build.Name() != own {
			if err := os.RemoveAll(filepath.Join(beside, build.Name())); err != nil {
				return err
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(beside, own), 0o755); err != nil {
		return err
	}
	folder = filepath.Join(beside, own)
	return nil
}

// Of returns what work found for the key, now or in an earlier process. An error is not kept. A result that cannot be written is found
// again the next time.
func Of(key Key, work func() ([]byte, error)) ([]byte, error) {
	if folder == "" {
		return work()
	}
	file := filepath.Join(folder, hex.EncodeToString(key[:]))
	if found, err := os.ReadFile(file); err == nil {
		return found, nil
	}
	found, err := work()
	if err != nil {
		return nil, err
	}
	// Several processes may write the same result: each writes a file of its own, and the last name wins.
	if f, err := os.CreateTemp(folder, "new-"); err == nil {
		_, written := f.Write(found)
		if errors.Join(written, f.Close()) != nil || os.Rename(f.Name(), file) != nil {
			_ = os.Remove(f.Name())
		}
	}
	return found, nil
}
