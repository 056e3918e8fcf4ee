//go:build engine

package lifecycle

import (
	"sync"
	"time"
)

// meanwhile looks again and again until run has returned, once at least, and returns how often it looked.
func meanwhile(every time.Duration, look, run func()) (looks int) {
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			look()
			looks++
			select {
			case <-stop:
				return
			case <-time.After(every):
			}
		}
	})
	run()
	close(stop)
	watch.Wait()
	return looks
}
