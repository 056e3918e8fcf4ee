//go:build engine

package lifecycle

import (
	"os"
	"sync"
	"testing"
)

// bases are stacks that are up, by name, for tests to copy.
var (
	bases  = map[string]*stack{}
	basing sync.Mutex
)

func TestMain(m *testing.M) {
	code := m.Run()
	for _, base := range bases {
		for _, folder := range []string{base.project, base.state} {
			if err := os.RemoveAll(folder); err != nil {
				panic(err)
			}
		}
	}
	os.Exit(code)
}

// raised returns a copy of a stack that is up as its file says. The first test that asks brings it up for all.
func raised(t *testing.T, name string) *stack {
	t.Helper()
	basing.Lock()
	defer basing.Unlock()
	if bases[name] == nil {
		s := newStack(t, name)
		s.up()
		kept := &stack{t: t, name: name}
		for _, folder := range []struct{ from, to *string }{{&s.project, &kept.project}, {&s.state, &kept.state}} {
			var err error
			if *folder.to, err = os.MkdirTemp("", "raised-"); err != nil {
				t.Fatal(err)
			}
			copyFolder(t, *folder.from, *folder.to)
		}
		bases[name] = kept
	}
	return bases[name].fork(t)
}
