package world

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"
)

// Follower reads a world while other processes change it. A look costs what has been added to the file since the last one. A file that
// was rewritten is read from its beginning.
type Follower struct {
	path  string
	state *state
	// in is the open file, nil before there is one. size is the offset of the next record.
	in   *os.File
	size int64
}

// Follow follows the world kept in folder.
func Follow(folder string) *Follower {
	return &Follower{path: filepath.Join(folder, File), state: newState()}
}

// Look shows the world as its file has it now. No controller runs, and what ask changes is lost.
func (f *Follower) Look(ask func(tx *Tx)) error {
	if err := f.catchUp(); err != nil {
		return fmt.Errorf("follow the sandbox's state %s: %w", f.path, err)
	}
	ask(&Tx{state: f.state, Now: time.Now().UTC()})
	return nil
}

func (f *Follower) catchUp() error {
	now, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if f.in != nil {
		if was, err := f.in.Stat(); err != nil {
			return err
		} else if !os.SameFile(was, now) {
			if err := f.Close(); err != nil {
				return err
			}
		}
	}
	if f.in == nil {
		if f.in, err = os.Open(f.path); err != nil {
			return err
		}
		revision := f.state.revision
		f.state, f.size = newState(), 0
		f.state.revision = revision
	}
	added, err := f.state.applyAll(io.NewSectionReader(f.in, f.size, math.MaxInt64-f.size))
	f.size += added
	return err
}

// Close closes the file. A later look opens it again.
func (f *Follower) Close() error {
	if f.in == nil {
		return nil
	}
	in := f.in
	f.in = nil
	return in.Close()
}
