// Package report prints the result of a run: as a table for people, as JSON, and as JUnit for CI.
package report

import (
	"fmt"
	"io"
	"slices"
	"time"

	"ambient-ecs/verify/run"
)

// Formats are the names of the formats that Write knows.
var Formats = []string{"table", "json", "junit"}

// Write prints a report in a format.
func Write(w io.Writer, format string, r *run.Report) error {
	switch format {
	case "table":
		return table(w, r)
	case "json":
		return asJSON(w, r)
	case "junit":
		return junit(w, r)
	}
	return fmt.Errorf("output format %q: want one of %v", format, Formats)
}

// Check refuses a format that Write does not know. Callers use it before a run.
func Check(format string) error {
	if !slices.Contains(Formats, format) {
		return fmt.Errorf("output format %q: want one of %v", format, Formats)
	}
	return nil
}

// seconds is a duration for people to read.
func seconds(d time.Duration) string {
	switch {
	case d <= 0:
		return "-"
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
