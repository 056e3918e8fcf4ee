package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/onaws"
	"ambient-ecs/verify/sandboxed"
	"ambient-ecs/verify/stack"
)

// place names the mesh that a command works on.
type place struct {
	// stack is the Pulumi stack. sandbox is the sandbox's state folder, file the file of outputs, project the folder
	// of Pulumi.yaml.
	stack, sandbox, file, project string
	// services are files with the outputs of other teams' stacks.
	services []string
}

type (
	opener         func(ctx context.Context, p place, s *stack.Stack, a access) (backend.Backend, error)
	evidenceReader func(ctx context.Context, p place, s *stack.Stack) (doctor.Evidence, error)
	outputReader   func(ctx context.Context, p place) ([]byte, error)
)

// defaultStack is the stack of the sandbox where none is named.
const defaultStack = "dev"

// access is what a command needs from a back end.
type access struct {
	// readOnly: the command makes no call. intrusive: it may start a pod of its own.
	readOnly, intrusive bool
	// unlogged: no identity is looked up, so a call takes no longer than its answer.
	unlogged bool
	// log gets a line for every slow step.
	log io.Writer
}

// open opens the back end of a place.
func open(ctx context.Context, p place, s *stack.Stack, a access) (backend.Backend, error) {
	if p.sandbox != "" {
		return sandboxed.Open(p.sandbox, s)
	}
	options := onaws.Options{ReadOnly: a.readOnly, Intrusive: a.intrusive, Log: a.log}
	if a.unlogged {
		options.LogWait = -1
	}
	return onaws.Open(ctx, s, options)
}

// evidence reads the doctor's evidence.
func evidence(ctx context.Context, p place, s *stack.Stack) (doctor.Evidence, error) {
	if p.sandbox != "" {
		return sandboxed.Read(p.sandbox, s)
	}
	return onaws.Open(ctx, s, onaws.Options{ReadOnly: true})
}

// connect reads the stack and opens its back end.
func (p *program) connect(ctx context.Context, a access) (*stack.Stack, backend.Backend, error) {
	s, err := p.read(ctx)
	if err != nil {
		return nil, nil, err
	}
	b, err := p.open(ctx, p.place, s, a)
	return s, b, err
}

func (p *program) read(ctx context.Context) (*stack.Stack, error) {
	data, err := p.outputs(ctx, p.place)
	if err != nil {
		return nil, err
	}
	s, err := stack.Parse(data)
	if err != nil {
		return nil, err
	}
	for _, file := range p.services {
		theirs, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the outputs of another stack: %w", err)
		}
		if err := s.Join(theirs); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return s, nil
}

// outputs reads the stack's outputs, secrets included: the kubeconfig is one.
func outputs(ctx context.Context, p place) ([]byte, error) {
	switch p.file {
	case "":
	case "-":
		return io.ReadAll(os.Stdin)
	default:
		data, err := os.ReadFile(p.file)
		if err != nil {
			return nil, fmt.Errorf("read the stack's outputs: %w", err)
		}
		return data, nil
	}
	name, args, err := p.pulumi("stack", "output", "--json", "--show-secrets")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = p.project
	var said bytes.Buffer
	cmd.Stderr = &said
	data, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("read the stack's outputs with %s: %w: %s", filepath.Base(name), err, strings.TrimSpace(said.String()))
	}
	return data, nil
}

// pulumi is a command of Pulumi's about the stack: its program and all of its arguments.
func (p place) pulumi(command ...string) (name string, args []string, err error) {
	name, first, err := p.engine()
	args = append(first, command...)
	if stack := cmp.Or(p.stack, p.defaultStack()); stack != "" {
		args = append(args, "--stack", stack)
	}
	return name, args, err
}

// defaultStack is the stack of a place that names none, "" for the one that pulumi has selected.
func (p place) defaultStack() string {
	if p.sandbox == "" {
		return ""
	}
	return defaultStack
}

// engine is the program that runs the Pulumi engine, with its first arguments.
func (p place) engine() (name string, args []string, err error) {
	if p.sandbox == "" {
		name, err := exec.LookPath("pulumi")
		if err != nil {
			return "", nil, errors.New("pulumi is not on PATH: give the stack's outputs with --outputs FILE, or name a sandbox with --sandbox DIR")
		}
		return name, nil, nil
	}
	state, err := filepath.Abs(p.sandbox)
	if err != nil {
		return "", nil, err
	}
	if err := sandboxed.Exists(p.sandbox); err != nil {
		return "", nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	// The sandbox is built next to this command.
	name = filepath.Join(filepath.Dir(self), "sandbox")
	if _, err := os.Stat(name); err != nil {
		return "", nil, fmt.Errorf("the sandbox's own command is not beside this one: %w: build it with make, or give the outputs with --outputs FILE", err)
	}
	return name, []string{"-state", state}, nil
}
