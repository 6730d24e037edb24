package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"doorlist/store/storetest/postgres"
)

// ErrNoDisk says that no small disk can be made here.
var ErrNoDisk = errors.New("filling a disk needs a file system of the rig's own: run make rig as root, which gives it a mount namespace")

// ownMounts is the environment variable that says that nobody else sees what is mounted here.
const ownMounts = "DOORLIST_RIG_OWN_MOUNTS"

// diskSize has room for a cluster of PostgreSQL with its logs.
const diskSize = "256m"

// disk is a small file system that can be filled: a tmpfs in the rig's own mount namespace, which ends with the rig however that ends.
type disk struct{ dir string }

func newDisk(ctx context.Context) (*disk, error) {
	if os.Getenv(ownMounts) == "" {
		return nil, ErrNoDisk
	}
	dir, err := os.MkdirTemp("", "doorlist-disk-")
	if err != nil {
		return nil, err
	}
	mount := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", "size="+diskSize+",mode=1777", "doorlist", dir)
	if out, err := mount.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("making a small disk: %w: %s", err, out), os.Remove(dir))
	}
	return &disk{dir}, nil
}

func (d *disk) close() error {
	if out, err := exec.Command("umount", "--lazy", d.dir).CombinedOutput(); err != nil {
		return fmt.Errorf("taking a small disk away: %w: %s", err, out)
	}
	return os.Remove(d.dir)
}

func (d *disk) ballast() string { return filepath.Join(d.dir, "ballast") }

// fill takes all the room that is left.
func (d *disk) fill() error {
	f, err := os.Create(d.ballast())
	if err != nil {
		return err
	}
	defer f.Close()
	for block := make([]byte, 64<<10); err == nil; {
		_, err = f.Write(block)
	}
	if errors.Is(err, syscall.ENOSPC) {
		return nil
	}
	return err
}

func (d *disk) free() error { return os.Remove(d.ballast()) }

// FullDisk is a round on a small disk, which is full again and again while the clients go on.
func (s *Site) FullDisk(ctx context.Context, o Options) (r Report, err error) {
	d, err := newDisk(ctx)
	if err != nil {
		return r, err
	}
	small := &Site{Dir: s.Dir, Program: s.Program, disk: d}
	defer func() { err = errors.Join(err, small.Close(), d.close()) }()
	if o.Database != SQLite {
		if small.server, err = postgres.StartOn(ctx, d.dir); err != nil {
			return r, err
		}
	}
	o.breaks = (*nemesis).fillAgain
	return small.Round(ctx, o)
}

// What a full disk is called in a history.
const (
	diskFull       = "the disk is full"
	diskFullKilled = "the disk is full, and a node is killed"
)

// fillAgain fills the disk until ctx ends.
func (n *nemesis) fillAgain(ctx context.Context) {
	kill := func(n *nemesis, ctx context.Context) error {
		victim := n.node()
		return errors.Join(n.fillDisk(ctx, victim.kill), victim.start(ctx), n.afterwards(ctx))
	}
	fill := func(n *nemesis, ctx context.Context) error {
		return errors.Join(n.fillDisk(ctx, func() {}), n.afterwards(ctx))
	}
	for turn := 0; sleep(ctx, n.upTo(time.Second, 2*time.Second)); turn++ {
		n.play(ctx, []trick{{diskFull, fill}, {diskFull, fill}, {diskFullKilled, kill}}[turn%3])
	}
}

// fillDisk fills the disk for a while, and does something shortly before there is room again.
func (n *nemesis) fillDisk(ctx context.Context, last func()) error {
	if err := n.world.site.disk.fill(); err != nil {
		return err
	}
	sleep(ctx, n.upTo(time.Second, 3*time.Second))
	last()
	return n.world.site.disk.free()
}

// roomWithin is how long the servers may take to make changes again when there is room.
const roomWithin = 30 * time.Second

// afterwards returns when changes are made again. PostgreSQL may have given up, and is then started as an operating system does.
func (n *nemesis) afterwards(ctx context.Context) error {
	if server := n.world.site.server; server != nil {
		if err := server.Rescue(ctx); err != nil {
			return err
		}
	}
	over := time.Now().Add(roomWithin)
	for time.Now().Before(over) {
		n.probes++
		if _, err := n.probe.pushPerson(ctx, fmt.Sprintf("probe-%d@rig.example", n.probes), ""); err == nil {
			return nil
		}
		sleep(ctx, recovers)
	}
	return fmt.Errorf("there is room again, and no change is made within %s", roomWithin)
}
