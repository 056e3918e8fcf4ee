package sandboxed_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/sandboxed"
	"ambient-ecs/verify/stack/stacktest"
)

func TestSandboxIsOpenedByOneAtATime(t *testing.T) {
	folder, s := t.TempDir(), stacktest.New(stacktest.Home)
	s.EKSArn = eks
	if _, err := sandboxed.Open(folder, s); err == nil || !strings.Contains(err.Error(), "no sandbox") {
		t.Errorf("an empty folder: %v", err)
	}
	keep := func(clusters ...string) {
		t.Helper()
		resources, objects := map[string]any{}, map[string]any{}
		for _, arn := range clusters {
			objects[arn] = map[string]any{}
			resources[home+"|aws:eks/cluster:Cluster|"+arn] = map[string]any{
				"account": home, "region": region, "kind": "aws:eks/cluster:Cluster", "id": arn,
				"props": map[string]any{"name": "mesh", "arn": arn, "status": "ACTIVE"}}
		}
		data, err := json.Marshal(map[string]any{"resources": resources, "objects": objects, "notes": map[string]any{}})
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, world.File), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	keep()
	if _, err := sandboxed.Open(folder, s); err == nil || !strings.Contains(err.Error(), "not of this sandbox") {
		t.Errorf("another stack: %v", err)
	}
	keep(eks)
	b, err := sandboxed.Open(folder, s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sandboxed.Open(folder, s); err == nil || !strings.Contains(err.Error(), "another command") {
		t.Errorf("opened twice: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err = sandboxed.Open(folder, s); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
