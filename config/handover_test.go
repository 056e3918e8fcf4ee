package config

import (
	"strings"
	"testing"

	"ambient-ecs/tests/stackfile"
)

// A program that gets too much configuration does not start. So the words have to come before.
func TestAConfigurationThatHardlyFitsIsWarnedOf(t *testing.T) {
	raw, err := stackfile.Load("..", "dev")
	if err != nil {
		t.Fatal(err)
	}
	for size, warned := range map[int]bool{1 << 10: false, 110 << 10: true} {
		raw["another-project:text"] = strings.Repeat("x", size)
		cfg, err := Load(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(cfg.Warnings(), "\n"), "argument list too long"); got != warned {
			t.Errorf("%d KiB more: warned %v", size>>10, got)
		}
	}
}
