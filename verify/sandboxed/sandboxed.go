package sandboxed

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/lock"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/policy"
	"ambient-ecs/verify/stack"
)

// Backend is the sandbox as a place that runs a mesh.
type Backend struct {
	world *world.World
	stack *stack.Stack
	close func() error
	// istiod is what istiod says about the world in a revision. The world's lock guards both.
	istiod   *policy.Istiod
	revision uint64
}

// istiods are kept for the whole process: most calls change nothing that istiod reads, and sandboxes are much alike.
var istiods policy.Cache

var (
	_ backend.Backend    = (*Backend)(nil)
	_ backend.Disturber  = (*Backend)(nil)
	_ backend.Redeployer = (*Backend)(nil)
	_ backend.Surveyor   = (*Backend)(nil)
	_ backend.Watcher    = (*Backend)(nil)
	_ doctor.Evidence    = (*Backend)(nil)
	_ doctor.Watcher     = (*Backend)(nil)
)

// Exists says why there is no sandbox in a folder, nil if there is one.
func Exists(folder string) error {
	_, err := os.Stat(filepath.Join(folder, world.File))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no sandbox in %s: bring one up first", folder)
	case err != nil:
		return fmt.Errorf("open the sandbox: %w", err)
	}
	return nil
}

// Open opens the sandbox that is kept in a folder. While it is open no other command can use that folder.
func Open(folder string, s *stack.Stack) (backend.Backend, error) {
	if err := Exists(folder); err != nil {
		return nil, err
	}
	unlock, err := lock.Take(folder)
	if err != nil {
		return nil, err
	}
	w, err := world.Open(folder)
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	w.Control(aws.Controllers(mesh.Readiness)...)
	w.Control(kubernetes.Controllers()...)
	b, err := New(w, s)
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	b.close = func() error { return errors.Join(w.Close(), unlock()) }
	return b, nil
}

// Read opens the sandbox in a folder to read facts. Its controllers do not run meanwhile, and other commands may use it.
func Read(folder string, s *stack.Stack) (*Backend, error) {
	w, err := world.Open(folder)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	return New(w, s)
}

// New is a back end for a world that the caller has opened, with its controllers, and that the caller closes.
func New(w *world.World, s *stack.Stack) (*Backend, error) {
	b := &Backend{world: w, stack: s}
	err := w.Look(func(tx *world.Tx) error {
		if !slices.Contains(tx.Clusters(), s.EKSArn) {
			return fmt.Errorf("the sandbox has no EKS cluster %s: the stack's outputs are not of this sandbox", s.EKSArn)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Name is "sandbox".
func (b *Backend) Name() string { return "sandbox" }

// Close lets the sandbox's controllers finish, and releases the folder for other commands.
func (b *Backend) Close() error {
	if b.close == nil {
		return nil
	}
	return b.close()
}

// look runs a question against the world as it is now.
func (b *Backend) look(ask func(m *model) error) error {
	return b.world.Look(func(tx *world.Tx) error {
		c := api.At(tx, b.stack.EKSArn)
		if b.istiod == nil || b.revision != tx.Revision() {
			var err error
			if b.istiod, err = istiodOf(c); err != nil {
				return err
			}
			b.revision = tx.Revision()
		}
		return ask(&model{Tx: tx, cluster: c, stack: b.stack, istiod: b.istiod})
	})
}

// istiodOf is istiod's configuration for the cluster's objects.
func istiodOf(c *api.Cluster) (*policy.Istiod, error) {
	var objects []backend.Object
	for _, o := range c.Tx.Objects(c.ARN) {
		if !policy.Reads(o) {
			continue
		}
		if api.KindOf(o) == api.PodKind && api.Annotations(o)[redirection] != "" && !captured(c, o) {
			o = api.Copy(o)
			api.Unset(o, "metadata", "annotations", redirection)
		}
		objects = append(objects, o)
	}
	return istiods.Get(objects)
}

// model is one question's view of the world.
type model struct {
	*world.Tx
	cluster *api.Cluster
	stack   *stack.Stack
	istiod  *policy.Istiod
}
