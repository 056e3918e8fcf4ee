package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// engine runs the Pulumi engine on the stack of a place: with pulumi, or with bin/sandbox in a sandbox.
type engine struct {
	place
	// log gets what the engine prints.
	log io.Writer
}

// Export is the stack's state, secrets encrypted.
func (e engine) Export(ctx context.Context) ([]byte, error) {
	return e.run(ctx, nil, "stack", "export")
}

// Import makes state the stack's. The command drops every pending operation.
func (e engine) Import(ctx context.Context, state []byte) error {
	_, err := e.run(ctx, state, "stack", "import")
	return err
}

// Refresh reads resources into the state. Pending creates stay as they are.
func (e engine) Refresh(ctx context.Context, urns []string) error {
	return e.targets(ctx, urns, "refresh", "--skip-pending-creates")
}

// Destroy deletes resources.
func (e engine) Destroy(ctx context.Context, urns []string) error {
	return e.targets(ctx, urns, "destroy")
}

func (e engine) targets(ctx context.Context, urns []string, command ...string) error {
	command = append(command, "--yes", "--skip-preview", "--non-interactive")
	for _, urn := range urns {
		command = append(command, "--target", urn)
	}
	out, err := e.run(ctx, nil, command...)
	_, _ = e.log.Write(out)
	return err
}

func (e engine) run(ctx context.Context, in []byte, args ...string) ([]byte, error) {
	name, all, err := e.pulumi(args...)
	if err != nil {
		return nil, err
	}
	what := strings.Join(args[:min(2, len(args))], " ")
	cmd := exec.CommandContext(ctx, name, all...)
	cmd.Dir = e.project
	cmd.Stdin = bytes.NewReader(in)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		// A failed update explains itself on standard output.
		return nil, fmt.Errorf("%s %s: %w: %s", filepath.Base(name), what, err, strings.TrimSpace(said.String()+"\n"+out.String()))
	}
	return out.Bytes(), nil
}
