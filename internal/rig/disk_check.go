package rig

import "fmt"

// readsWhileFull are the requests that only read, and that began and ended while nothing but the disk was wrong.
func (h *History) readsWhileFull() (list []Call) {
	for _, f := range h.Faults {
		if f.What != diskFull {
			continue
		}
		for _, c := range h.Calls {
			if (c.Do == Read || c.Do == Verify) && c.Start >= f.Start && c.End <= f.End {
				list = append(list, c)
			}
		}
	}
	return list
}

// checkFullDisk: who may enter is told on a full disk as ever. That is SQLite's: PostgreSQL ends itself where it cannot write its log.
func checkFullDisk(h *History) (found []string) {
	if h.Run.Database != SQLite {
		return nil
	}
	for _, c := range h.readsWhileFull() {
		if c.Outcome == Unknown {
			found = append(found, fmt.Sprintf("nothing is told while the disk is full: %s", c))
		}
	}
	return found
}
