package main

import (
	"strings"
	"testing"
	"time"

	"doorlist/store/storetest"
)

func TestE2E_HistoryTellsRolesOfTheDay(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		today := time.Now().UTC().Format(time.DateOnly)
		for _, args := range [][]string{
			{"--on", today}, {"rita.reader@contoso.com", "--on", today}, {"rita.reader@contoso.com"},
		} {
			if said := w.terminal.do(append([]string{"history", "--org", "contoso"}, args...)...); !strings.Contains(said, "reader, from group") {
				t.Errorf("history %v says nothing of the role reader:\n%s", args, said)
			}
		}
		for _, args := range [][]string{{"--on", "2999-01-01"}, {"--on", "soon"}, nil} {
			w.terminal.fails(exitUsage, append([]string{"history", "--org", "contoso"}, args...)...)
		}
		w.terminal.fails(exitFailed, "history", "nobody", "--org", "contoso")
	})
}
