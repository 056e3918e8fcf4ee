package aws

import (
	flags "flag"
	"os"
	"testing"
)

// TestMain lets many tests run at once: nearly all of their time is waiting for AWS.
func TestMain(m *testing.M) {
	flags.Parse()
	if err := flags.Set("test.parallel", "24"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
