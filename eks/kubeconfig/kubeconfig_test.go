package kubeconfig

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/tests/golden"
)

var home = Cluster{
	Name: "mesh", Region: "eu-central-1",
	Endpoint:             "https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com",
	CertificateAuthority: "LS0tLS1CRUdJTi0tLS0t",
}

func TestNewMatchesTheGoldenFile(t *testing.T) {
	for name, credentials := range map[string]Credentials{
		"ambient":          {},
		"profile":          {Profile: "local"},
		"role":             {RoleARN: "arn:aws:iam::111122223333:role/deployer"},
		"role-and-profile": {Profile: "hub", RoleARN: "arn:aws:iam::111122223333:role/deployer"},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := New(home, credentials)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, []byte(text+"\n"), "", "  "); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".json")
			golden.Check(t, file, got.String(), "Kubernetes objects are reached by it.")
		})
	}
}

func TestTheTokenIsAskedForAsTheProviderDoes(t *testing.T) {
	for _, c := range []struct {
		credentials Credentials
		want        []string
	}{
		{Credentials{}, nil},
		{Credentials{Profile: "local"}, []string{"--profile", "local"}},
		{Credentials{RoleARN: "arn:aws:iam::1:role/r"}, []string{"--role-arn", "arn:aws:iam::1:role/r"}},
		{Credentials{Profile: "hub", RoleARN: "arn:aws:iam::1:role/r"}, []string{"--profile", "hub", "--role-arn", "arn:aws:iam::1:role/r"}},
	} {
		args := arguments(home, c.credentials)
		if !slices.Equal(args[:2], []string{"eks", "get-token"}) || !slices.Equal(args[8:], c.want) {
			t.Errorf("%+v: %q", c.credentials, args)
		}
	}
}

func TestWhatCannotBeAClusterIsRefused(t *testing.T) {
	for field, change := range map[string]func(*Cluster){
		"Name":                 func(c *Cluster) { c.Name = "" },
		"Region":               func(c *Cluster) { c.Region = "" },
		"Endpoint":             func(c *Cluster) { c.Endpoint = "http://plain.example" },
		"CertificateAuthority": func(c *Cluster) { c.CertificateAuthority = "-----BEGIN CERTIFICATE-----" },
	} {
		c := home
		change(&c)
		if _, err := New(c, Credentials{}); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	_, err := New(Cluster{}, Credentials{})
	for _, field := range []string{"Name", "Region", "Endpoint", "CertificateAuthority"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("the empty cluster: %s is missing in %v", field, err)
		}
	}
}

func FuzzNewIsReadBackAsItWasGiven(f *testing.F) {
	f.Add("mesh", "eu-central-1", "local", "arn:aws:iam::111122223333:role/deployer")
	f.Add("a\"b", "x y", "", "--profile")
	f.Fuzz(func(t *testing.T, name, region, profile, role string) {
		c := home
		c.Name, c.Region = strings.ToValidUTF8(name, "?"), strings.ToValidUTF8(region, "?")
		credentials := Credentials{Profile: strings.ToValidUTF8(profile, "?"), RoleARN: strings.ToValidUTF8(role, "?")}
		text, err := New(c, credentials)
		if err != nil {
			if c.Name != "" && c.Region != "" {
				t.Fatal(err)
			}
			return
		}
		var got config
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if want := arguments(c, credentials); !reflect.DeepEqual(got.Users[0].User.Exec.Args, want) {
			t.Errorf("arguments %q, want %q", got.Users[0].User.Exec.Args, want)
		}
		if got.Clusters[0].Cluster.Server != c.Endpoint || got.Contexts[0].Context.User != got.Users[0].Name {
			t.Errorf("read back %+v", got)
		}
	})
}
