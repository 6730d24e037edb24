//go:build unix

package main

import "syscall"

// mostConnections is how many clients the process has file descriptors for. Go has raised the limit as far as it may.
func mostConnections() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return maxConnections
	}
	descriptors := int(min(uint64(limit.Cur), 1<<20))
	return min(max(descriptors-keptDescriptors, descriptors/2), maxConnections)
}
