//go:build !unix

package entra

import "time"

// processCPU is not known here; rows then say 0.
func processCPU() time.Duration { return 0 }
