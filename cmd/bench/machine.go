package main

import (
	"os"
	"runtime"
	"strings"
)

// machine is where something was measured.
type machine struct {
	System string `json:"system"`
	CPU    string `json:"cpu,omitempty"`
	Cores  int    `json:"cores"`
	Go     string `json:"go"`
	Load   string `json:"load,omitempty"` // of the last 1, 5 and 15 minutes, when the run began
}

func thisMachine() machine {
	m := machine{System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version()}
	cpus, _ := os.ReadFile("/proc/cpuinfo")
	if _, rest, found := strings.Cut(string(cpus), "model name"); found {
		line, _, _ := strings.Cut(rest, "\n")
		m.CPU = strings.TrimSpace(strings.TrimLeft(line, "\t :"))
	}
	load, _ := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(load)); len(fields) > 3 {
		m.Load = strings.Join(fields[:3], " ")
	}
	return m
}
