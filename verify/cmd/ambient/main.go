// Command ambient checks a deployed mesh against what its stack promises. It verifies the mesh, says what is
// missing, makes single calls, and draws the mesh. It reads what it needs to know from the outputs of the mesh's
// Pulumi stack.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"ambient-ecs/verify/adopt"
	"ambient-ecs/verify/repair"
	"ambient-ecs/verify/run"
)

// exitRefused is the exit code of a run that was refused at the start, and of one that could not restore the
// mesh.
const exitRefused = 2

func main() {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		// A hang-up must not leave temporary policies behind, so SIGHUP is handled too. Under nohup the signal stays
		// ignored.
		signals = append(signals, syscall.SIGHUP)
	}
	// The signals stay ours until the process ends, so that a second one does not stop a restore.
	ctx, _ := signal.NotifyContext(context.Background(), signals...)
	os.Exit(execute(ctx, &program{open: open, evidence: evidence, outputs: outputs, finder: finder, surveyor: surveyor}, os.Stdout, os.Stderr, os.Args[1:]))
}

// program is the commands with their outside dependencies, which tests replace.
type program struct {
	place
	open     opener
	evidence evidenceReader
	outputs  outputReader
	finder   func(place) repair.Finder
	surveyor func(place) adopt.Reader
}

// execute runs a command line and returns its exit code.
func execute(ctx context.Context, p *program, stdout, stderr io.Writer, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var code exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintln(stderr, "ambient:", err)
	if ctx.Err() != nil && !errors.Is(err, run.ErrNotRestored) {
		return run.ExitInterrupted
	}
	return exitRefused
}

// exit is the exit code of a command that has already printed its result.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// status is the error for an exit code.
func status(code int) error {
	if code == 0 {
		return nil
	}
	return exit(code)
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ambient",
		Short: "Verify, diagnose, call, draw and repair a deployed mesh, enrol task definitions in it, adopt what exists, check its controls, and add up its cost",
		Long: text(`
			ambient asks whether a deployed mesh is what was promised. It learns everything from the outputs of the
			mesh's Pulumi stack: it reads them with pulumi, with bin/sandbox if --sandbox is given, or from a file.`),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&p.stack, "stack", "", "the Pulumi stack's `NAME` (default: pulumi's selected one, or dev in the sandbox)")
	flags.StringVar(&p.sandbox, "sandbox", "", "the sandbox's state folder `DIR`; without it, real accounts are asked")
	flags.StringVar(&p.file, "outputs", "", "a `FILE` with what 'pulumi stack output --json --show-secrets' prints, or - for standard input")
	flags.StringArrayVar(&p.services, "services", nil, "a `FILE` with the outputs of another team's stack: its services count as the mesh's own (docs/consuming.md). May be repeated")
	flags.StringVar(&p.project, "project", ".", "the folder `DIR` of Pulumi.yaml")
	root.AddCommand(p.verify(), p.doctor(), p.call(), p.topology(), p.enrol(), unenrol(), p.repair(), p.adopt(), costs(), checks())
	return root
}

// text is a paragraph of help that is indented in the source.
func text(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
