//go:build engine

package lifecycle

import (
	"sync"
	"time"

	"ambient-ecs/sandbox/world"
)

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
