package postgres_test

import (
	"bufio"
	"context"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"doorlist/store/storetest/postgres"
)

// asOwner makes this test binary start a server, print its URL and wait to be killed.
const asOwner = "DOORLIST_TEST_POSTGRES_OWNER"

func TestMain(m *testing.M) {
	if os.Getenv(asOwner) == "" {
		os.Exit(m.Run())
	}
	s, err := postgres.Start(context.Background())
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Stdout.WriteString(s.URL("postgres") + "\n")
	select {}
}

func TestStart_StopLeavesNothing(t *testing.T) {
	t.Parallel()
	s, err := postgres.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	address := s.URL("postgres")
	if err := ping(t, address); err != nil {
		t.Errorf("the server does not answer: %v", err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	gone(t, address)
}

// A test that is killed must not leave a server behind.
func TestStart_EndsWithItsProcess(t *testing.T) {
	t.Parallel()
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), asOwner+"=1")
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := line[:len(line)-1]
	if err := ping(t, address); err != nil {
		t.Errorf("the server does not answer: %v", err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	owner.Wait()
	gone(t, address)
}

func ping(t *testing.T, address string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		return err
	}
	return conn.Close(t.Context())
}

// gone waits until neither the server nor its folder is there.
func gone(t *testing.T, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	dir := u.Query().Get("host")
	for range 400 {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%s is still there", dir)
}
