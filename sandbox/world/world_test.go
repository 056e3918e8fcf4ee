package world_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/world"
	"ambient-ecs/sandbox/world/worldtest"
)

const (
	account = "111111111111"
	vpc     = "aws:ec2/vpc:Vpc"
	cluster = "arn:aws:eks:eu-central-1:111111111111:cluster/mesh"
	pod     = "v1/Pod/default/a"
)

func do(t *testing.T, w *world.World, change func(tx *world.Tx)) {
	t.Helper()
	if err := w.Do(func(tx *world.Tx) error { change(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

func resource(id string) *world.Resource {
	return &world.Resource{Account: account, Kind: vpc, ID: id, Props: map[string]any{"name": id}, Created: time.Unix(1, 0).UTC()}
}

func ids(tx *world.Tx) (ids []string) {
	for _, r := range tx.Find("", vpc, nil) {
		ids = append(ids, r.ID)
	}
	return ids
}

// A machine without a free processor lets time pass and runs no controller.
func TestAWaitLastsUntilTheControllersHadTheirChance(t *testing.T) {
	w := worldtest.Open(t, t.TempDir())
	ran := 0
	w.Control(func(*world.Tx) { ran++ })
	var since world.Moment
	at := 0
	err := w.Wait(t.Context(), func(tx *world.Tx) (bool, error) {
		if since.IsZero() {
			since, at = tx.Moment(), ran
		}
		return tx.Past(since, 0), nil
	})
	if err != nil || ran-at < 20 {
		t.Errorf("the controllers ran %d times (%v)", ran-at, err)
	}
	do(t, w, func(tx *world.Tx) {
		if tx.Past(since, time.Hour) {
			t.Error("an hour has passed")
		}
	})
}

func TestEveryChangeIsKeptBeforeItIsAcknowledged(t *testing.T) {
	folder := t.TempDir()
	w := worldtest.Open(t, folder)
	r := resource("b")
	for _, c := range []struct {
		name   string
		change func(tx *world.Tx)
	}{
		{"put", func(tx *world.Tx) { tx.Put(r); tx.Put(resource("a")) }},
		{"changed in place", func(tx *world.Tx) { r.Props["name"] = "other"; tx.Changed(r) }},
		{"drop", func(tx *world.Tx) { tx.Drop(resource("a")) }},
		{"object", func(tx *world.Tx) { tx.PutObject(cluster, pod, world.Object{"kind": "Pod"}) }},
		{"no object", func(tx *world.Tx) { tx.DropObjects(cluster) }},
		{"note", func(tx *world.Tx) { tx.SetNote("k", "v") }},
		{"no note", func(tx *world.Tx) { tx.ForgetNotes(func(string) bool { return true }) }},
		{"serial", func(tx *world.Tx) { tx.NextSerial() }},
		{"a change that fails", func(tx *world.Tx) { tx.Put(resource("c")) }},
	} {
		if err := w.Request(func(tx *world.Tx) error { c.change(tx); return errors.New("refused") }); err == nil || err.Error() != "refused" {
			t.Errorf("%s: %v", c.name, err)
		}
		worldtest.Kept(t, w, folder)
	}
}

// A kill can end the file anywhere in its last record. All acknowledged changes are there, and the world accepts
// new ones.
func TestATornLastRecordIsCutOff(t *testing.T) {
	folder := t.TempDir()
	first := worldtest.Open(t, folder)
	var ends []int64
	for i := range 3 {
		do(t, first, func(tx *world.Tx) { tx.Put(resource(fmt.Sprint(i))) })
		ends = append(ends, size(t, folder))
	}
	whole, err := os.ReadFile(filepath.Join(folder, world.File))
	if err != nil {
		t.Fatal(err)
	}
	for size := range len(whole) {
		torn := t.TempDir()
		if err := os.WriteFile(filepath.Join(torn, world.File), whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		want := ""
		for i, end := range ends {
			if int64(size) >= end {
				want += fmt.Sprint(i)
			}
		}
		w, err := world.Open(torn)
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		do(t, w, func(tx *world.Tx) {
			if got := strings.Join(ids(tx), ""); got != want {
				t.Fatalf("of %d bytes are left %q, want %q", size, got, want)
			}
			tx.Put(resource("next"))
		})
		worldtest.Kept(t, w, torn)
	}
}

// Tests read the world while a command changes it. What a reader has read stays in its place when another process writes on.
func TestAnotherWriterCutsNothingOffThatIsWhole(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, world.File)
	first, err := world.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	do(t, first, func(tx *world.Tx) { tx.Put(resource("a")) })
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	do(t, worldtest.Open(t, folder), func(tx *world.Tx) { tx.Put(resource("b")) })
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(after), string(before)) {
		t.Errorf("the file was\n%s\nand is\n%s", before, after)
	}
}

func TestABrokenFileIsRefused(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, world.File), []byte(`{"serial":1}garbage{"serial":2}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := world.Open(folder); err == nil || !strings.Contains(err.Error(), world.File) {
		t.Errorf("got %v", err)
	}
}

func TestWhatCannotBeWrittenIsNotAcknowledgedAndKeptLater(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	w := worldtest.Open(t, folder)
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.Request(func(tx *world.Tx) error { tx.Put(resource("a")); return nil }); err == nil {
		t.Error("a change that is nowhere was acknowledged")
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	do(t, w, func(tx *world.Tx) { tx.Put(resource("b")) })
	worldtest.Kept(t, w, folder)
}

// The cost of a change does not grow with the world: the record of one resource is as long in a world of thousands.
func TestARecordIsAsLongAsItsChange(t *testing.T) {
	grown := func(n int) int64 {
		folder := t.TempDir()
		w := worldtest.Open(t, folder)
		do(t, w, func(tx *world.Tx) {
			for i := range n {
				tx.Put(resource(fmt.Sprintf("r%05d", i)))
			}
		})
		before := size(t, folder)
		do(t, w, func(tx *world.Tx) { tx.Put(resource("r00000")) })
		return size(t, folder) - before
	}
	if few, many := grown(1), grown(5000); many != few {
		t.Errorf("the record has %d bytes in a world of 1, and %d in one of 5000", few, many)
	}
}

// BenchmarkRequest is the cost of a change of one resource, by the size of the world.
func BenchmarkRequest(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := worldtest.Open(b, b.TempDir())
			put := func(from, to int) error {
				return w.Request(func(tx *world.Tx) error {
					for i := from; i < to; i++ {
						tx.Put(resource(fmt.Sprintf("r%05d", i)))
					}
					return nil
				})
			}
			if err := put(0, n); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := put(0, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func size(t *testing.T, folder string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(folder, world.File))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestCloseLeavesOneRecordThatSaysEverything(t *testing.T) {
	folder := t.TempDir()
	w := worldtest.Open(t, folder)
	for i := range 10 {
		do(t, w, func(tx *world.Tx) {
			tx.Put(resource(fmt.Sprint(i % 2)))
			tx.PutObject(cluster, pod, world.Object{"kind": "Pod"})
		})
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(folder, world.File))
	if err != nil {
		t.Fatal(err)
	}
	var dump bytes.Buffer
	if err := w.Dump(&dump); err != nil || !bytes.Equal(data, dump.Bytes()) {
		t.Errorf("%v: the file has\n%s\nnot\n%s", err, data, &dump)
	}
	// A closed world may be used again.
	do(t, w, func(tx *world.Tx) { tx.Put(resource("again")) })
}

func TestFindIsOrderedAndKnowsEveryKind(t *testing.T) {
	w := worldtest.Open(t, t.TempDir())
	do(t, w, func(tx *world.Tx) {
		for _, id := range []string{"c", "a", "b"} {
			tx.Put(resource(id))
		}
		tx.Put(&world.Resource{Account: "000000000000", Kind: vpc, ID: "z"})
		tx.Put(&world.Resource{Account: account, Kind: "aws:a", ID: "other"})
		if got := strings.Join(ids(tx), ""); got != "zabc" {
			t.Errorf("found %s", got)
		}
		if got := len(tx.Find(account, "", nil)); got != 4 {
			t.Errorf("found %d resources of the account", got)
		}
		tx.Drop(tx.Get(account, vpc, "b"))
		if got := tx.Find(account, vpc, func(r *world.Resource) bool { return r.ID > "a" }); len(got) != 1 || got[0].ID != "c" {
			t.Errorf("found %v", got)
		}
	})
}

func TestControllersActInDoAndForWhoeverWaits(t *testing.T) {
	w := worldtest.Open(t, t.TempDir())
	w.Control(func(tx *world.Tx) {
		if made := tx.Get(account, vpc, "a"); made != nil && tx.Get(account, vpc, "by itself") == nil {
			tx.Put(resource("by itself"))
		}
	})
	if err := w.Request(func(tx *world.Tx) error { tx.Put(resource("a")); return nil }); err != nil {
		t.Fatal(err)
	}
	do(t, w, func(tx *world.Tx) {
		if got := strings.Join(ids(tx), " "); got != "a by itself" {
			t.Errorf("the request left %q to Do", got)
		}
		tx.Drop(resource("by itself"))
	})
	do(t, w, func(tx *world.Tx) { tx.Drop(resource("a")); tx.Drop(resource("by itself")) })
	if err := w.Request(func(tx *world.Tx) error { tx.Put(resource("a")); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := w.Wait(context.Background(), func(tx *world.Tx) (bool, error) { return tx.Get(account, vpc, "by itself") != nil, nil }); err != nil {
		t.Error(err)
	}
}

func TestAQuestionSeesWhatTheControllersDid(t *testing.T) {
	w := worldtest.Open(t, t.TempDir())
	w.Control(func(tx *world.Tx) {
		for _, r := range tx.Find("", vpc, nil) {
			if r.String("state") == "" {
				r.Props["state"] = "available"
				tx.Changed(r)
			}
		}
	})
	state := func() (state string, revision uint64) {
		t.Helper()
		if err := w.Look(func(tx *world.Tx) error {
			state, revision = tx.Get(account, vpc, "vpc-1").String("state"), tx.Revision()
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return state, revision
	}
	if err := w.Request(func(tx *world.Tx) error { tx.Put(resource("vpc-1")); return nil }); err != nil {
		t.Fatal(err)
	}
	made, first := state()
	again, second := state()
	if made != "available" || again != "available" || first != second {
		t.Errorf("the questions saw %q in revision %d and %q in revision %d", made, first, again, second)
	}
	do(t, w, func(tx *world.Tx) { tx.PutObject(cluster, pod, world.Object{"kind": "Pod"}) })
	if _, third := state(); third == second {
		t.Error("a change left the revision as it was")
	}
}
