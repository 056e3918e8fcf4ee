package onaws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"sync"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/connect"
	"ambient-ecs/verify/onaws/proxy"
	"ambient-ecs/verify/stack"
)

// The defaults of Options.
const (
	DefaultLogWait = 45 * time.Second
	DefaultSettle  = 5 * time.Second
	DefaultWait    = 2 * time.Minute
)

// Options are the settings of the back end. The zero value is valid.
type Options struct {
	// ReadOnly promises that no call is made, so the session manager plugin is not needed. Without the plugin, the
	// certificates of tasks are left out.
	ReadOnly bool
	// Intrusive allows it to run a pod of its own, outside the mesh, where the stack has none.
	Intrusive bool
	// LogWait is how long to wait for the access log of an answered call; CloudWatch shows a line seconds after
	// it was written. Negative: do not look for identities.
	LogWait time.Duration
	// Settle is how long to wait for the ztunnels of the tasks after every ztunnel of the nodes has a policy. istiod
	// sends a policy to all at once, but the ztunnels of tasks cannot be watched from outside.
	Settle time.Duration
	// Wait is the time limit for a policy, a gateway or a pod to become ready.
	Wait time.Duration
	// Log gets a line for every slow step. Nil means no log.
	Log io.Writer
}

func (o Options) withDefaults() Options {
	if o.LogWait == 0 {
		o.LogWait = DefaultLogWait
	}
	if o.Settle == 0 {
		o.Settle = DefaultSettle
	}
	if o.Wait == 0 {
		o.Wait = DefaultWait
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	return o
}

// AWS is the back end.
type AWS struct {
	stack    *stack.Stack
	options  Options
	accounts *connect.Accounts
	cluster  *connect.Cluster
	terminal Terminal
	// sessions says whether the session manager plugin is installed.
	sessions bool
	// dump reads the config dump of every ztunnel on the nodes, by the name of its pod.
	dump func(context.Context) (map[string]proxy.Dump, error)
	// changeWait and discoveryWait are the constants of these names, or less in tests.
	changeWait, discoveryWait time.Duration

	evidence evidence

	mu      sync.Mutex
	outside map[string]bool // "namespace/pod" of pods that the verifier made
}

var _ backend.Backend = (*AWS)(nil)

// Open prepares everything and checks it first: the programs that are needed, credentials of each account, and the
// Kubernetes API. It reports all problems at once.
func Open(ctx context.Context, s *stack.Stack, options Options) (*AWS, error) {
	problems := []error{programs(exec.LookPath, !options.ReadOnly && len(s.Clusters) > 0)}
	accounts, err := connect.OpenAccounts(ctx, s)
	problems = append(problems, err)
	if accounts != nil {
		problems = append(problems, accounts.CheckAll(ctx))
	}
	kubernetes, err := connect.OpenCluster(s.Kubeconfig)
	problems = append(problems, err)
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("this machine cannot verify the stack on AWS:\n%w", err)
	}
	return newAWS(s, options, accounts, kubernetes), nil
}

func newAWS(s *stack.Stack, options Options, accounts *connect.Accounts, kubernetes *connect.Cluster) *AWS {
	b := &AWS{
		stack: s, options: options.withDefaults(), accounts: accounts, cluster: kubernetes,
		terminal: pseudoTerminal{}, outside: map[string]bool{}, changeWait: changeWait, discoveryWait: discoveryWait, evidence: evidence{cli: runCLI},
	}
	b.dump = b.nodeDumps
	_, missing := exec.LookPath(plugin)
	b.sessions = missing == nil
	return b
}

// plugin is the program that the AWS CLI starts for ECS Exec.
const plugin = "session-manager-plugin"

// programs checks that the programs that the back end starts are installed.
func programs(find func(string) (string, error), session bool) error {
	var problems []error
	if _, err := find("aws"); err != nil {
		problems = append(problems, errors.New("the AWS CLI is missing (`aws` is not on PATH): it gets the cluster's token and runs ECS Exec. See https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"))
	}
	if _, err := find(plugin); err != nil && session {
		problems = append(problems, errors.New("the Session Manager plugin of the AWS CLI is missing (`session-manager-plugin` is not on PATH): ECS Exec needs it. See https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"))
	}
	return errors.Join(problems...)
}

// Name is the name of the back end.
func (b *AWS) Name() string { return "aws" }

// Close deletes the pods that it made.
func (b *AWS) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	// It needs its own context, because it also runs after an interrupt of the caller.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(b.outside)) {
		namespace, pod := cutSlash(name)
		if err := b.cluster.DeletePod(ctx, namespace, pod); err != nil {
			problems = append(problems, err)
			continue
		}
		delete(b.outside, name)
	}
	return errors.Join(problems...)
}

func (b *AWS) say(format string, values ...any) {
	fmt.Fprintf(b.options.Log, format+"\n", values...)
}
