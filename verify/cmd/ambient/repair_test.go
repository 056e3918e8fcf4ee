package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// mended is a stack that is in memory. A refresh finds the security groups that exist, with these tags, or fails.
type mended struct {
	state []byte
	sg    []repair.Found
	asked repair.Query
	tags  string
	fails error
}

// Import drops all pending operations, as `pulumi stack import` does.
func (m *mended) Import(_ context.Context, state []byte) error {
	var all map[string]any
	err := json.Unmarshal(state, &all)
	if err == nil {
		delete(all["deployment"].(map[string]any), "pending_operations")
		m.state, err = json.Marshal(all)
	}
	return err
}

func (m *mended) Export(context.Context) ([]byte, error)  { return m.state, nil }
func (m *mended) Destroy(context.Context, []string) error { return nil }
func (m *mended) Find(_ context.Context, q repair.Query) ([]repair.Found, error) {
	m.asked = q
	return m.sg, nil
}

func (m *mended) Refresh(context.Context, []string) error {
	m.state = bytes.ReplaceAll(m.state, []byte(`"outputs":{}`), []byte(`"outputs":{"tags":{`+cmp.Or(m.tags, `"ambient-ecs-install":"mesh"`)+`}}`))
	return m.fails
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
			err := p.mend(context.Background(), m, &out, mending{yes: c.yes})
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
			if len(kept) != map[bool]int{true: 1}[c.changed] {
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
	if err := p.mend(context.Background(), m, &out, mending{yes: true}); err != nil || out.String() != "Nothing was being made when the engine stopped.\n" {
		t.Errorf("err = %v, says %s", err, &out)
	}
}

// withBucket is stopped, where a type of which repair knows nothing was being made as well.
var withBucket = strings.TrimSuffix(stopped, "]}}") + `, {"type": "creating", "resource": {"urn": "urn:pulumi:dev::mesh::aws:s3/bucket:Bucket::logs", "type": "aws:s3/bucket:Bucket", "custom": true}}]}}`

// The engine drops the pending creates in every import. So nothing is imported while one of them is unsure, and each repair says so until somebody
// says that there is none.
func TestWhatIsUnsureStaysPendingUntilItIsForgotten(t *testing.T) {
	m := &mended{state: []byte(withBucket), sg: []repair.Found{group("sg-1")}}
	p := &program{place: place{project: t.TempDir()}, finder: func(place) repair.Finder { return m }}
	mend := func(ask mending, code error, says ...string) {
		t.Helper()
		var out strings.Builder
		if err := p.mend(context.Background(), m, &out, ask); err != code {
			t.Errorf("err = %v, want %v", err, code)
		}
		for _, words := range says {
			if !strings.Contains(out.String(), words) {
				t.Errorf("it does not say %q:\n%s", words, &out)
			}
		}
	}
	for _, yes := range []bool{true, false, true} {
		mend(mending{yes: yes}, status(1), "take     aws:ec2/securityGroup:SecurityGroup tasks (sg-1)", "unsure   aws:s3/bucket:Bucket logs", "Nothing was changed, because 1 are unsure", "--forget NAME")
		if string(m.state) != withBucket {
			t.Fatalf("the state has changed:\n%s", m.state)
		}
	}
	if err := p.mend(context.Background(), m, &strings.Builder{}, mending{yes: true, forget: []string{"none"}}); err == nil || !strings.Contains(err.Error(), "nothing of this name was being made") {
		t.Errorf("err = %v", err)
	}
	mend(mending{yes: true, forget: []string{"logs"}}, nil, "forget   aws:s3/bucket:Bucket logs: you say that there is none", "The state is mended.")
}

// A doubt that only the refresh shows, and an error after the first import, leave a stack without pending creates. The file of before has them: a
// repair from it finds them again, as often as it takes.
func TestARepairGoesOnFromTheStateOfBefore(t *testing.T) {
	for name, c := range map[string]struct {
		m    mended
		says string
	}{
		"a doubt after the refresh": {mended{tags: `"ambient-ecs-install":"another"`}, "1 of 1 are unsure"},
		"an error of the refresh":   {mended{fails: errors.New("the provider is away")}, "the provider is away"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &c.m
			m.state, m.sg = []byte(stopped), []repair.Found{group("sg-1")}
			p := &program{place: place{project: t.TempDir()}, finder: func(place) repair.Finder { return m }}
			ask := mending{yes: true}
			for range 2 {
				var out strings.Builder
				err := p.mend(context.Background(), m, &out, ask)
				if said := fmt.Sprint(out.String(), err); err == nil || !strings.Contains(said, c.says) {
					t.Errorf("it does not say %q:\n%s", c.says, said)
				}
				_, line, found := strings.Cut(out.String(), "  ambient repair --from ")
				if !found || !strings.Contains(out.String(), "a stack import drops them") {
					t.Fatalf("it does not say how to go on:\n%s", &out)
				}
				ask.from, _, _ = strings.Cut(line, "\n")
				if strings.Contains(string(m.state), "sg-1") {
					t.Errorf("the state has what is in doubt:\n%s", m.state)
				}
			}
			m.tags, m.fails = "", nil
			for _, words := range []string{"take     aws:ec2/securityGroup:SecurityGroup tasks (sg-1): it exists", "AWS has none but the one that the state has"} {
				var out strings.Builder
				if err := p.mend(context.Background(), m, &out, ask); err != nil || !strings.Contains(out.String(), words) || strings.Count(string(m.state), "sg-1") != 1 {
					t.Errorf("err = %v, want %q:\n%s\n%s", err, words, &out, m.state)
				}
			}
		})
	}
}

// The pending creates of another stack, or beside those that the stack has itself, would be taken for what they are not.
func TestARepairTakesNoFileThatDoesNotFit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "before.json")
	if err := os.WriteFile(file, []byte(stopped), 0o600); err != nil {
		t.Fatal(err)
	}
	for state, words := range map[string]string{
		stopped: "the stack has pending creates of its own",
		`{"deployment": {"resources": [{"urn": "urn:pulumi:prod::mesh::pulumi:pulumi:Stack::mesh-prod"}]}}`: "it has urn:pulumi:dev::mesh, and the stack has urn:pulumi:prod::mesh",
	} {
		m := &mended{state: []byte(state)}
		p := &program{finder: func(place) repair.Finder { return m }}
		if err := p.mend(context.Background(), m, &strings.Builder{}, mending{yes: true, from: file}); err == nil || !strings.Contains(err.Error(), words) || string(m.state) != state {
			t.Errorf("err = %v, want %q", err, words)
		}
	}
}

// The engine keeps a role with an external id encrypted as a whole. The environment has the external id, and the stack file the rest. Repair prints it
// nowhere.
func TestAnExternalIDComesFromTheEnvironment(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"Pulumi.yaml": "name: ambient-ecs\nruntime: go\n",
		"Pulumi.dev.yaml": "config:\n  ambient-ecs:accounts:\n    far-away:\n      id: \"111122223333\"\n      roleArn: arn:aws:iam::111122223333:role/deployer\n" +
			"      sessionName: mesh\n      externalId:\n        secure: v1:nobody\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sealed := strings.ReplaceAll(strings.Replace(stopped, `"inputs": {"region"`, `"inputs": {"assumeRole": {"4dabf18193072939515e22adb298388d": "1b47", "ciphertext": "v1:role"}, "region"`, 1), "::local", "::aws-far-away")
	for _, c := range []struct{ stack, id, says string }{
		{"dev", "", "unsure   aws:ec2/securityGroup:SecurityGroup tasks: the role's external id is encrypted: set AMBIENT_EXTERNAL_ID_FAR_AWAY"},
		{"other", "word-of-theirs", "the stack file has no role of the account far-away: name --stack and --project"},
		{"dev", "word-of-theirs", "take     aws:ec2/securityGroup:SecurityGroup tasks (sg-1): it exists"},
	} {
		t.Setenv("AMBIENT_EXTERNAL_ID_FAR_AWAY", c.id)
		m := &mended{state: []byte(sealed), sg: []repair.Found{group("sg-1")}}
		p := &program{place: place{project: folder, stack: c.stack}, finder: func(place) repair.Finder { return m }}
		var out strings.Builder
		err := p.mend(context.Background(), m, &out, mending{yes: true})
		takes := strings.HasPrefix(c.says, "take")
		if said := fmt.Sprint(out.String(), err); !strings.Contains(said, c.says) || strings.Contains(said+string(m.state), "word-of") || (err == nil) != takes {
			t.Errorf("want %q, says\n%s", c.says, said)
		}
		want := repair.Account{ID: "111122223333", Region: "eu-central-1", Role: "arn:aws:iam::111122223333:role/deployer", ExternalID: "word-of-theirs", Session: "mesh"}
		if takes && m.asked.Account != want {
			t.Errorf("asked for %+v", m.asked.Account)
		}
	}
}
