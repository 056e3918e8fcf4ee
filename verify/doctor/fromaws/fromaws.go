// Package fromaws reads the doctor's evidence from real accounts and the cluster. It only reads.
//
// EKS's add-ons and Pod Identity associations come from the AWS CLI, which is needed for the cluster's token anyway: one library less.
package fromaws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"sync"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/onaws/account"
	"ambient-ecs/verify/onaws/cluster"
	"ambient-ecs/verify/stack"
)

type evidence struct {
	stack    *stack.Stack
	accounts *account.Set
	cluster  *cluster.Cluster
	// cli runs the AWS CLI with an account's credentials and returns what it printed.
	cli func(ctx context.Context, environment []string, args ...string) ([]byte, error)

	// read is what ECS said, once it was asked: the roles to read follow from it.
	mu   sync.Mutex
	read *doctor.ECS
}

// Open reads a stack. It checks first that there are credentials for every account, and reports all problems at once.
func Open(ctx context.Context, s *stack.Stack) (doctor.Evidence, error) {
	var problems []error
	if _, err := exec.LookPath("aws"); err != nil {
		problems = append(problems, errors.New("the AWS CLI is missing (`aws` is not on PATH): it gets the cluster's token"))
	}
	accounts, err := account.Open(ctx, s)
	problems = append(problems, err)
	if accounts != nil {
		problems = append(problems, accounts.CheckAll(ctx))
	}
	kubernetes, err := cluster.Open(s.Kubeconfig)
	problems = append(problems, err)
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("this machine cannot read the stack on AWS:\n%w", err)
	}
	return &evidence{stack: s, accounts: accounts, cluster: kubernetes, cli: cli}, nil
}

func cli(ctx context.Context, environment []string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "aws", args...)
	command.Env = environment
	out, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("aws %s %s: %w: %s", args[0], args[1], err, exit.Stderr)
	}
	return out, err
}

// eks asks the AWS CLI about the cluster.
func (e *evidence) eks(ctx context.Context, into any, args ...string) error {
	environment, err := e.accounts.Environment(ctx, e.stack.HomeAccount, "")
	if err != nil {
		return err
	}
	out, err := e.cli(ctx, environment, append([]string{"eks", args[0], "--cluster-name", e.stack.EKSName, "--output", "json"}, args[1:]...)...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("aws eks %s: %w", args[0], err)
	}
	return nil
}

// key is the key of the account with an id, "" if it is none of the stack's.
func (e *evidence) key(id string) string {
	for key, a := range e.stack.Accounts {
		if a.ID == id {
			return key
		}
	}
	return ""
}

var _ doctor.Evidence = (*evidence)(nil)
