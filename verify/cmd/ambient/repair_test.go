package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/verify/repair"
)

// stopped is a state in which the engine was making a security group, beside a secret.
const stopped = `{"version": 3, "deployment": {"resources": [
	{"urn": "urn:pulumi:dev::mesh::pulumi:providers:aws::local", "type": "pulumi:providers:aws", "custom": true, "id": "p", "inputs": {"region": "eu-central-1", "allowedAccountIds": ["111122223333"]}},
	{"urn": "urn:pulumi:dev::mesh::kubernetes:core/v1:Secret::s", "type": "kubernetes:core/v1:Secret", "custom": true, "inputs": {"data": {"4dabf18193072939515e22adb298388d": "1b47", "ciphertext": "v1:sealed"}}}],
	"pending_operations": [
	{"type": "deleting", "resource": {"urn": "urn:pulumi:dev::mesh::aws:ec2/vpc:Vpc::old", "type": "aws:ec2/vpc:Vpc", "custom": true}},
	{"type": "creating", "resource": {"urn": "urn:pulumi:dev::mesh::aws:ec2/securityGroup:SecurityGroup::tasks", "type": "aws:ec2/securityGroup:SecurityGroup", "custom": true,
	 "provider": "urn:pulumi:dev::mesh::pulumi:providers:aws::local::p", "inputs": {"vpcId": "vpc-1", "name": "tasks", "tags": {"ambient-ecs-install": "mesh"}}}}]}}`

// mended is a stack that is in memory. A refresh finds the security groups that exist.
type mended struct {
	state []byte
	sg    []repair.Found
	asked repair.Query
}

func (m *mended) Export(context.Context) ([]byte, error)       { return m.state, nil }
func (m *mended) Destroy(context.Context, []string) error      { return nil }
func (m *mended) Import(_ context.Context, state []byte) error { m.state = state; return nil }
func (m *mended) Find(_ context.Context, q repair.Query) ([]repair.Found, error) {
	m.asked = q
	return m.sg, nil
}

func (m *mended) Refresh(context.Context, []string) error {
	m.state = bytes.ReplaceAll(m.state, []byte(`"outputs": {}`), []byte(`"outputs": {"tags": {"ambient-ecs-install": "mesh"}}`))
	return nil
}

func group(id string) repair.Found {
	return repair.Found{ID: id, Values: map[string]string{"vpcId": "vpc-1", "name": "tasks"}, Tags: map[string]string{"ambient-ecs-install": "mesh"}}
}

func TestRepairSaysWhatItDoesAndKeepsTheStateOfBefore(t *testing.T) {
	for _, c := range []struct {
		name    string
		found   []repair.Found
		yes     bool
		code    exit
		changed bool
		says    string
	}{
		{"without --yes", []repair.Found{group("sg-1")}, false, 1, false, "take     aws:ec2/securityGroup:SecurityGroup tasks (sg-1): found by vpcId, name, its tags"},
		{"with --yes", []repair.Found{group("sg-1")}, true, 0, true, "The state is mended."},
		{"two that fit", []repair.Found{group("sg-1"), group("sg-2")}, true, 1, false, "unsure   aws:ec2/securityGroup:SecurityGroup tasks: 2 resources fit: sg-1, sg-2"},
		{"none", nil, true, 0, true, "forget   aws:ec2/securityGroup:SecurityGroup tasks: AWS has no such resource"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &mended{state: []byte(stopped), sg: c.found}
			p := &program{place: place{project: t.TempDir()}, finder: func(place) repair.Finder { return m }}
			var out strings.Builder
			err := p.mend(context.Background(), m, &out, c.yes, repair.Options{})
			if code, _ := err.(exit); code != c.code || err != nil && c.code == 0 {
				t.Errorf("err = %v, want exit code %d", err, c.code)
			}
			if changed := string(m.state) != stopped; changed != c.changed {
				t.Errorf("the state has changed: %t, want %t", changed, c.changed)
			}
			if !strings.Contains(string(m.state), `"v1:sealed"`) {
				t.Error("the secret is not as it was")
			}
			for _, words := range []string{c.says, "deleting aws:ec2/vpc:Vpc old: `pulumi up` does it again"} {
				if !strings.Contains(out.String(), words) {
					t.Errorf("it does not say %q:\n%s", words, &out)
				}
			}
			if want := (repair.Account{ID: "111122223333", Region: "eu-central-1"}); m.asked.Account != want || m.asked.Install != "mesh" {
				t.Errorf("asked for %+v", m.asked)
			}
			kept, _ := filepath.Glob(filepath.Join(p.project, "*.before-repair.json"))
			if len(kept) != map[bool]int{true: 1}[c.yes] {
				t.Fatalf("kept %v", kept)
			}
			for _, file := range kept {
				info, err := os.Stat(file)
				text, _ := os.ReadFile(file)
				if err != nil || info.Mode().Perm() != 0o600 || string(text) != stopped {
					t.Errorf("%s is %v: %v\n%s", file, info.Mode(), err, text)
				}
			}
		})
	}
}

func TestRepairOfAStackThatWasNotStoppedChangesNothing(t *testing.T) {
	m := &mended{state: []byte(`{"deployment": {"resources": []}}`)}
	var out strings.Builder
	p := &program{finder: func(place) repair.Finder { return m }}
	if err := p.mend(context.Background(), m, &out, true, repair.Options{}); err != nil || out.String() != "Nothing was being made when the engine stopped.\n" {
		t.Errorf("err = %v, says %s", err, &out)
	}
}

// A type of which repair knows nothing stays pending until somebody says that there is none.
func TestWhatIsUnsureStaysPendingUntilItIsForgotten(t *testing.T) {
	bucket := `{"type": "creating", "resource": {"urn": "urn:pulumi:dev::mesh::aws:s3/bucket:Bucket::logs", "type": "aws:s3/bucket:Bucket", "custom": true}}]}}`
	m := &mended{state: []byte(strings.TrimSuffix(stopped, "]}}") + ", " + bucket), sg: []repair.Found{group("sg-1")}}
	p := &program{place: place{project: t.TempDir()}, finder: func(place) repair.Finder { return m }}
	var out strings.Builder
	if err := p.mend(context.Background(), m, &out, true, repair.Options{}); err != status(1) {
		t.Errorf("err = %v", err)
	}
	for _, words := range []string{"take     aws:ec2/securityGroup:SecurityGroup tasks (sg-1): it exists", "unsure   aws:s3/bucket:Bucket logs", "mended but for 1 that are unsure and still pending"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("it does not say %q:\n%s", words, &out)
		}
	}
	if s, err := repair.Parse(m.state); err != nil || len(s.Pending()) != 2 || s.Pending()[1].Name != "logs" {
		t.Errorf("pending: %v, %v", s.Pending(), err)
	}
	if err := p.mend(context.Background(), m, &out, true, repair.Options{}, "tasks"); err == nil || !strings.Contains(err.Error(), "nothing of this name was being made") {
		t.Errorf("err = %v", err)
	}
	out.Reset()
	if err := p.mend(context.Background(), m, &out, true, repair.Options{}, "logs"); err != nil || !strings.Contains(out.String(), "The state is mended.") {
		t.Errorf("err = %v, says\n%s", err, &out)
	}
}
