package main

import (
	"errors"
	"strings"
	"testing"

	"ambient-ecs/tests/pages"
)

// What the pages tell people to type is a command, with flags and arguments that it takes.
func TestPagesNameCommandsThatExist(t *testing.T) {
	for _, line := range pages.Lines(t, "../../..", "ambient", "bin/ambient") {
		command, rest, err := new(program).root().Find(line.Args[1:])
		if err == nil && !command.Runnable() {
			err = errors.New("no command")
		}
		if err == nil {
			err = command.ParseFlags(rest)
		}
		if err == nil {
			err = command.ValidateArgs(command.Flags().Args())
		}
		if err != nil {
			t.Errorf("%s: %s: %v", line.Page, strings.Join(line.Args, " "), err)
		}
	}
}
