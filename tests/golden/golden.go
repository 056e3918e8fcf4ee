// Package golden compares the result of a test with a file that a person has read and approved.
package golden

import (
	"flag"
	"os"
	"testing"
)

// Update means that the files are to be rewritten: `make golden`.
var Update = flag.Bool("update", false, "rewrite the golden files")

// Check fails the test when got is not what the file says. meaning tells the reader what a difference does.
func Check(t testing.TB, file, got, meaning string) {
	t.Helper()
	if *Update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("this is not what %s says. %s If it is meant, run `make golden` and read the diff.\n%s", file, meaning, got)
	}
}
