package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/run/runtest"
	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

// result is the result of a command line.
type result struct {
	code        int
	out, stderr string
}

// ambient runs a command line on a mesh.
func ambient(t *testing.T, ctx context.Context, m *runtest.Mesh, args ...string) result {
	t.Helper()
	p := &program{
		open: func(context.Context, place, *stack.Stack, access) (backend.Backend, error) { return m, nil },
		evidence: func(context.Context, place, *stack.Stack) (doctor.Evidence, error) {
			return nil, errors.New("no evidence")
		},
		outputs: func(context.Context, place) ([]byte, error) { return json.Marshal(m.Stack) },
	}
	var out, stderr bytes.Buffer
	code := execute(ctx, p, &out, &stderr, args)
	return result{code, out.String(), stderr.String()}
}

func three() *runtest.Mesh {
	return runtest.New(stacktest.New(stacktest.Home, stacktest.Home, "away"))
}

func TestExitCodesOfVerify(t *testing.T) {
	broken := func(o backend.Outcome) func(*runtest.Mesh) {
		return func(m *runtest.Mesh) {
			m.Override = func(r backend.Request) (backend.Answer, bool) {
				return backend.Answer{Outcome: o}, r.From.Cluster == "ecs-3"
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*runtest.Mesh)
		args   []string
		want   int
	}{
		{"healthy", nil, nil, 0},
		{"healthy in every state", nil, []string{"--policies", "--intrusive"}, 0},
		{"broken", broken(backend.Network), nil, run.ExitWrong},
		{"undecided", broken(backend.Undecided), nil, run.ExitUndecided},
		{"unknown format", nil, []string{"--output", "xml"}, exitRefused},
		{"bad pattern", nil, []string{"--only", "("}, exitRefused},
		{"nothing selected", nil, []string{"--only", "^nothing$"}, exitRefused},
		{"unknown flag", nil, []string{"--polices"}, exitRefused},
		{"a deployment and the cases", nil, []string{"--rolling", "ecs-1/echo-service", "--policies"}, exitRefused},
		{"a deployment where none can start", nil, []string{"--rolling", "ecs-1/echo-service"}, exitRefused},
		{"argument", nil, []string{"everything"}, exitRefused},
		{"own policies", func(m *runtest.Mesh) { m.Stack.PolicyStage = "l4" }, []string{"--policies"}, exitRefused},
		{"not restored", func(m *runtest.Mesh) {
			m.Fail = func(what string) error {
				if what == "remove" {
					return errors.New("the cluster is gone")
				}
				return nil
			}
		}, []string{"--policies"}, exitRefused},
	} {
		m := three()
		if c.change != nil {
			c.change(m)
		}
		r := ambient(t, context.Background(), m, append([]string{"verify"}, c.args...)...)
		if r.code != c.want {
			t.Errorf("%s: exit code %d, want %d: %s", c.name, r.code, c.want, r.stderr)
		}
		if r.code == exitRefused && !strings.HasPrefix(r.stderr[strings.LastIndex("\n"+r.stderr, "\nambient: "):], "ambient: ") {
			t.Errorf("%s: no reason on standard error: %q", c.name, r.stderr)
		}
	}
}

func TestVerifyPrintsEveryFormatOnStandardOutputAlone(t *testing.T) {
	if r := ambient(t, context.Background(), three(), "verify"); !strings.Contains(r.out, "5 EKS-to-ECS Cluster 1 (local)") || !strings.Contains(r.stderr, "as deployed") {
		t.Errorf("got %+v", r)
	}
	var document map[string]any
	if r := ambient(t, context.Background(), three(), "verify", "-o", "json"); json.Unmarshal([]byte(r.out), &document) != nil {
		t.Errorf("standard output is no JSON: %s", r.out)
	}
	var suites struct{ XMLName xml.Name }
	if r := ambient(t, context.Background(), three(), "verify", "-o", "junit"); xml.Unmarshal([]byte(r.out), &suites) != nil || suites.XMLName.Local != "testsuites" {
		t.Errorf("standard output is no JUnit: %s", r.out)
	}
}

func TestInterruptedVerifySaysSo(t *testing.T) {
	ctx, interrupt := context.WithCancel(context.Background())
	m := three()
	m.Override = func(backend.Request) (backend.Answer, bool) {
		if len(m.Policies) > 0 {
			interrupt()
		}
		return backend.Answer{}, false
	}
	r := ambient(t, ctx, m, "verify", "--policies")
	if r.code != run.ExitInterrupted || !strings.Contains(r.out, "The run was interrupted") || len(m.Policies) > 0 {
		t.Errorf("%d policies are left, exit code %d:\n%s", len(m.Policies), r.code, r.out)
	}
}

func TestCleanRemovesLeftovers(t *testing.T) {
	m := three()
	ambient(t, context.Background(), m, "verify", "--clean")
	m.Policies["mesh-1/verify-deny-all"] = backend.Object{
		"metadata": map[string]any{"namespace": "mesh-1", "name": "verify-deny-all", "labels": map[string]any{"app.kubernetes.io/managed-by": "ambient-ecs-verify"}},
		"spec":     map[string]any{},
	}
	if r := ambient(t, context.Background(), m, "verify"); r.code != exitRefused || !strings.Contains(r.stderr, "--clean") {
		t.Errorf("leftovers: %+v", r)
	}
	if r := ambient(t, context.Background(), m, "verify", "--clean"); r.code != 0 || r.out != "Removed mesh-1/verify-deny-all\n" || len(m.Policies) > 0 {
		t.Errorf("clean: %+v", r)
	}
}

func TestCallPrintsTheAnswer(t *testing.T) {
	m := three()
	r := ambient(t, context.Background(), m, "call", "ecs-1/shell-task", "http://echo-service.mesh-3.ecs.away:8080/")
	if r.code != 0 || r.out != "{\n  \"hostname\": \"x\"\n}\n" || !strings.Contains(r.stderr, "spiffe://cluster.local/ns/mesh-1/sa/ecs → spiffe://cluster.local/ns/mesh-3/sa/ecs") {
		t.Errorf("got %+v", r)
	}
	if r := ambient(t, context.Background(), m, "call", "--past-proxy", "ecs-1/shell-task", "http://echo-service.mesh-3.ecs.away:8080/"); r.code != run.ExitWrong || !strings.HasPrefix(r.stderr, "name (curl 6)") {
		t.Errorf("got %+v", r)
	}
	m.Override = func(backend.Request) (backend.Answer, bool) { return backend.Answer{Outcome: backend.Undecided}, true }
	if r := ambient(t, context.Background(), m, "call", "ecs-1/shell-task", "http://a/"); r.code != run.ExitUndecided {
		t.Errorf("got %+v", r)
	}
}

func TestCallMakesTheRequestThatItIsTold(t *testing.T) {
	m := three()
	var got backend.Request
	m.Override = func(r backend.Request) (backend.Answer, bool) {
		got = r
		return backend.Answer{Outcome: backend.Answered, Body: "plain"}, true
	}
	r := ambient(t, context.Background(), m, "call", "eks:default/eks-shell", "http://a.b/c?d=e", "--data", "x", "-H", "A: b:c", "-H", "D:e", "--timeout", "3s")
	want := backend.Request{From: backend.Source{Namespace: "default", Workload: "eks-shell"}, Host: "a.b", Port: 80, Path: "/c?d=e", Method: "POST", Data: "x"}
	if got.Headers["A"] != "b:c" || got.Headers["D"] != "e" || got.Timeout.String() != "3s" {
		t.Errorf("got %+v", got)
	}
	got.Headers, got.Timeout = nil, 0
	if got.From != want.From || got.Host != want.Host || got.Port != want.Port || got.Path != want.Path || got.Method != want.Method || got.Data != want.Data {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if r.out != "plain\n" {
		t.Errorf("printed %q", r.out)
	}
}

func TestCallRefusals(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"ecs-9/shell-task", "http://a/"}, "ecs-1, ecs-2, ecs-3"},
		{[]string{"ecs-1/none", "http://a/"}, "echo-service, shell-task"},
		{[]string{"ecs-1", "http://a/"}, "echo-service, shell-task"},
		{[]string{"eks:default", "http://a/"}, "eks:NAMESPACE/WORKLOAD"},
		{[]string{"ecs-1/shell-task", "https://a/"}, "the mesh encrypts by itself"},
		{[]string{"ecs-1/shell-task", "a:8080"}, "URL"},
		{[]string{"ecs-1/shell-task", "http://a:70000/"}, "port"},
		{[]string{"ecs-1/shell-task", "http://a/", "-H", "nothing"}, "Name: value"},
		{[]string{"eks:default/eks-shell", "http://a/", "--past-proxy"}, "for tasks"},
		{[]string{"ecs-1/shell-task", "http://a/", "--timeout", "-1s"}, "negative"},
		{[]string{"ecs-1/shell-task"}, "accepts 2 arg"},
	} {
		m := three()
		r := ambient(t, context.Background(), m, append([]string{"call"}, c.args...)...)
		if r.code != exitRefused || !strings.Contains(r.stderr, c.want) || m.Calls > 0 {
			t.Errorf("%v: exit code %d, %d calls, %q; want one with %q", c.args, r.code, m.Calls, r.stderr, c.want)
		}
	}
}

func TestDoctorRefusesAWindowInTheFuture(t *testing.T) {
	if r := ambient(t, context.Background(), three(), "doctor", "--calls-since", "-1h"); r.code != exitRefused || !strings.Contains(r.stderr, "--calls-since -1h0m0s") {
		t.Errorf("got %+v", r)
	}
}

func TestFindingsArePrinted(t *testing.T) {
	result := &doctor.Result{Unseen: []string{"the flow log"}, Findings: []doctor.Finding{
		{Ingredient: "route", Subject: "rtb-1", Sentence: "the route is gone", Fix: "add it", Affects: []string{"a", "b", "c", "d", "e", "f"}},
		{Ingredient: "add-on", Subject: "x", Sentence: "the add-on is gone", Fix: "install it", Latent: true},
		{Ingredient: "calls-nobody", Subject: "y", Sentence: "it called nobody", Fix: "look", Warning: true},
	}}
	var out, aside bytes.Buffer
	if err := printFindings(&out, &aside, "text", result); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1. the route is gone.", "Fix: add it.", "Affects: a, b, c, d, and 2 more", "2. the add-on is gone.", "stops no call now", "3. it called nobody.", "may be as intended", "Not looked at: the flow log.\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
	if strings.Count(out.String(), "as intended") != 1 || aside.Len() > 0 {
		t.Errorf("got:\n%s%s", out.String(), aside.String())
	}
	out.Reset()
	if err := printFindings(&out, &aside, "json", &doctor.Result{Unseen: result.Unseen}); err != nil || out.String() != "[]\n" || aside.String() != "Not looked at: the flow log.\n" {
		t.Errorf("no findings as JSON: %q, %q, %v", out.String(), aside.String(), err)
	}
	out.Reset()
	if err := printFindings(&out, &aside, "json", result); err != nil || strings.Count(out.String(), `"warning": true`) != 1 {
		t.Errorf("findings as JSON: %s, %v", out.String(), err)
	}
}

func TestTopologyIsDrawnInEveryFormat(t *testing.T) {
	for format, want := range map[string]string{"table": "echo-service", "mermaid": "flowchart", "svg": "<svg", "html": "<!DOCTYPE html>"} {
		if r := ambient(t, context.Background(), three(), "topology", "-o", format); r.code != 0 || !strings.Contains(r.out, want) {
			t.Errorf("%s: %+v", format, r)
		}
	}
	if r := ambient(t, context.Background(), three(), "topology", "-o", "html", "--certificates"); r.code != 0 {
		t.Errorf("certificates on the page: code %d, %s", r.code, r.stderr)
	}
	for _, args := range [][]string{{"-o", "png"}, {"-o", "svg", "--certificates"}, {"-o", "mermaid", "--certificates"}} {
		if r := ambient(t, context.Background(), three(), append([]string{"topology"}, args...)...); r.code != exitRefused {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

func TestOutputsAreReadFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "outputs.json")
	if err := os.WriteFile(file, []byte(`{"a": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := outputs(context.Background(), place{file: file}); err != nil || string(data) != `{"a": 1}` {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := outputs(context.Background(), place{file: file + "x"}); err == nil {
		t.Error("a file that does not exist was read")
	}
	p := &program{outputs: func(context.Context, place) ([]byte, error) { return []byte(`{"a": 1}`), nil }}
	if _, err := p.read(context.Background()); err == nil || !strings.Contains(err.Error(), "no outputs of a finished") {
		t.Errorf("outputs of another stack: %v", err)
	}
}
