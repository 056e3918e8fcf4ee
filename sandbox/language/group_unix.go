//go:build unix

package language

import (
	"os/exec"
	"syscall"
	"time"
)

// ownGroup keeps an interrupt at the terminal away from the program: the engine decides when it ends.
// Whatever the program has started ends with it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
}
