//go:build engine

package lifecycle

import (
	"os"
	"sync"
	"testing"
)

// base is a stack that is up, for tests to copy.
type base struct {
	sync.Mutex
	stack *stack
}

// bases are by key.
var bases sync.Map

func TestMain(m *testing.M) {
	// Commands of pages and workflows take it from here. Tests that kill the engine say otherwise.
	if err := os.Setenv("SANDBOX_SAVE_AT_END", "true"); err != nil {
		panic(err)
	}
	code := m.Run()
	for _, value := range bases.Range {
		kept := value.(*base).stack
		if kept == nil {
			continue
		}
		for _, folder := range []string{kept.project, kept.state} {
			if err := os.RemoveAll(folder); err != nil {
				panic(err)
			}
		}
	}
	os.Exit(code)
}

// raised returns a copy of a stack that is up as its file says. The first test that calls it brings the stack up
// for all tests.
func raised(t *testing.T, name string) *stack {
	t.Helper()
	return raisedAs(t, name, name, func(*stack) {})
}

// raisedAs returns a copy of a stack that is up with its file configured. Tests that give the same key share it.
func raisedAs(t *testing.T, key, name string, configure func(*stack)) *stack {
	t.Helper()
	value, _ := bases.LoadOrStore(key, &base{})
	b := value.(*base)
	b.Lock()
	defer b.Unlock()
	if b.stack == nil {
		s := newStack(t, name)
		configure(s)
		s.up()
		kept := &stack{t: t, name: name}
		for _, folder := range []struct{ from, to *string }{{&s.project, &kept.project}, {&s.state, &kept.state}} {
			var err error
			if *folder.to, err = os.MkdirTemp("", "raised-"); err != nil {
				t.Fatal(err)
			}
			copyFolder(t, *folder.from, *folder.to)
		}
		b.stack = kept
	}
	return b.stack.fork(t)
}
