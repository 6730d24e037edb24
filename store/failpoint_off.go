//go:build !failpoints

package store

func failpoint(string) error { return nil }
