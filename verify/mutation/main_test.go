//go:build engine

package mutation

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the heap grow: the tests copy one small world hundreds of times, and a quarter of their CPU time went
// into collecting the copies.
func TestMain(m *testing.M) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	os.Exit(m.Run())
}
