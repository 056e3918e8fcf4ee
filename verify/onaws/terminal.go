package onaws

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/creack/pty"

	"ambient-ecs/verify/stack"
)

// Terminal runs a program under a terminal and returns its output, also when it failed.
type Terminal interface {
	Run(ctx context.Context, environment, command []string) ([]byte, error)
}

// pseudoTerminal runs programs under a pseudo-terminal: the session manager plugin wants to set one up, and exits
// without it.
type pseudoTerminal struct{}

// tooMuch bounds the output of a program.
const tooMuch = 8 << 20

// size is the size of the terminal. It wraps no output, but programs may read it.
var size = &pty.Winsize{Rows: 50, Cols: 250}

func (pseudoTerminal) Run(ctx context.Context, environment, command []string) ([]byte, error) {
	process := exec.CommandContext(ctx, command[0], command[1:]...)
	process.Env = environment
	terminal, err := pty.StartWithSize(process, size)
	if err != nil {
		return nil, fmt.Errorf("start %s under a pseudo-terminal: %w", command[0], err)
	}
	var shown bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		// A terminal signals its end by an error once its last user has closed it.
		_, _ = io.Copy(&shown, io.LimitReader(terminal, tooMuch))
		_, _ = io.Copy(io.Discard, terminal)
	}()
	failed := process.Wait()
	// The plugin can outlive the CLI that started it, and keep the terminal open. Closing it ends the plugin.
	select {
	case <-done:
	case <-time.After(5 * time.Second):
	}
	terminal.Close()
	<-done
	if ctx.Err() != nil {
		return shown.Bytes(), fmt.Errorf("%s did not end in time: %w", command[0], ctx.Err())
	}
	return shown.Bytes(), failed
}

// execute runs a line in a task by ECS Exec.
func (b *AWS) execute(ctx context.Context, c stack.Cluster, t task, line string) ([]byte, error) {
	environment, err := b.accounts.Environment(ctx, c.Account, c.Region)
	if err != nil {
		return nil, err
	}
	return b.terminal.Run(ctx, environment, []string{
		"aws", "ecs", "execute-command", "--region", c.Region, "--cluster", c.Name, "--task", t.id, "--container", t.app,
		"--interactive", "--command", line,
	})
}

// complaint matches the error messages of the AWS CLI and its plugin.
var complaint = regexp.MustCompile(`(?m)(An error occurred \(.*|SessionManagerPlugin is not found.*|Unable to locate credentials.*|.*[Cc]annot perform start session.*|.*Unable to start command.*|Could not connect to the endpoint URL.*)`)

// reason is the sentence in a program's output that says why there is no result.
func reason(shown []byte, err error) string {
	if found := complaint.Find(shown); found != nil {
		return strings.TrimSpace(string(found))
	}
	if err != nil {
		return err.Error()
	}
	return "the session ended without a result of the call"
}
