package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/verify/adopt"
)

// accounts are what a reader finds, by account key.
type accounts map[string]*adopt.Facts

func (a accounts) Read(_ context.Context, account adopt.Account, _ string) (*adopt.Facts, error) {
	if a[account.Key] == nil {
		return nil, errors.New("no credentials for " + account.Key)
	}
	return a[account.Key], nil
}

// adopting runs the command in a folder with the project's Pulumi.yaml.
func adopting(t *testing.T, reader adopt.Reader, args ...string) (r result, folder string) {
	t.Helper()
	folder = t.TempDir()
	project, err := os.ReadFile("../../../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), project, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, stderr strings.Builder
	p := &program{surveyor: func(place) adopt.Reader { return reader }}
	code := execute(context.Background(), p, &out, &stderr, append([]string{"adopt", "--project", folder}, args...))
	return result{code: code, out: out.String(), stderr: stderr.String()}, folder
}

// shop is an account with one service on a cluster.
func shop() accounts {
	web := adopt.Service{Name: "web", Desired: 1, Definition: []byte(`{"family": "web", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "containerDefinitions": [
		{"name": "web", "image": "example.com/web:1", "environment": [{"name": "A", "value": "not-for-the-terminal"}]}]}`)}
	web.LaunchType = "FARGATE"
	c := adopt.Cluster{Name: "Shop", Services: []adopt.Service{web}}
	c.ARN, c.Status = "arn:aws:ecs:eu-central-1:111122223333:cluster/Shop", "ACTIVE"
	return accounts{"apps": {Clusters: []adopt.Cluster{c}}}
}

func TestAdoptWritesTheFilesAndSaysWhatIsLeft(t *testing.T) {
	r, folder := adopting(t, shop(), "--stack", "acme/mesh/shop", "--region", "eu-central-1", "--account", "apps=111122223333", "--domain", "apps=shop.ecs")
	if r.code != 0 || r.stderr != "" {
		t.Fatalf("%+v", r)
	}
	text, err := os.ReadFile(filepath.Join(folder, "Pulumi.shop.yaml"))
	if err != nil || !strings.Contains(string(text), "domain: shop.ecs") || !strings.Contains(string(text), "existing: Shop") {
		t.Errorf("%v\n%s", err, text)
	}
	for _, words := range []string{"wrote Pulumi.shop.yaml\nwrote adopted/shop/shop/web.json\n", "Taken over, unchanged at first:", "license is not set", "account apps gets a VPC from the program"} {
		if !strings.Contains(r.out, words) {
			t.Errorf("it does not say %q:\n%s", words, r.out)
		}
	}
	if strings.Contains(r.out, "not-for-the-terminal") {
		t.Errorf("the value of a variable is on the terminal:\n%s", r.out)
	}
}

// regions are the regions in which an account was read.
type regions struct {
	accounts
	read map[string]string
}

func (r regions) Read(ctx context.Context, account adopt.Account, region string) (*adopt.Facts, error) {
	r.read[account.Key] = region
	return r.accounts["apps"], nil
}

func TestAdoptReadsEachAccountInItsRegion(t *testing.T) {
	reader := regions{shop(), map[string]string{}}
	r, _ := adopting(t, reader, "--stack", "shop", "--region", "eu-central-1", "--region", "us=us-east-1", "--account", "apps=111122223333", "--account", "us=111122223333")
	if r.code != 0 || reader.read["apps"] != "eu-central-1" || reader.read["us"] != "us-east-1" {
		t.Errorf("%+v, read in %v", r, reader.read)
	}
}

func TestAdoptRefusesWithoutWriting(t *testing.T) {
	good := []string{"--stack", "shop", "--region", "eu-central-1", "--account", "apps=111122223333"}
	for _, c := range []struct {
		name  string
		args  []string
		words []string
	}{
		{"nothing", nil, []string{"--stack", "--region is not set", "--account is not set"}},
		{"an account without an id", []string{"--stack", "shop", "--region", "eu-central-1", "--account", "apps"}, []string{`--account "apps": write KEY=VALUE`}},
		{"two regions of the stack", append([]string{"--region", "eu-west-1"}, good...), []string{`--region "eu-central-1": the region of the accounts is eu-west-1 already`}},
		{"a region of no account", append([]string{"--region", "app=us-east-1"}, good...), []string{`--region "app=us-east-1": no --account has the key`}},
		{"a profile of no account", append([]string{"--profile", "app=x"}, good...), []string{`--profile "app=x": no --account has the key`}},
		{"two domains", append([]string{"--domain", "apps=a", "--domain", "apps=b"}, good...), []string{`--domain "apps=b"`, "two values"}},
		{"an account twice", append([]string{"--account", "apps=444455556666"}, good...), []string{`--account "apps=111122223333"`}},
		{"an account that cannot be read", append([]string{"--account", "pay=444455556666", "--profile", "pay=pay"}, good...), []string{"no credentials for pay"}},
		{"an argument", append([]string{"web"}, good...), []string{"web"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, folder := adopting(t, shop(), c.args...)
			for _, words := range c.words {
				if r.code != exitRefused || !strings.Contains(r.stderr, words) {
					t.Errorf("it does not say %q: %+v", words, r)
				}
			}
			if files, err := os.ReadDir(folder); err != nil || len(files) != 1 || r.out != "" {
				t.Errorf("it wrote %v, %v\n%s", files, err, r.out)
			}
		})
	}
}

func TestAdoptNeedsTheProject(t *testing.T) {
	var out, stderr strings.Builder
	p := &program{surveyor: func(place) adopt.Reader { return shop() }}
	code := execute(context.Background(), p, &out, &stderr, []string{"adopt", "--project", t.TempDir(), "--stack", "shop", "--region", "eu-central-1", "--account", "apps=111122223333"})
	if code != exitRefused || !strings.Contains(stderr.String(), "--project names the folder of Pulumi.yaml") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}

// The program reads no stack file of a project with another name, so none is written there, and no account is asked.
func TestAdoptAndTheDoctorRefuseAProjectOfAnotherName(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"Pulumi.yaml": "name: my-mesh\nruntime: go\n", "Pulumi.shop.yaml": "config: {}\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := &program{
		surveyor: func(place) adopt.Reader { return accounts{} }, // a question to it is an error of its own
		outputs:  func(context.Context, place) ([]byte, error) { return []byte("{}"), nil },
	}
	for _, args := range [][]string{
		{"adopt", "--stack", "new", "--region", "eu-central-1", "--account", "apps=111122223333", "--domain", "apps=shop.ecs"},
		{"doctor", "--stack", "shop"},
	} {
		var out, stderr strings.Builder
		code := execute(t.Context(), p, &out, &stderr, append(args, "--project", folder))
		if code != exitRefused || !strings.Contains(stderr.String(), `name = "my-mesh"`) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: exit code %d: %s%s", args[0], code, &out, &stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "Pulumi.new.yaml")); !os.IsNotExist(err) {
		t.Errorf("a stack file was written: %v", err)
	}
}
