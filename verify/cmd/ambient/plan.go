package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"ambient-ecs/verify/plan"
	"ambient-ecs/verify/run"
)

// comparePlan prints which calls a planned change would stop. The plan is a file, or standard input for "-".
func (p *program) comparePlan(ctx context.Context, file string, in io.Reader, out, log io.Writer) error {
	// Read the whole plan before the mesh is opened. The command that prints the plan may lock the sandbox until it
	// ends.
	printed, err := readPlan(file, in)
	if err != nil {
		return err
	}
	change, err := plan.Read(printed)
	if err != nil {
		return err
	}
	s, b, err := p.connect(ctx, access{readOnly: true, log: log})
	if err != nil {
		return err
	}
	flows, err := plan.Compare(ctx, b, s, change)
	if err := errors.Join(err, b.Close()); err != nil {
		return err
	}
	if err := plan.Write(out, change, flows); err != nil {
		return err
	}
	if slices.ContainsFunc(flows, plan.Flow.Stops) {
		return status(run.ExitWrong)
	}
	return nil
}

func readPlan(file string, in io.Reader) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(in)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return data, nil
}
