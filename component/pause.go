package component

import (
	"context"
	"os"
	"strconv"
	"time"
)

// TimeFactor is the environment variable that says how many times faster than AWS the cloud is. The sandbox sets it. Without it, time is
// AWS's.
const TimeFactor = "AMBIENT_ECS_TIME_FACTOR"

// pause waits for a duration of AWS, and reports whether it was not cut short by the end of ctx.
func pause(ctx context.Context, d time.Duration) bool {
	if factor, err := strconv.Atoi(os.Getenv(TimeFactor)); err == nil && factor > 1 {
		d /= time.Duration(factor)
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
