package main

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU times in /proc on Linux (USER_HZ). Other systems tell nothing here, and the table leaves those columns empty.
const tick = 10 * time.Millisecond

// cpuTime is the CPU time that a process and all below it have used, those among its children that have ended included.
func cpuTime(root int) (total time.Duration) {
	parents, used := processes()
	for id := range used {
		for p := id; p > 0; p = parents[p] {
			if p == root {
				total += used[id]
				break
			}
		}
	}
	return total
}

// processes tells of every process its parent and its CPU time.
func processes() (parents map[int]int, used map[int]time.Duration) {
	parents, used = map[int]int{}, map[int]time.Duration{}
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		id, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil {
			continue // it has ended
		}
		parents[id], used[id] = parseStat(string(text))
	}
	return parents, used
}

// parseStat reads the parent and the CPU time of proc_pid_stat(5). The name in parentheses may hold anything.
func parseStat(text string) (parent int, used time.Duration) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 15 {
		return 0, 0
	}
	parent, _ = strconv.Atoi(fields[1])
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		ticks, _ := strconv.ParseInt(field, 10, 64)
		used += time.Duration(ticks) * tick
	}
	return parent, used
}

// resident is the memory that a process has now, in MB; 0 where the system does not tell.
func resident(id int) float64 {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(id) + "/status")
	return parseResident(string(text))
}

func parseResident(status string) float64 {
	_, rest, _ := strings.Cut(status, "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, _ := strconv.ParseFloat(fields[0], 64)
	return kilobytes / 1024
}
