package components

import (
	"os"
	"testing"
)

// TestMain moves to the folder of Pulumi.yaml: paths in stack files are relative to it.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
