package main

import (
	"cmp"
	"context"
	"encoding/json"
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

// mending is what a call of repair asks for.
type mending struct {
	repair.Options
	yes bool
	// from is the file with an earlier state, whose pending creates are to be mended. forget are names and URNs.
	from   string
	forget []string
}

func (p *program) repair() *cobra.Command {
	var m mending
	c := &cobra.Command{
		Use:   "repair",
		Short: "Mend the state of a stack whose engine was killed while it made something",
		Long: text(`
			repair finds the resources that were made and that Pulumi's state does not know, and puts them into the
			state. It takes only what carries the install's tag, or belongs to a resource that does, and what has the
			inputs that the engine was making. While anything is unsure, it changes nothing: repair again, or use
			--forget, before 'pulumi up'.

			Without --yes it only says what it would do. It changes the state, never AWS, unless --remove is given: then
			it deletes what it has found, so that 'pulumi up' makes it anew. The state of before is kept in a file.

			repair writes the state with 'pulumi stack import', which drops all pending operations. If something turns
			out to be in doubt only then, or an error ends the repair, go on with --from and the file.

			Where an account has an externalId, set it in the variable AMBIENT_EXTERNAL_ID_KEY: KEY is the account's key in
			upper case, with _ for -.

			Exit codes: 0 nothing is left to repair, 1 something is, 2 the stack could not be read or changed.`),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.mend(c.Context(), engine{place: p.place, log: c.ErrOrStderr()}, c.OutOrStdout(), m)
		},
	}
	c.Flags().BoolVarP(&m.yes, "yes", "y", false, "change the state")
	c.Flags().BoolVar(&m.Remove, "remove", false, "delete what is found, instead of keeping it")
	c.Flags().StringVar(&m.from, "from", "", "a `FILE` that an earlier repair has kept: mend what was pending then")
	c.Flags().StringArrayVar(&m.forget, "forget", nil, "forget what is unsure, by name or URN: you have seen to it that there is none")
	return c
}

// finder lists what a place has.
func finder(p place) repair.Finder {
	if p.sandbox != "" {
		return sandboxed.Finder{Folder: p.sandbox}
	}
	return onaws.Finder{}
}

func (p *program) mend(ctx context.Context, e repair.Engine, out io.Writer, m mending) error {
	now, err := e.Export(ctx)
	if err != nil {
		return err
	}
	s, before, err := m.read(now)
	if err != nil {
		return err
	}
	m.Role = p.role
	all, err := repair.Plan(ctx, s, p.finder(p.place), m.Options)
	if err != nil {
		return err
	}
	if all, err = repair.Dismiss(all, m.forget); err != nil {
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
	if doubts := countUnsure(all); doubts > 0 || !m.yes {
		printDecisions(out, all)
		fmt.Fprintln(out, "\n"+whyNothingChanged(doubts))
		return status(run.ExitWrong)
	}
	kept, err := p.keep(before)
	if err != nil {
		return err
	}
	// A killed engine would leave its lock. An interrupt from a terminal reaches the engine itself, which then ends in order.
	all, err = repair.Apply(context.WithoutCancel(ctx), e, now, all, m.Options)
	printDecisions(out, all)
	fmt.Fprintf(out, "\nThe state of before is in %s.\n", kept)
	if errors.Is(err, repair.ErrDropped) {
		fmt.Fprintf(out, "The stack has no pending creates any more, because a stack import drops them. Before `pulumi up`, mend what is left:\n  ambient repair --from %s\n", kept)
	}
	switch {
	case errors.Is(err, repair.ErrUnsure):
		fmt.Fprintf(out, "%d of %d are unsure, the others are mended. What you know not to be this stack's needs no repair.\n", countUnsure(all), len(all))
		return status(run.ExitWrong)
	case err == nil:
		fmt.Fprintln(out, "The state is mended. Go on with `pulumi up`.")
	}
	return err
}

// role is the role of an account in the stack file, with the external id of the environment.
func (p *program) role(account string) (role repair.Role, known bool, err error) {
	value, file, err := p.settings()
	if err != nil || value("accounts") == "" {
		return role, false, err
	}
	var accounts map[string]struct{ RoleARN, SessionName string }
	if err := json.Unmarshal([]byte(value("accounts")), &accounts); err != nil {
		return role, false, fmt.Errorf("%s: accounts: %w", file, err)
	}
	a := accounts[account]
	return repair.Role{ARN: a.RoleARN, ExternalID: os.Getenv(repair.ExternalIDVariable(account)), Session: a.SessionName}, a.RoleARN != "", nil
}

// read is the stack's state, with the pending creates of the file where one is named. before is the same as text.
func (m mending) read(now []byte) (s *repair.State, before []byte, err error) {
	if s, err = repair.Parse(now); err != nil || m.from == "" {
		return s, now, err
	}
	earlier, err := os.ReadFile(m.from)
	if err != nil {
		return nil, nil, fmt.Errorf("read the state of before: %w", err)
	}
	if err := s.Resume(earlier); err != nil {
		return nil, nil, fmt.Errorf("--from %s: %w", m.from, err)
	}
	before, err = s.Encode()
	return s, before, err
}

func countUnsure(all []repair.Decision) (n int) {
	for _, d := range all {
		if d.Action == repair.Unsure {
			n++
		}
	}
	return n
}

// whyNothingChanged says why a repair has changed nothing, and what to do.
func whyNothingChanged(doubts int) string {
	if doubts == 0 {
		return "Nothing was changed. If no other `pulumi` works on this stack, --yes does this."
	}
	return fmt.Sprintf("Nothing was changed, because %d are unsure, and a repair of the others would drop them from the state. "+
		"Before `pulumi up`, repair again with --yes: when each is certain, or with --forget NAME for those of which you know that there is none.", doubts)
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
