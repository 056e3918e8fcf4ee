package component

import (
	"testing"
	"time"
)

func TestOnlyWhatIsLateIsSpokenOf(t *testing.T) {
	complete, late := make(chan struct{}), make(chan time.Time, 1)
	close(complete)
	speak(complete, late, func() { t.Error("it spoke of what is complete") })

	late <- time.Time{}
	spoke := false
	speak(make(chan struct{}), late, func() { spoke = true })
	if !spoke {
		t.Error("it did not speak of what is late")
	}
}
