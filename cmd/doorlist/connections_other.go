//go:build !unix

package main

// mostConnections is how many clients there may be.
func mostConnections() int { return maxConnections }
