package world_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
	"ambient-ecs/sandbox/world/worldtest"
)

func TestAFollowerSeesWhatAnotherProcessWrites(t *testing.T) {
	folder := t.TempDir()
	f := world.Follow(folder)
	defer f.Close()
	var revisions []uint64
	sees := func(want string) {
		t.Helper()
		if err := f.Look(func(tx *world.Tx) {
			if got := strings.Join(ids(tx), ""); got != want {
				t.Errorf("the follower sees %q, want %q", got, want)
			}
			revisions = append(revisions, tx.Revision())
		}); err != nil {
			t.Fatal(err)
		}
	}
	sees("")
	writer, err := world.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	do(t, writer, func(tx *world.Tx) { tx.Put(resource("a")) })
	sees("a")
	do(t, writer, func(tx *world.Tx) { tx.Put(resource("b")) })
	sees("ab")

	// Close rewrites the file. The next writer appends to the new one.
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	sees("ab")
	writer = worldtest.Open(t, folder)
	do(t, writer, func(tx *world.Tx) { tx.Drop(tx.Get(account, vpc, "a")) })
	sees("b")
	for i := range revisions[1:] {
		if revisions[i+1] <= revisions[i] {
			t.Errorf("the revisions are %v", revisions)
		}
	}
}

// A writer is in the middle of a record while the follower looks.
func TestAFollowerWaitsForTheEndOfARecord(t *testing.T) {
	folder := t.TempDir()
	do(t, worldtest.Open(t, folder), func(tx *world.Tx) { tx.Put(resource("a")) })
	file := filepath.Join(folder, world.File)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	f := world.Follow(folder)
	defer f.Close()
	for i := range whole {
		if _, err := out.Write(whole[i : i+1]); err != nil {
			t.Fatal(err)
		}
		if err := f.Look(func(tx *world.Tx) {
			if got, complete := len(ids(tx)) == 1, i == len(whole)-1; got != complete {
				t.Errorf("after %d of %d bytes the resource is there: %t", i+1, len(whole), got)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
}
