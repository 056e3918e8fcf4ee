package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"ambient-ecs/verify/run"
)

// progress shows on standard error how far a run is. A terminal gets one line that changes, any other output one
// line for each state.
type progress struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	written  bool
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

func (p *progress) step(s run.Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.terminal:
		p.written = true
		fmt.Fprintf(p.out, "\r\033[K%d of %d calls, %s: %s %s", s.Done, s.Total, s.State, s.What, s.Outcome)
	case s.What == "":
		fmt.Fprintf(p.out, "%d of %d calls made, next: %s\n", s.Done, s.Total, s.State)
	}
}

// end clears the line that changes.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.written {
		fmt.Fprint(p.out, "\r\033[K")
		p.written = false
	}
}

func (p *progress) interrupted() {
	p.end()
	fmt.Fprintln(p.out, "Interrupted: putting the mesh back as it was. This takes a moment.")
}
