package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/report"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/stack"
)

func (p *program) verify() *cobra.Command {
	var options run.Options
	var format, only, planned, rolling string
	var clean bool
	c := &cobra.Command{
		Use:   "verify",
		Short: "Try everything that the mesh promises",
		Long: text(`
			verify makes every call that the mesh must allow and every call that it must refuse, and prints a table. A
			refused call counts only if a control succeeded that differs in nothing else; an answered call only if the
			access log shows both identities; what could not be tried is undecided, never blocked.

			It changes nothing. With --policies it walks the states of the guide with temporary policies, and puts back
			what was there, also when it is interrupted. With --intrusive it also starts a pod outside the mesh for as
			long as a call takes, and takes the discovery tag from one ECS cluster for a while. With --writes it also sends
			requests that an application may take for an order, such as a POST that a rule is about.

			With --rolling it deploys one ECS service anew, calls it until the deployment is complete, and counts the calls
			that fail.

			With --plan it says which calls that work now a planned change of policies would stop, as istiod would decide.

			A service that its owner keeps (deployedBy: owner) waits to join the mesh until its task definition has a ztunnel, and
			one that is taken over (import: unchanged) until it is enrolled. No case is about it, the report names it, and the
			exit code is that of the rest.

			Exit codes: 0 every case was decided and right, 1 some case is wrong, 2 nothing was tried or the mesh is not
			as it was, 3 nothing is wrong but something is undecided, 130 interrupted.`),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if planned != "" {
				return p.comparePlan(c.Context(), planned, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
			}
			if err := report.Check(format); err != nil {
				return err
			}
			if only != "" {
				pattern, err := regexp.Compile(only)
				if err != nil {
					return fmt.Errorf("--only: %w", err)
				}
				options.Only = pattern
			}
			ctx := c.Context()
			s, b, err := p.connect(ctx, access{readOnly: clean, intrusive: options.Intrusive, unlogged: rolling != "", log: c.ErrOrStderr()})
			if err != nil {
				return err
			}
			if clean {
				return errors.Join(cleanUp(ctx, c, b), b.Close())
			}
			if options.Waiting, err = p.elsewhere(ctx, s); err != nil {
				return errors.Join(err, b.Close())
			}
			progress := newProgress(c.ErrOrStderr())
			defer context.AfterFunc(ctx, progress.interrupted)()
			options.Progress = progress.step
			// The sandbox only models a pod outside the mesh and the application that a request reaches.
			options.Harmless = p.sandbox != ""
			r, err := p.tried(ctx, b, s, rolling, options)
			progress.end()
			err = errors.Join(err, b.Close())
			if r != nil {
				err = errors.Join(report.Write(c.OutOrStdout(), format, r), err)
			}
			if err != nil {
				return err
			}
			if rolling == "" && r.Exit() != run.ExitRight && !r.Interrupted {
				fmt.Fprintln(c.ErrOrStderr(), "`ambient doctor` says what is missing.")
			}
			return status(r.Exit())
		},
	}
	flags := c.Flags()
	flags.BoolVar(&options.Policies, "policies", false, "walk the policy states with temporary policies; needs policyStage permissive in every cluster")
	flags.BoolVar(&options.IfPermissive, "policies-if-permissive", false, "the same, unless the stack has policies of its own")
	flags.BoolVar(&options.Intrusive, "intrusive", false, "also try what needs an extra pod, or takes a part of the mesh away for a while")
	flags.BoolVar(&options.Writes, "writes", false, "also send requests with methods other than GET, HEAD and OPTIONS, which may change something in the application")
	flags.StringVar(&only, "only", "", "run the cases whose id or name matches `REGEXP`, with their controls")
	flags.IntVar(&options.Parallel, "parallel", run.DefaultParallel, "make `N` calls at the same time")
	flags.StringVarP(&format, "output", "o", "table", "`FORMAT`: table, json or junit")
	flags.BoolVar(&clean, "clean", false, "only remove the temporary policies of a run that was killed")
	flags.StringVar(&planned, "plan", "", "make no call: say which calls the change in `FILE` would stop; FILE is what 'pulumi preview --json' prints, - for standard input")
	flags.StringVar(&rolling, "rolling", "", "deploy `CLUSTER/SERVICE` anew, call it until the deployment is complete, and count the calls that fail; nothing else is tried")
	for _, other := range []string{"clean", "plan", "policies", "policies-if-permissive", "intrusive", "writes", "only", "parallel"} {
		c.MarkFlagsMutuallyExclusive("rolling", other)
	}
	for _, other := range []string{"clean", "policies", "policies-if-permissive", "intrusive", "writes", "only", "output"} {
		c.MarkFlagsMutuallyExclusive("plan", other)
	}
	c.MarkFlagsMutuallyExclusive("clean", "policies")
	c.MarkFlagsMutuallyExclusive("clean", "intrusive")
	return c
}

// sandboxPace is how far apart the calls of a rolling update begin in the sandbox, where time runs 200 times as fast.
const sandboxPace = time.Millisecond

// tried runs the cases, or the rolling update of one service.
func (p *program) tried(ctx context.Context, b backend.Backend, s *stack.Stack, rolling string, o run.Options) (*run.Report, error) {
	if rolling == "" {
		return run.Run(ctx, b, s, o)
	}
	if p.sandbox != "" {
		o.Every = sandboxPace
	}
	return run.Rolling(ctx, b, s, rolling, o)
}

func cleanUp(ctx context.Context, c *cobra.Command, b backend.Backend) error {
	names, err := run.Clean(ctx, b)
	switch {
	case err != nil:
		return err
	case len(names) == 0:
		fmt.Fprintln(c.OutOrStdout(), "There are no temporary policies.")
	default:
		fmt.Fprintln(c.OutOrStdout(), "Removed", strings.Join(names, ", "))
	}
	return nil
}

// elsewhere looks at the services that the stack has not enrolled itself. It refuses a run where some have yet to deploy what the mesh gives to
// their tasks: the run would judge the mesh as it was. Waiting are those that have yet to join.
func (p *program) elsewhere(ctx context.Context, s *stack.Stack) (waiting map[string]string, err error) {
	elsewhere := false
	for _, key := range s.ClusterKeys() {
		for _, name := range s.Clusters[key].ServiceKeys() {
			service := s.Clusters[key].Services[name]
			elsewhere = elsewhere || service.Elsewhere() || service.Imported()
		}
	}
	if !elsewhere {
		return nil, nil
	}
	e, err := p.evidence(ctx, p.place, s)
	if err != nil {
		return nil, err
	}
	old, err := doctor.Stale(ctx, e, s)
	if err != nil {
		return nil, err
	}
	var problems []error
	for _, f := range old {
		problems = append(problems, fmt.Errorf("%s: %s", f.Sentence, f.Fix))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return doctor.Waiting(ctx, e, s)
}
