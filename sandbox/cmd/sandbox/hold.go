package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"ambient-ecs/sandbox/provider"
)

// heldFile lists in the state folder which calls are held, one a line.
const heldFile = "held"

// hold keeps the engine from the answer to calls that did their work. A test kills the engine then: the cloud has changed, and
// the engine does not know it.
type hold struct {
	file string

	mu sync.Mutex
	// calls are the calls that are still to be held, for example "create aws:ec2/vpc:Vpc", or "create aws:ec2/vpc:Vpc vpc-external" for one of
	// the type.
	calls []string
}

func newHold(state string, calls []string) (*hold, error) {
	h := &hold{file: filepath.Join(state, heldFile), calls: calls}
	if err := os.Remove(h.file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("forget the calls that were held before: %w", err)
	}
	return h, nil
}

// answer returns err, or never returns for the first call of each kind that is to be held.
func (h *hold) answer(ctx context.Context, operation string, r provider.Resource, err error) error {
	call := operation + " " + r.Token
	h.mu.Lock()
	at := slices.IndexFunc(h.calls, func(one string) bool { return one == call || one == call+" "+r.Name })
	if r.Preview || err != nil || at < 0 {
		h.mu.Unlock()
		return err
	}
	call = h.calls[at]
	h.calls = slices.Delete(h.calls, at, at+1)
	err = h.write(call)
	h.mu.Unlock()
	if err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

func (h *hold) write(call string) error {
	file, err := os.OpenFile(h.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("say that %s is held: %w", call, err)
	}
	_, err = fmt.Fprintln(file, call)
	return errors.Join(err, file.Close())
}

// heldPackage is a package whose calls may be held.
type heldPackage struct {
	provider.Package
	hold *hold
}

func (p heldPackage) Open(ctx context.Context, args map[string]any) (provider.Session, error) {
	session, err := p.Package.Open(ctx, args)
	if err != nil {
		return nil, err
	}
	return heldSession{session, p.hold}, nil
}

type heldSession struct {
	provider.Session
	hold *hold
}

func (s heldSession) Create(ctx context.Context, r provider.Resource) (string, map[string]any, error) {
	id, state, err := s.Session.Create(ctx, r)
	return id, state, s.hold.answer(ctx, "create", r, err)
}

func (s heldSession) Update(ctx context.Context, r provider.Resource) (map[string]any, error) {
	state, err := s.Session.Update(ctx, r)
	return state, s.hold.answer(ctx, "update", r, err)
}

func (s heldSession) Delete(ctx context.Context, r provider.Resource) error {
	return s.hold.answer(ctx, "delete", r, s.Session.Delete(ctx, r))
}
