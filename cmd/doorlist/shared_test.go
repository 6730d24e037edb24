package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// What many tests need and none changes is made when it is first asked for, and kept until all are done: the built program and a browser.

// TestMain removes what the tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	browsers.close()
	if err := programs.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// programs holds the built program.
var programs sharedProgram

type sharedProgram struct {
	once   sync.Once
	folder string
	err    error
}

// builtProgram is the file of the program, as it is built.
func builtProgram(t *testing.T) (file string) {
	t.Helper()
	programs.once.Do(programs.build)
	if programs.err != nil {
		t.Fatal(programs.err)
	}
	return programs.file()
}

func (p *sharedProgram) file() string { return filepath.Join(p.folder, "doorlist") }

func (p *sharedProgram) build() {
	if p.folder, p.err = os.MkdirTemp("", "doorlist-built-"); p.err != nil {
		return
	}
	if out, err := exec.Command("go", "build", "-o", p.file(), ".").CombinedOutput(); err != nil {
		p.err = fmt.Errorf("building the program: %w: %s", err, out)
	}
}

func (p *sharedProgram) close() error {
	if p.folder == "" {
		return nil
	}
	return os.RemoveAll(p.folder)
}

// browsers holds the Chromium in which tests open windows of their own.
var browsers sharedBrowser

type sharedBrowser struct {
	mu   sync.Mutex
	ctx  context.Context
	quit func() // removes its profile, too
}

// openBrowser is the Chromium of the tests; one that has died is started anew.
func openBrowser(t *testing.T) context.Context {
	t.Helper()
	browsers.mu.Lock()
	defer browsers.mu.Unlock()
	if browsers.ctx == nil || browsers.ctx.Err() != nil {
		if err := browsers.start(); err != nil {
			t.Fatalf("starting Chromium: %v; `make test` installs it where it may", err)
		}
	}
	return browsers.ctx
}

// start tries three times at most: a browser that does not come up is the machine's trouble, not the pages'.
func (b *sharedBrowser) start() (err error) {
	for range 3 {
		b.close()
		allocator, stop := chromedp.NewExecAllocator(context.Background(), browserOptions...)
		ctx, quit := chromedp.NewContext(allocator)
		b.quit = func() { quit(); stop() }
		if err = chromedp.Do(ctx); err == nil {
			b.ctx = ctx
			return nil
		}
	}
	return err
}

func (b *sharedBrowser) close() {
	if b.quit != nil {
		b.quit()
	}
	b.ctx, b.quit = nil, nil
}
