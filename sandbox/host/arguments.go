package host

import (
	"fmt"
	"slices"
	"strings"
)

// invocation is a command line of the CLI, as far as the host needs to read it.
type invocation struct {
	args []string
	// command is the first word.
	command string
	// stack and configFile are the values of --stack and --config-file, or empty.
	stack, configFile string
}

// parse reads a command line. It expects the command first, before any flag.
func parse(args []string) invocation {
	in := invocation{args: args}
	if len(args) > 0 {
		in.command = args[0]
	}
	in.stack = StackOf(args)
	in.configFile = flagValue(args, "--config-file", "")
	return in
}

// StackOf returns the name of the stack that a command line names, or "".
func StackOf(args []string) string {
	stack := flagValue(args, "--stack", "-s")
	return stack[strings.LastIndex(stack, "/")+1:]
}

// usesConfiguration reports whether the command reads the stack's configuration file, and then takes --config-file.
func (in invocation) usesConfiguration() bool {
	return slices.Contains([]string{
		"up", "update", "preview", "pre", "refresh", "destroy", "down", "dn", "import", "watch", "config", "cfg",
	}, in.command)
}

// refusal says why a command cannot work in the sandbox. Configuration belongs in the project's own stack file,
// and the sandbox only reads that.
func (in invocation) refusal(stackFile string) error {
	if in.command != "config" && in.command != "cfg" {
		return nil
	}
	for _, arg := range in.args[1:] {
		if slices.Contains([]string{"set", "set-all", "rm", "rm-all", "cp", "refresh", "env"}, arg) {
			return fmt.Errorf("`config %s` does not change the sandbox: edit %s, which it reads", arg, stackFile)
		}
	}
	return nil
}

// with returns the command line with a configuration file of the sandbox's own.
func (in invocation) with(configFile string) []string {
	args := []string{in.command, "--config-file=" + configFile}
	for i := 1; i < len(in.args); i++ {
		switch arg := in.args[i]; {
		case arg == "--":
			return append(args, in.args[i:]...)
		case arg == "--config-file":
			i++
		case strings.HasPrefix(arg, "--config-file="):
		default:
			args = append(args, arg)
		}
	}
	return args
}

func flagValue(args []string, long, short string) string {
	for i, arg := range args {
		if arg == "--" {
			return ""
		}
		if (arg == long || short != "" && arg == short) && i+1 < len(args) {
			return args[i+1]
		}
		if value, ok := strings.CutPrefix(arg, long+"="); ok {
			return value
		}
		if short != "" && !strings.HasPrefix(arg, "--") {
			if value, ok := strings.CutPrefix(arg, short); ok && value != "" {
				return strings.TrimPrefix(value, "=")
			}
		}
	}
	return ""
}
