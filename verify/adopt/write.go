package adopt

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Write writes the files into the folder of Pulumi.yaml. Without replace it writes nothing if one of them exists.
func (p *Plan) Write(root string, replace bool) error {
	var there []string
	for _, name := range p.Files() {
		if _, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name))); err == nil && !replace {
			there = append(there, name)
		}
	}
	if len(there) > 0 {
		return fmt.Errorf("nothing was written: %s exist already; --force replaces them", strings.Join(there, ", "))
	}
	return p.put(root, replace)
}

// Files are the names of the files, the stack file first.
func (p *Plan) Files() []string {
	return append([]string{p.StackFileName()}, slices.Sorted(maps.Keys(p.Definitions))...)
}

// The modes of the files. A task definition holds the values of environment variables.
const (
	modeStack      = 0o644
	modeDefinition = 0o600
	modeFolder     = 0o700
)

func (p *Plan) put(to string, replace bool) error {
	root, err := os.OpenRoot(to)
	if err != nil {
		return fmt.Errorf("write the files: %w", err)
	}
	defer root.Close()
	for _, name := range p.Files() {
		text, mode := p.Definitions[name], os.FileMode(modeDefinition)
		if name == p.StackFileName() {
			text, mode = p.StackFile, modeStack
		}
		if err := write(root, filepath.FromSlash(name), text, mode, replace); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// write makes a new file. What is there is removed before, so that its mode and what it may link to do not count.
func write(root *os.Root, name string, text []byte, mode os.FileMode, replace bool) error {
	if err := root.MkdirAll(filepath.Dir(name), modeFolder); err != nil {
		return err
	}
	if replace {
		if err := root.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}
