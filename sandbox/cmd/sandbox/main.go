// Command sandbox runs the Pulumi command line with no cloud: sandbox [flags] <pulumi arguments…>
//
// The engine, the program and everything that is printed are the real ones. The sandbox replaces the providers
// aws, eks and kubernetes. It keeps their world in the state folder between commands.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/host"
	"ambient-ecs/sandbox/memo"
	"ambient-ecs/sandbox/shim"
)

// defaultStack is the stack of commands that name none.
const defaultStack = "dev"

const usage = `Run the Pulumi command line with no cloud.

  sandbox [flags] <pulumi arguments…>
  sandbox up
  sandbox preview --diff --stack pair
  sandbox -project examples/team-go -state .sandbox -passphrase team up --stack orders
                           another team's stack, in the same accounts
  sandbox run-task         start a task and wait until it ends: standard input as for aws ecs run-task --cli-input-json
  sandbox secret ARN…      let secrets exist that the program does not make, as a team's own do
  sandbox exist FILE…      let other resources exist, as JSON lists of account, region, type, id and inputs: a network team's VPCs, another team's ECS cluster
  sandbox parameter NAME   print the value of an SSM parameter, as aws ssm get-parameter does with --query Parameter.Value --output text
  sandbox regions-key KEY  let istiod look for an account's ECS clusters in the regions under this key of its entry in platforms.ecs.accounts.
                           No public source shows the real key, so without this it looks in its own region only
  sandbox makespan         estimate how long AWS would take over the stack that is up, and over its destroy

`

func main() {
	collectLess()
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	os.Exit(code)
}

// collectLess lets this process, the engine and the program use more memory for less garbage collection: they live for
// seconds, and a fifth of their CPU time would go into it. A GOGC that the user sets takes precedence.
func collectLess() {
	const percent = 400
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
		// Only a name with a NUL or a "=" fails.
		_ = os.Setenv("GOGC", strconv.Itoa(percent))
	}
}

// exit is how a command of the sandbox's own ends.
func exit(err error) (code int, _ error) {
	if err != nil {
		return 1, err
	}
	return 0, nil
}

func run(args []string) (code int, err error) {
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	project := flags.String("project", ".", "folder of Pulumi.yaml")
	state := flags.String("state", os.Getenv("SANDBOX_STATE"), "folder that keeps the sandbox between commands (default $SANDBOX_STATE, or .sandbox in the project)")
	passphrase := flags.String("passphrase", host.DefaultPassphrase, "what the stack's secrets are encrypted with; give the stack of another team its own")
	saveAtEnd := flags.Bool("save-at-end", os.Getenv("SANDBOX_SAVE_AT_END") != "", "for tests that kill nothing: the engine saves its state when the command ends, and not at every step (default: whether $SANDBOX_SAVE_AT_END is set)")
	held := flags.String("hold", "", "for tests: calls such as 'create aws:ec2/vpc:Vpc', separated by commas, whose first answer never comes")
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err == flag.ErrHelp {
		return 0, nil
	} else if err != nil {
		// The flag package has printed it.
		return 2, nil
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return 2, nil
	}
	if *state == "" {
		*state = filepath.Join(*project, ".sandbox")
	}
	switch flags.Arg(0) {
	case secretsCommand:
		return exit(putSecrets(*state, flags.Args()[1:]))
	case existCommand:
		return exit(addForeign(*state, flags.Args()[1:]))
	case parameterCommand:
		return exit(printParameter(*state, flags.Args()[1:], os.Stdout))
	case regionsCommand:
		return exit(setRegionsKey(*state, flags.Args()[1:]))
	case runTaskCommand:
		return exit(runTask(context.Background(), *state, os.Stdin, os.Stdout))
	}
	self, err := os.Executable()
	if err != nil {
		return 1, err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return 1, err
	}
	tools := filepath.Dir(self)
	// In a folder that may not be written every command works by itself.
	_ = memo.Keep(self + ".memo")
	cli, err := host.FindCLI(tools)
	if err != nil {
		return 1, err
	}
	options := host.Options{
		Project:      *project,
		State:        *state,
		Open:         opener(*held),
		Defaults:     defaults(tools),
		Secrets:      secrets,
		Sealed:       sealed,
		DefaultStack: defaultStack,
		Passphrase:   *passphrase,
		SaveAtEnd:    *saveAtEnd,
		Environment:  []string{"AMBIENT_ECS_TIME_FACTOR=" + strconv.Itoa(aws.Speed)},
		CLI:          cli,
		Shim:         filepath.Join(tools, shim.Prefix+"shim"),
		Plugins:      plugins(tools),
		Stdin:        os.Stdin,
		Stdout:       os.Stdout,
		Stderr:       os.Stderr,
	}
	if flags.Arg(0) == makespanCommand {
		return printMakespan(options, flags.Args()[1:])
	}
	code, err = host.Run(context.Background(), options, flags.Args())
	if code == 0 && err == nil && *project == "." {
		fmt.Print(next(flags.Args()))
	}
	return code, err
}

// next suggests what to try after a command.
func next(args []string) string {
	if slices.ContainsFunc(args, func(a string) bool { return slices.Contains([]string{"--json", "-j", "--help", "-h"}, a) }) {
		return ""
	}
	stack := ""
	if name := host.StackOf(args); name != "" && name != defaultStack {
		stack = " STACK=" + name
	}
	file := "Pulumi." + cmp.Or(host.StackOf(args), defaultStack) + ".yaml"
	switch args[0] {
	case "up", "update":
		return fmt.Sprintf(`
Nothing of this has left your machine. Try next:
  make verify%[1]s     every call that must work, and every one that must fail
  make topology%[1]s   who is there, and who may call whom
  make outputs%[1]s    what another stack would use
  make preview%[1]s    plans nothing, until you edit %[2]s: add a service, change an image
  make destroy%[1]s    takes it all down again
`, stack, file)
	case "destroy", "down", "dn":
		return "\nmake clean removes the sandbox itself, with what AWS keeps after a destroy (docs/safety.md).\n"
	}
	return ""
}
