//go:build unix

package entra

import (
	"syscall"
	"time"
)

// processCPU is the CPU time that this process has used, in user and system mode.
func processCPU() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
