package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ambient-ecs/verify/onaws"
	"ambient-ecs/verify/repair"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/sandboxed"
)

func (p *program) repair() *cobra.Command {
	var yes, remove bool
	var forget []string
	c := &cobra.Command{
		Use:   "repair",
		Short: "Mend the state of a stack whose engine was killed while it made something",
		Long: text(`
			repair finds the resources that were made and that Pulumi's state does not know, and puts them into the
			state. It takes only what carries the install's tag, or belongs to a resource that does, and what has the
			inputs that the engine was making. What is in doubt stays pending: repair again before 'pulumi up'.

			Without --yes it only says what it would do. It changes the state, never AWS, unless --remove is given: then
			it deletes what it has found, so that 'pulumi up' makes it anew. The state of before is kept in a file.

			Exit codes: 0 nothing is left to repair, 1 something is, 2 the stack could not be read or changed.`),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			e := engine{place: p.place, log: c.ErrOrStderr()}
			return p.mend(c.Context(), e, c.OutOrStdout(), yes, repair.Options{Remove: remove}, forget...)
		},
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "change the state")
	c.Flags().BoolVar(&remove, "remove", false, "delete what is found, instead of keeping it")
	c.Flags().StringArrayVar(&forget, "forget", nil, "forget what is unsure, by name or URN: you have seen to it that there is none")
	return c
}

// finder lists what a place has.
func finder(p place) repair.Finder {
	if p.sandbox != "" {
		return sandboxed.Finder{Folder: p.sandbox}
	}
	return onaws.Finder{}
}

func (p *program) mend(ctx context.Context, e repair.Engine, out io.Writer, yes bool, o repair.Options, forget ...string) error {
	before, err := e.Export(ctx)
	if err != nil {
		return err
	}
	s, err := repair.Parse(before)
	if err != nil {
		return err
	}
	all, err := repair.Plan(ctx, s, p.finder(p.place))
	if err != nil {
		return err
	}
	if all, err = repair.Dismiss(all, forget); err != nil {
		return err
	}
	for _, pending := range s.Pending() {
		if pending.Operation != repair.Creating {
			fmt.Fprintf(out, "%-8s %s %s: `pulumi up` does it again\n", pending.Operation, pending.Type, pending.Name)
		}
	}
	if len(all) == 0 {
		fmt.Fprintln(out, "Nothing was being made when the engine stopped.")
		return nil
	}
	if !yes {
		printDecisions(out, all)
		fmt.Fprintln(out, "\nNothing was changed. If no other `pulumi` works on this stack, --yes does this.")
		return status(run.ExitWrong)
	}
	kept, err := p.keep(before)
	if err != nil {
		return err
	}
	// A killed engine would leave its lock. An interrupt from a terminal reaches the engine itself, which then ends in order.
	all, err = repair.Apply(context.WithoutCancel(ctx), e, before, all, o)
	printDecisions(out, all)
	fmt.Fprintf(out, "\nThe state of before is in %s.\n", kept)
	if errors.Is(err, repair.ErrUnsure) {
		fmt.Fprintln(out, whatIsLeft(all))
		return status(run.ExitWrong)
	}
	if err == nil {
		fmt.Fprintln(out, "The state is mended. Go on with `pulumi up`.")
	}
	return err
}

// whatIsLeft says what is left to do after a repair with doubts.
func whatIsLeft(all []repair.Decision) string {
	doubts := 0
	for _, d := range all {
		if d.Action == repair.Unsure {
			doubts++
		}
	}
	if doubts == len(all) {
		return "Nothing was changed, because no resource is certain. Repair again before `pulumi up`."
	}
	return fmt.Sprintf("The state is mended but for %d that are unsure and still pending. Repair again before `pulumi up`.", doubts)
}

// keep writes a state into a new file that only its owner may read. It holds what a state holds, secrets encrypted.
func (p *program) keep(state []byte) (name string, err error) {
	name = filepath.Join(p.project, fmt.Sprintf("%s.%s.before-repair.json", cmp.Or(p.stack, p.defaultStack(), "stack"), time.Now().UTC().Format("20060102T150405.000000")))
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("keep the state of before: %w", err)
	}
	_, err = file.Write(state)
	if err := errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("keep the state of before: %w", err)
	}
	return name, nil
}

func printDecisions(out io.Writer, all []repair.Decision) {
	order := []repair.Action{repair.Take, repair.Surplus, repair.Forget, repair.Unsure}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b repair.Decision) int {
		return cmp.Or(slices.Index(order, a.Action)-slices.Index(order, b.Action), cmp.Compare(a.Type+a.Name, b.Type+b.Name))
	})
	for _, d := range all {
		fmt.Fprintf(out, "%-8s %s %s", d.Action, d.Type, d.Name)
		if d.ID != "" {
			fmt.Fprintf(out, " (%s)", d.ID)
		}
		fmt.Fprintf(out, ": %s\n", d.Why)
	}
}
