package rig

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed next/*.sql
var nextSchema embed.FS

// BuildNext makes the program of the module as a later version could be, with a migration of its own that takes nothing from the present one. What go build needs for
// that it keeps in a folder; the sources stay as they are.
func BuildNext(ctx context.Context, module, dir, file string) error {
	root, err := filepath.Abs(module)
	if err != nil {
		return err
	}
	replace := map[string]string{}
	for _, kind := range []string{PostgreSQL, SQLite} {
		text, err := nextSchema.ReadFile("next/" + kind + ".sql")
		if err != nil {
			return err
		}
		migration := filepath.Join(dir, "next-"+kind+".sql")
		if err := os.WriteFile(migration, text, 0o600); err != nil {
			return err
		}
		replace[filepath.Join(root, "store", "migrations", kind, "99999_next.sql")] = migration
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	overlay := filepath.Join(dir, "next-overlay.json")
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return err
	}
	return Build(ctx, module, file, "-overlay", overlay)
}

// BuildOf makes the program of a commit of the module, which is checked out in a folder for as long as that takes.
func BuildOf(ctx context.Context, module, ref, dir, file string) (err error) {
	tree := filepath.Join(dir, "old")
	git := func(ctx context.Context, args ...string) error {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir = module
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s %s: %w: %s", args[0], args[1], err, out)
		}
		return nil
	}
	if err := git(ctx, "worktree", "add", "--detach", tree, ref); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, git(context.WithoutCancel(ctx), "worktree", "remove", "--force", tree))
	}()
	return Build(ctx, tree, file)
}
