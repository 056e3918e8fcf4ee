package edits_test

import (
	"os"
	"testing"

	"ambient-ecs/tests/edits"
)

// A key whose edit was never played would look safe on the page.
func TestThePageHasARowOfEveryEdit(t *testing.T) {
	page, err := os.ReadFile("../../docs/edits.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range edits.Rows(string(page)) {
		if row == "" {
			t.Errorf("docs/edits.md has no row that begins with %s: play it (make exhaustive, or its name with -run and -update)", edits.All()[i].Row())
		}
	}
}
