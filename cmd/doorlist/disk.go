//go:build linux || darwin

package main

import (
	"path/filepath"
	"syscall"
)

// freeSpace is how many bytes this program may still write to the disk of a file.
func freeSpace(path string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}
