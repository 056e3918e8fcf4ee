//go:build engine

package lifecycle

import (
	"context"
	"sync"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// work lets the sandbox's clouds work between two commands until done says so, or for a minute.
func (s *stack) work(done func(tx *world.Tx) (bool, error)) error {
	s.t.Helper()
	w, err := world.Open(s.state)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			s.t.Fatal(err)
		}
	}()
	w.Control(aws.Controllers(mesh.Readiness)...)
	w.Control(kubernetes.Controllers()...)
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	return w.Wait(ctx, done)
}

// comes lets the sandbox's clouds work until what comes has come. The test ends if that takes longer than a minute.
func (s *stack) comes(what string, here func(tx *world.Tx) bool) {
	s.t.Helper()
	if err := s.work(func(tx *world.Tx) (bool, error) { return here(tx), nil }); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

// deployed lets ECS work until the last deployment of a service is complete.
func (s *stack) deployed(service string) {
	s.t.Helper()
	s.comes("the deployment of "+service+" ends", func(tx *world.Tx) bool {
		state := ""
		for _, r := range tx.Find(home, aws.ServiceKind, aws.Has("name", service)) {
			for _, d := range api.Maps(r.Props, "_deployments") {
				state += api.String(d, "rolloutState") + " "
			}
		}
		return state == "COMPLETED "
	})
}

// meanwhile looks at the sandbox's world again and again until run has returned, once at least, and returns how often it looked.
func (s *stack) meanwhile(look func(tx *world.Tx), run func()) (looks int) {
	s.t.Helper()
	follower := world.Follow(s.state)
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		defer follower.Close()
		for {
			if err := follower.Look(look); err != nil {
				s.t.Error(err)
				return
			}
			looks++
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	run()
	close(stop)
	watch.Wait()
	return looks
}
