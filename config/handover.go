package config

import (
	"encoding/json"
	"fmt"
)

// handOver is the most bytes of configuration that reach a Go program. Pulumi hands all of it over in one environment variable, as JSON
// (EnvConfig in sdk/go/pulumi/run.go of pulumi v3.250.0), and Linux starts no process with a longer one (MAX_ARG_STRLEN, 32 pages of
// 4 KiB: https://man7.org/linux/man-pages/man2/execve.2.html, read 2026-11-29).
const handOver = 128 << 10

// sizeOf is the size of a configuration as it is handed over.
func sizeOf(raw map[string]string) int {
	text, err := json.Marshal(raw)
	if err != nil {
		return 0
	}
	return len(text)
}

// large warns when three quarters of what can be handed over are used. Beyond the limit the program does not start, so it cannot say why.
func (c Config) large() []string {
	if c.size <= handOver*3/4 {
		return nil
	}
	return []string{fmt.Sprintf("The stack's configuration has %d KiB of the %d KiB that Pulumi can hand to a program on Linux: with more, the program does not start (\"argument list too long\"). "+
		"Move services into files (taskDefinition), statements too (policy), or make a second stack.", c.size>>10, handOver>>10)}
}
