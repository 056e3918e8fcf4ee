package host

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"gopkg.in/yaml.v3"

	"ambient-ecs/sandbox/lock"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/shim"
)

func TestCommandLinesAreReadAsTheCLIReadsThem(t *testing.T) {
	for _, c := range []struct {
		line       string
		stack      string
		configured bool
		rewritten  string
	}{
		{"up", "", true, "up --config-file=F"},
		{"preview --json --stack pair", "pair", true, "preview --config-file=F --json --stack pair"},
		{"preview --stack=pair --diff", "pair", true, "preview --config-file=F --stack=pair --diff"},
		{"destroy -s single --config-file other.yaml", "single", true, "destroy --config-file=F -s single"},
		{"refresh -ssingle --config-file=other.yaml", "single", true, "refresh --config-file=F -ssingle"},
		{"up -- --stack x", "", true, "up --config-file=F -- --stack x"},
		{"stack output --stack dev", "dev", false, ""},
	} {
		in := parse(strings.Fields(c.line))
		if in.stack != c.stack || in.usesConfiguration() != c.configured {
			t.Errorf("%s: got stack %q, configuration %v", c.line, in.stack, in.usesConfiguration())
		}
		if got := strings.Join(in.with("F"), " "); c.configured && got != c.rewritten {
			t.Errorf("%s: got %s", c.line, got)
		}
	}
}

func TestConfigurationIsChangedInTheProjectAndNotInTheSandbox(t *testing.T) {
	if err := parse([]string{"config", "set", "region", "x"}).refusal("Pulumi.dev.yaml"); err == nil || !strings.Contains(err.Error(), "edit Pulumi.dev.yaml") {
		t.Errorf("got %v", err)
	}
	if err := parse([]string{"config", "get", "region"}).refusal("Pulumi.dev.yaml"); err != nil {
		t.Error(err)
	}
}

func TestTheEnvironmentLeadsNowhereElse(t *testing.T) {
	got := inherited([]string{"PATH=/bin", "AWS_PROFILE=p", "PULUMI_ACCESS_TOKEN=t", "HOME=/h", "KUBECONFIG=k"})
	if want := []string{"PATH=/bin", "HOME=/h"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAStackFileKeepsItsSettingsAndGetsTheSandboxsSecrets(t *testing.T) {
	s := &session{Options: Options{
		State:    t.TempDir(),
		Defaults: map[string]string{"p:source": "a folder", "p:version": "not this", "other:source": "of another project"},
		Secrets:  map[string]string{"license": "L", "foreign": "T", "missing": "M"},
	}}
	const salt = "v1:c2FsdHNhbHQ=:v1:x:y"
	text, err := s.stackFile([]byte(`
secretsprovider: awskms://somebody-elses
encryptionsalt: v1:old
config:
  p:version: 1.30
  p:license: in plain text
  p:foreign: {secure: "encrypted elsewhere"}
  p:nested: {list: [{secure: theirs}], other: "0123"}
`), "p", salt)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Salt     string               `yaml:"encryptionsalt"`
		Provider string               `yaml:"secretsprovider"`
		Config   map[string]yaml.Node `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Salt != salt || got.Provider != "" {
		t.Errorf("the secrets are still somebody else's: %s", text)
	}
	if want := []string{"p:foreign", "p:license", "p:nested", "p:source", "p:version"}; !slices.Equal(slices.Sorted(maps.Keys(got.Config)), want) {
		t.Errorf("got %s", text)
	}
	if got.Config["p:version"].Value != "1.30" || !strings.Contains(string(text), `"0123"`) {
		t.Errorf("a scalar lost its spelling: %s", text)
	}
	for key, want := range map[string]string{"p:license": "in plain text", "p:foreign": "T"} {
		node := got.Config[key]
		if sealed := lookup(&node, secure); sealed == nil || opened(t, salt, sealed.Value) != want {
			t.Errorf("%s is not %q: %s", key, want, text)
		}
	}
	if strings.Contains(string(text), "theirs") {
		t.Errorf("a secret of another backend stayed: %s", text)
	}
}

func TestAPartOfASettingIsEncryptedAndWithoutItsSecretTheSettingIsLeftOut(t *testing.T) {
	for name, c := range map[string]struct{ part, want string }{
		"in plain text":             {"{certificate: C, key: in plain text}", "in plain text"},
		"encrypted elsewhere":       {"{certificate: C, key: {secure: theirs}}", ""},
		"all encrypted elsewhere":   {"{secure: theirs}", ""},
		"without the part, nothing": {"{certificate: C}", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &session{Options: Options{State: t.TempDir(), Sealed: []string{"authority.key"}}}
			const salt = "v1:c2FsdHNhbHQ=:v1:x:y"
			text, err := s.stackFile([]byte("config:\n  p:authority: "+c.part+"\n"), "p", salt)
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Config map[string]yaml.Node }
			if err := yaml.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			setting, there := got.Config["p:authority"]
			switch {
			case there != (c.want != ""):
				t.Errorf("got %s", text)
			case c.want == "" || c.want == "-":
			default:
				sealed := lookup(lookup(&setting, "key"), secure)
				if sealed == nil || opened(t, salt, sealed.Value) != c.want || strings.Contains(string(text), c.want) {
					t.Errorf("got %s", text)
				}
			}
			if strings.Contains(string(text), "theirs") {
				t.Errorf("a secret of another backend stayed: %s", text)
			}
		})
	}
}

// script is a CLI that runs a test's shell script.
func script(t *testing.T, text string) Options {
	t.Helper()
	folder := t.TempDir()
	cli := filepath.Join(folder, "pulumi")
	if err := os.WriteFile(cli, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return Options{
		Project: folder, State: filepath.Join(folder, ".sandbox"), DefaultStack: "dev", CLI: cli, Shim: cli,
		Open: func(string) ([]provider.Package, io.Closer, error) { return nil, nil, nil },
	}
}

func TestTheCLIsExitCodeIsTheHosts(t *testing.T) {
	o := script(t, `echo "$PULUMI_STACK $PULUMI_BACKEND_URL $1"; exit 7`)
	var out bytes.Buffer
	o.Stdout = &out
	code, err := Run(t.Context(), o, []string{"about"})
	if err != nil || code != 7 {
		t.Errorf("exit %d: %v", code, err)
	}
	if want := "dev file://" + o.State + "/backend?metadata=skip about\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

type closedTimes struct {
	times int
	err   error
}

func (c *closedTimes) Close() error { c.times++; return c.err }

func TestTheWorldIsClosedAtTheEndAndAFailureIsReported(t *testing.T) {
	o := script(t, "exit 0")
	world := &closedTimes{err: errors.New("no space left on device")}
	o.Open = func(string) ([]provider.Package, io.Closer, error) { return nil, world, nil }
	_, err := Run(t.Context(), o, []string{"about"})
	if err == nil || !strings.Contains(err.Error(), "no space left on device") || world.times != 1 {
		t.Errorf("closed %d times: %v", world.times, err)
	}
}

func TestACancelledContextInterruptsTheCLI(t *testing.T) {
	o := script(t, `trap 'exit 9' INT; echo ready; while :; do sleep 0.05; done`)
	ctx, cancel := context.WithCancel(t.Context())
	o.Stdout = writer(func(p []byte) { cancel() })
	code, err := Run(ctx, o, []string{"about"})
	if err != nil || code != 9 {
		t.Errorf("exit %d: %v", code, err)
	}
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

func TestTwoHostsDoNotShareAStateFolder(t *testing.T) {
	folder := t.TempDir()
	unlock, err := lock.Take(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Take(folder); err == nil || !strings.Contains(err.Error(), "another command uses the sandbox") {
		t.Errorf("got %v", err)
	}
	unlock()
	again, err := lock.Take(folder)
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestAnUnknownStackIsRefusedByName(t *testing.T) {
	o := script(t, "exit 0")
	if err := os.WriteFile(filepath.Join(o.Project, "Pulumi.yaml"), []byte("name: p\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Run(t.Context(), o, []string{"up", "--stack", "nope"})
	if err == nil || !strings.Contains(err.Error(), `there is no stack "nope"`) {
		t.Errorf("got %v", err)
	}
}

func TestAShimOfAnUnknownPackageIsToldSo(t *testing.T) {
	folder, err := os.MkdirTemp("", "control-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	c, err := listen(filepath.Join(folder, "s"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	t.Setenv(shim.Socket, c.path)
	err = shim.Run([]string{"/x/pulumi-resource-gcp", "127.0.0.1:1"}, &bytes.Buffer{})
	if err == nil || err.Error() != `the sandbox has no package "gcp"` {
		t.Errorf("got %v", err)
	}
}

func TestAnInstanceEndsWithItsShim(t *testing.T) {
	folder, err := os.MkdirTemp("", "control-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	c, err := listen(filepath.Join(folder, "s"), []provider.Package{nothing{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	conn, err := net.Dial("unix", c.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(conn).Encode(shim.Request{Package: "nothing"}); err != nil {
		t.Fatal(err)
	}
	var reply shim.Reply
	if err := json.NewDecoder(conn).Decode(&reply); err != nil || reply.Port == 0 {
		t.Fatalf("got %+v: %v", reply, err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	// close waits for every instance, so it returns only after this one has ended.
	if err := c.close(); err != nil {
		t.Error(err)
	}
}

type nothing struct{}

func (nothing) Name() string                           { return "nothing" }
func (nothing) Version() string                        { return "1.0.0" }
func (nothing) ReplaceOn() (changed, unknown []string) { return nil, nil }
func (nothing) Open(context.Context, map[string]any) (provider.Session, error) {
	return nil, errors.New("nothing to open")
}

func TestACLIThatIsTooOldOrBrokenIsUnfit(t *testing.T) {
	need := semver.MustParse("3.250.0")
	for output, want := range map[string]string{
		"echo v3.250.0":                     "",
		"echo v3.251.0-alpha.1":             "",
		"echo v3.250.0-dev.0":               "",
		"echo v3.249.1":                     "is version 3.249.1 and the SDK needs 3.250.0",
		"echo command not found >&2; false": "does not work (exit status 1)",
		"echo hello":                        "has no usable version",
	} {
		if got := unfit(script(t, output).CLI, need); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", output, got, want)
		}
	}
}

func TestTheBuiltCLIStandsInForAMissingOne(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", t.TempDir())
	if _, err := FindCLI(folder); err == nil || !strings.Contains(err.Error(), "make bin/pulumi") {
		t.Errorf("got %v", err)
	}
	built := filepath.Join(folder, "pulumi")
	if err := os.WriteFile(built, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := FindCLI(folder); err != nil || got != built {
		t.Errorf("got %s: %v", got, err)
	}
}

func TestTheEnginesLogStaysWhereItIsKept(t *testing.T) {
	s := &session{Options: Options{State: t.TempDir()}}
	logs := filepath.Join(s.pulumiHome(), "logs")
	if err := os.MkdirAll(logs, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []bool{true, false} {
		if !folder {
			if err := os.RemoveAll(logs); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.noLog(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(logs); err != nil || info.IsDir() != folder {
			t.Errorf("the log is a folder: %v, want %v (%v)", info.IsDir(), folder, err)
		}
		if err := s.noLog(); err != nil {
			t.Errorf("a second time: %v", err)
		}
	}
}

func TestABuiltPluginIsWhereTheEngineLooksForIt(t *testing.T) {
	folder := t.TempDir()
	s := &session{Options: Options{State: filepath.Join(folder, "state")}}
	link := filepath.Join(s.pulumiHome(), "plugins", "language-yaml-v1.2.3", "pulumi-language-yaml")
	built := func(name string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		return file
	}
	if err := s.install(Plugin{"language", "yaml", "1.2.3", filepath.Join(folder, "absent")}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(link); err == nil {
		t.Error("a plugin is there that is not built")
	}
	// The same state folder may be used from another clone.
	for _, file := range []string{built("one"), built("one"), built("two")} {
		if err := s.install(Plugin{"language", "yaml", "1.2.3", file}); err != nil {
			t.Fatal(err)
		}
		if target, err := os.Readlink(link); err != nil || target != file {
			t.Errorf("the plugin is %s, want %s (%v)", target, file, err)
		}
	}
}

// opened is a secret's plain text, as Pulumi's own passphrase provider reads it.
func opened(t *testing.T, salt, sealed string) string {
	t.Helper()
	bytes, err := base64.StdEncoding.DecodeString(strings.Split(salt, ":")[1])
	if err != nil {
		t.Fatal(err)
	}
	plain, err := config.NewSymmetricCrypterFromPassphrase(DefaultPassphrase, bytes).DecryptValue(t.Context(), sealed)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}
