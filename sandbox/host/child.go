package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

// child runs the command on the caller's terminal and returns its exit code.
func (s *session) child(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	cmd := s.command(s.Project, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr

	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("start %s: %w", s.CLI, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	terminal := term.IsTerminal(int(os.Stdin.Fd()))
	done := ctx.Done()
	for {
		select {
		case signal := <-signals:
			// A terminal has interrupted the command as well; a second interrupt would end it at once.
			if signal != os.Interrupt || !terminal {
				_ = cmd.Process.Signal(signal)
			}
		case <-done:
			_ = cmd.Process.Signal(os.Interrupt)
			done = nil
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return max(exit.ExitCode(), 1), nil
			}
			return 0, err
		}
	}
}
