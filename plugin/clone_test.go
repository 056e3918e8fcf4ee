//go:build clone

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// `pulumi package add` clones the repository and builds this folder. What is committed is enough for that.
func TestTheCommittedFilesBuildThePlugin(t *testing.T) {
	clone := t.TempDir()
	archive := exec.Command("git", "archive", "--format=tar", "HEAD")
	archive.Dir = ".."
	extract := exec.Command("tar", "-xf", "-", "-C", clone)
	var err error
	if extract.Stdin, err = archive.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	archive.Stderr, extract.Stderr = &said, &said
	if err := archive.Start(); err != nil {
		t.Fatal(err)
	}
	if err := extract.Run(); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	if err := archive.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	build := exec.Command("make", "bin/pulumi-resource-ambient-ecs")
	build.Dir = clone
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// The engine starts the plugin by this file, and asks for the schema.
	if _, err := os.Stat(filepath.Join(clone, "plugin", "PulumiPlugin.yaml")); err != nil {
		t.Error(err)
	}
	help := exec.Command(filepath.Join(clone, "bin", "pulumi-resource-ambient-ecs"), "-h")
	if out, _ := help.CombinedOutput(); !bytes.Contains(out, []byte("pulumi-resource-ambient-ecs")) {
		t.Errorf("the plugin says %s", out)
	}
}
