package memo

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestWorkIsDoneOnceForAllProcessesOfABuild(t *testing.T) {
	beside := t.TempDir()
	old := filepath.Join(beside, "an-older-build")
	if err := os.Mkdir(old, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Keep(beside); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder = "" })
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the results of an older build are there: %v", err)
	}
	times := 0
	ask := func(about string, answer error) (string, error) {
		found, err := Of(sha256.Sum256([]byte(about)), func() ([]byte, error) {
			times++
			return []byte("of " + about), answer
		})
		return string(found), err
	}
	for range 2 {
		if found, err := ask("one", nil); err != nil || found != "of one" {
			t.Errorf("found %q, %v", found, err)
		}
	}
	// The next process of this build.
	if err := Keep(beside); err != nil {
		t.Fatal(err)
	}
	if found, err := ask("one", nil); err != nil || found != "of one" || times != 1 {
		t.Errorf("found %q, %v after %d times", found, err, times)
	}
	if found, err := ask("another", nil); err != nil || found != "of another" || times != 2 {
		t.Errorf("found %q, %v after %d times", found, err, times)
	}
	for range 2 {
		if _, err := ask("a failure", errors.New("no")); err == nil {
			t.Error("a failure became a result")
		}
	}
	if times != 4 {
		t.Errorf("worked %d times: a failure was kept", times)
	}
}

func TestNothingIsKeptUnlessAsked(t *testing.T) {
	times := 0
	for range 2 {
		if _, err := Of(Key{}, func() ([]byte, error) { times++; return nil, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if times != 2 {
		t.Errorf("worked %d times", times)
	}
}
