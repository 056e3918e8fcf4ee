package onaws

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/awstest"
)

const us = "spiffe://cluster.local/ns/mesh-1/sa/ecs"

var fromShell = backend.Source{Cluster: "ecs-1", Service: "shell-task"}

func (s *scene) toEcho() backend.Request {
	return backend.Request{From: fromShell, Host: echoHost(s.stack), Port: 8080}
}

func TestACallFromATaskGoesThroughECSExecAndNamesBothIdentities(t *testing.T) {
	s := newScene(t)
	s.terminal.shows = shell(t, 0, `HTTP/1.1 200 OK\r\n\r\n{"hostname":"echo"}`)
	logs(s.aws, "ztunnel/ztunnel/bbbb", "noise", inbound("10.9.9.9", "spiffe://cluster.local/ns/other/sa/other", ""), inbound("10.0.1.10", us, ""))
	answer := s.Call(context.Background(), s.toEcho())
	if answer.Outcome != backend.Answered || answer.Body != `{"hostname":"echo"}` || answer.Client != us || answer.Server != us || answer.Took == 0 {
		t.Errorf("got %+v", answer)
	}
	command := strings.Join(s.terminal.commands[0], " ")
	for _, want := range []string{"aws ecs execute-command", "--cluster mesh-1", "--task aaaa", "--container shell-task", "--interactive", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_REGION=eu-central-1"} {
		if !strings.Contains(command, want) {
			t.Errorf("the command lacks %q: %s", want, command)
		}
	}
	if slices.Contains(s.terminal.commands[0], "AWS_PROFILE=") {
		t.Error("the profile of the environment reaches the CLI")
	}
}

func TestLinesOfOtherCallersNameNobody(t *testing.T) {
	s := newScene(t)
	s.terminal.shows = shell(t, 0, `HTTP/1.1 200 OK\r\n\r\n`)
	logs(s.aws, "ztunnel/ztunnel/bbbb", inbound("10.9.9.8", us, ""), inbound("10.9.9.9", "spiffe://cluster.local/ns/other/sa/other", ""))
	answer := s.Call(context.Background(), s.toEcho())
	if answer.Outcome != backend.Answered || answer.Client != "" || !strings.Contains(answer.Why, "no line") {
		t.Errorf("got %+v", answer)
	}
	// This line is from a task of another service.
	logs(s.aws, "ztunnel/ztunnel/cccc", inbound("10.0.1.10", us, ""))
	if answer := s.Call(context.Background(), s.toEcho()); answer.Client != "" {
		t.Errorf("got %+v", answer)
	}
}

func TestAResetIsExplainedByTheLogs(t *testing.T) {
	for name, test := range map[string]struct {
		inbound    bool
		error, why string
		outcome    backend.Outcome
	}{
		"by the destination": {true, "connection closed due to policy rejection: explicitly denied by: mesh-1/deny", "mesh-1/deny", backend.Policy},
		"by the caller":      {false, "http status: 401 Unauthorized", "401", backend.Policy},
		"by a dead network":  {false, "connection timed out, maybe a NetworkPolicy is blocking HBONE port 15008: deadline has elapsed", "timed out", backend.Network},
		"by a missing route": {false, "io error: No route to host (os error 113)", "No route", backend.Network},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.terminal.shows = shell(t, 56, `curl: (56) Recv failure: Connection reset by peer\n`)
			stream, line := "ztunnel/ztunnel/bbbb", inbound("10.0.1.10", us, `error="`+test.error+`"`)
			if !test.inbound {
				stream, line = "ztunnel/ztunnel/aaaa", strings.Replace(line, `"inbound"`, `"outbound"`, 1)
			}
			logs(s.aws, stream, line)
			answer := s.Call(context.Background(), s.toEcho())
			if answer.Outcome != test.outcome || !strings.Contains(answer.Why, test.why) {
				t.Errorf("got %+v", answer)
			}
		})
	}
}

func TestWhatCouldNotBeTriedIsUndecided(t *testing.T) {
	denied := "\r\nAn error occurred (AccessDeniedException) when calling the ExecuteCommand operation: refused, reset, denied\r\n"
	for name, test := range map[string]struct {
		prepare func(*scene)
		request func(*backend.Request)
		why     string
	}{
		"AWS refuses": {prepare: func(s *scene) { s.terminal.shows = func([]string) string { return denied } }, why: "AccessDeniedException"},
		"no plugin": {prepare: func(s *scene) {
			s.terminal.shows = func([]string) string { return "SessionManagerPlugin is not found. Please" }
		}, why: "SessionManagerPlugin"},
		"the CLI fails":    {prepare: func(s *scene) { s.terminal.err = errors.New("exit status 255") }, why: "255"},
		"an empty session": {prepare: func(s *scene) { s.terminal.shows = func([]string) string { return "Starting session" } }, why: "without a result"},
		"no task":          {prepare: func(s *scene) { tasks(s.aws, nil, nil) }, why: "no running task"},
		"no agent": {prepare: func(s *scene) {
			tasks(s.aws, map[string]string{"shell-task": shellTask}, func(task map[string]any) {
				task["containers"] = []any{map[string]any{"name": "shell-task", "managedAgents": []any{map[string]any{"name": "ExecuteCommandAgent", "lastStatus": "STOPPED", "reason": "no route to ssmmessages"}}}}
			})
		}, why: "STOPPED no route"},
		"exec off": {prepare: func(s *scene) {
			tasks(s.aws, map[string]string{"shell-task": shellTask}, func(task map[string]any) { task["enableExecuteCommand"] = false })
		}, why: "enableExecuteCommand"},
		"not allowed to look": {prepare: func(s *scene) { s.aws.On("ecs:ListTasks", nil) }, why: "AccessDeniedException"},
		"an unknown service":  {request: func(r *backend.Request) { r.From.Service = "nobody" }, why: "nobody"},
		"an unknown cluster":  {request: func(r *backend.Request) { r.From.Cluster = "ecs-9" }, why: "ecs-9"},
		"a bad request":       {request: func(r *backend.Request) { r.Port = 0 }, why: "port 0"},
		"no such deployment":  {request: func(r *backend.Request) { r.From = backend.Source{Namespace: "default", Workload: "gone"} }, why: "gone"},
		"no such target":      {request: func(r *backend.Request) { r.Task = "ecs-1/nobody" }, why: "nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			if test.prepare != nil {
				test.prepare(s)
			}
			r := s.toEcho()
			if test.request != nil {
				test.request(&r)
			}
			if answer := s.Call(context.Background(), r); answer.Outcome != backend.Undecided || !strings.Contains(answer.Why, test.why) {
				t.Errorf("got %+v, want %q", answer, test.why)
			}
		})
	}
}

func TestATaskIsCalledByItsAddress(t *testing.T) {
	s := newScene(t)
	var line string
	s.terminal.shows = func(command []string) string { line = command[len(command)-1]; return "" }
	r := s.toEcho()
	r.Host, r.Task = "", "ecs-1/echo-service"
	s.Call(context.Background(), r)
	if !strings.Contains(line, "http://10.0.1.20:8080/") {
		t.Errorf("the line is %s", line)
	}
}

func pods(t *testing.T) []map[string]any {
	t.Helper()
	const ready = `"status":{"phase":"Running","podIP":"192.168.1.5","conditions":[{"type":"Ready","status":"True"}]}`
	return []map[string]any{
		awstest.Object(t, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"eks-shell","namespace":"default"},"spec":{"selector":{"matchLabels":{"app":"eks-shell"}},"template":{"metadata":{"labels":{"app":"eks-shell"}},"spec":{"containers":[{"name":"eks-shell","image":"i"}]}}}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a-pending","namespace":"default","labels":{"app":"eks-shell"}},"status":{"phase":"Pending"}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"eks-shell-1","namespace":"default","labels":{"app":"eks-shell"}},"spec":{"containers":[{"name":"eks-shell"}]},`+ready+`}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"ztunnel-1","namespace":"istio-system","labels":{"app":"ztunnel"}},"spec":{"containers":[{"name":"istio-proxy"}]},`+ready+`}`),
	}
}

// inPod answers a script that is to run in a pod.
func inPod(t *testing.T, want string) func(string, []string) string {
	return func(pod string, command []string) string {
		if pod != want || len(command) != 3 || command[0] != "sh" {
			t.Errorf("pod %s was asked for %q", pod, command)
		}
		_, marker, _ := strings.Cut(command[2], "m=")
		marker, _, _ = strings.Cut(marker, "\n")
		return "\n" + marker + " exit 0 status 200 .\n" + marker + " text\nHTTP/1.1 200 OK\n\nhello\n\n" + marker + " end\n"
	}
}

func TestACallFromAPodGoesThroughTheKubernetesAPI(t *testing.T) {
	s := newScene(t, pods(t)...)
	s.kubernetes.Exec = inPod(t, "eks-shell-1")
	s.kubernetes.Log = func(string) string { return inbound("192.168.1.5", us, "") + "\n" }
	answer := s.Call(context.Background(), backend.Request{From: backend.Source{Namespace: "default", Workload: "eks-shell"}, Host: "eks-echo.default.svc.cluster.local", Port: 8080})
	if answer.Outcome != backend.Answered || answer.Body != "hello" || answer.Client != us {
		t.Errorf("got %+v", answer)
	}
}

func TestAPodOutsideTheMeshIsMadeOnlyWhenAllowedAndGoesAway(t *testing.T) {
	s := newScene(t, pods(t)...)
	s.options.LogWait, s.options.Wait = -1, time.Minute
	s.kubernetes.Exec = inPod(t, "eks-shell-outside-mesh")
	r := backend.Request{From: backend.Source{Namespace: "default", Workload: "eks-shell", OutsideMesh: true}, Host: "10.0.1.20", Port: 8080, PastProxy: true}
	if answer := s.Call(context.Background(), r); answer.Outcome != backend.Undecided || !strings.Contains(answer.Why, "--intrusive") {
		t.Errorf("got %+v", answer)
	}
	if changes := s.kubernetes.Requests(); len(changes) > 0 {
		t.Errorf("it changed something: %v", changes)
	}
	s.options.Intrusive = true
	for range 2 {
		if answer := s.Call(context.Background(), r); answer.Outcome != backend.Answered {
			t.Errorf("got %+v", answer)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{"POST /api/v1/namespaces/default/pods", "DELETE /api/v1/namespaces/default/pods/eks-shell-outside-mesh"}
	if got := s.kubernetes.Requests(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRevisionsAreThoseOfTheTasks(t *testing.T) {
	s := newScene(t)
	s.aws.On("ecs:DescribeServices", func(awstest.Input) any {
		return map[string]any{"services": []any{map[string]any{"status": "ACTIVE", "desiredCount": 2}}}
	})
	revisions, err := s.Revisions(context.Background())
	if err != nil || len(revisions) != 2 {
		t.Fatalf("got %+v, %v", revisions, err)
	}
	if r := revisions[0]; r.Service != "echo-service" || r.Desired != 2 || r.Ready != 1 || !strings.HasSuffix(r.Running, "mesh-1-echo-service:3") {
		t.Errorf("got %+v", r)
	}
}
