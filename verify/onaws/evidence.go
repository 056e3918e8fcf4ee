package onaws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"sync"

	"ambient-ecs/verify/doctor"
)

var (
	_ doctor.Evidence = (*AWS)(nil)
	_ doctor.Watcher  = (*AWS)(nil)
)

// evidence reads the doctor's facts from AWS.
type evidence struct {
	// cli runs the AWS CLI with an account's credentials and returns what it printed.
	cli func(ctx context.Context, environment []string, args ...string) ([]byte, error)

	// read is the answer of ECS, once it was read. The roles to read follow from it.
	mu   sync.Mutex
	read *doctor.ECS
}

// runCLI runs the AWS CLI.
func runCLI(ctx context.Context, environment []string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "aws", args...)
	command.Env = environment
	out, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("aws %s %s: %w: %s", args[0], args[1], err, exit.Stderr)
	}
	return out, err
}

// eks reads the cluster through the AWS CLI. The cluster's token needs the CLI anyway, so this saves a library.
func (b *AWS) eks(ctx context.Context, into any, args ...string) error {
	environment, err := b.accounts.Environment(ctx, b.stack.HomeAccount, "")
	if err != nil {
		return err
	}
	out, err := b.evidence.cli(ctx, environment, append([]string{"eks", args[0], "--cluster-name", b.stack.EKSName, "--output", "json"}, args[1:]...)...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("aws eks %s: %w", args[0], err)
	}
	return nil
}

// key is the key of the account with an id, "" if the stack has no such account.
func (b *AWS) key(id string) string {
	for key, a := range b.stack.Accounts {
		if a.ID == id {
			return key
		}
	}
	return ""
}
