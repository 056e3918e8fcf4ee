// Package worldtest opens worlds in tests, and holds them to their files.
package worldtest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"ambient-ecs/sandbox/world"
)

// Open is world.Open for a test. At the test's end the file must equal the world in memory. A change without Changed
// or PutObject fails the test.
func Open(t testing.TB, folder string) *world.World {
	t.Helper()
	w, err := world.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Kept(t, w, folder) })
	return w
}

// Kept fails the test if a kill at this moment would lose a change of the world in folder.
func Kept(t testing.TB, w *world.World, folder string) {
	t.Helper()
	memory := dump(t, w)
	again, err := world.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if file := dump(t, again); !bytes.Equal(memory, file) {
		at := 0
		for at < min(len(memory), len(file)) && memory[at] == file[at] {
			at++
		}
		around := func(b []byte) []byte { return b[max(0, min(at, len(b))-300):min(len(b), at+200)] }
		t.Errorf("a change was not kept. In memory:\n%s\nin the file:\n%s", around(memory), around(file))
	}
}

func dump(t testing.TB, w *world.World) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := w.Dump(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Rewrite makes the file in folder what the world is in memory, with changes that a test made in place. The world must not change
// afterwards.
func Rewrite(t testing.TB, w *world.World, folder string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, world.File), dump(t, w), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Touch marks everything as changed, so that changes that a test made in place are kept.
func Touch(tx *world.Tx) {
	for _, r := range tx.Find("", "", nil) {
		tx.Changed(r)
	}
	for _, cluster := range tx.Clusters() {
		for key, o := range tx.Objects(cluster) {
			tx.PutObject(cluster, key, o)
		}
	}
}
