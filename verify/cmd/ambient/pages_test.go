package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ambient-ecs/tests/pages"
)

// What the pages tell people to type is a command, with flags and arguments that it takes.
func TestPagesNameCommandsThatExist(t *testing.T) {
	for _, line := range pages.Lines(t, "../../..", "ambient", "bin/ambient") {
		if err := takes(line.Args[1:], true); err != nil {
			t.Errorf("%s: %s: %v", line.Page, strings.Join(line.Args, " "), err)
		}
	}
}

// So is what sentences, comments, messages, scripts and workflows name, and what reads files that are not there.
func TestSentencesScriptsAndWorkflowsNameCommandsThatExist(t *testing.T) {
	for _, mention := range pages.Mentions(t, "../../..", "ambient") {
		if err := takes(mention.Args, mention.Whole); err != nil {
			t.Errorf("%s: ambient %s: %v", mention.Page, strings.Join(mention.Args, " "), err)
		}
	}
}

// takes says why no command takes the arguments. A whole command has all that it needs, and another may name a flag alone.
func takes(args []string, whole bool) error {
	command, rest, err := new(program).root().Find(args)
	if err != nil {
		return err
	}
	if !command.Runnable() {
		return errors.New("it names no command")
	}
	if err := command.ParseFlags(rest); err != nil {
		return err
	}
	problems := []error{values(command)}
	if given := command.Flags().Args(); whole || len(given) > 0 {
		problems = append(problems, command.ValidateArgs(given))
	}
	if whole {
		problems = append(problems, command.ValidateRequiredFlags())
	}
	return errors.Join(append(problems, command.ValidateFlagGroups())...)
}

// file is a value that can only be the name of a file.
var file = regexp.MustCompile(`^FILE$|\.(json|yaml|yml|xml|html)$`)

// values refuses the name of a file for a flag that takes something else: --stack outputs.json has a text, as it should, and finds no stack.
func values(command *cobra.Command) error {
	var problems []error
	command.Flags().Visit(func(flag *pflag.Flag) {
		takes, _ := pflag.UnquoteUsage(flag)
		if takes != "FILE" && file.MatchString(flag.Value.String()) {
			problems = append(problems, fmt.Errorf("--%s takes no file, but %s: a file of outputs is --outputs FILE", flag.Name, takes))
		}
	})
	return errors.Join(problems...)
}
