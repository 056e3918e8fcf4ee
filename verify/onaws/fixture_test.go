package onaws

import (
	"context"
	"encoding/base64"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/onaws/connect"
	"ambient-ecs/verify/onaws/proxy"
	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

const (
	shellTask = "arn:aws:ecs:eu-central-1:111122223333:task/mesh-1/aaaa"
	echoTask  = "arn:aws:ecs:eu-central-1:111122223333:task/mesh-1/bbbb"
)

func TestMain(m *testing.M) {
	poll = time.Millisecond
	m.Run()
}

// scene is a back end whose AWS, Kubernetes and terminal are stand-ins.
type scene struct {
	*AWS
	aws        *awstest.AWS
	kubernetes *awstest.Kubernetes
	terminal   *terminal
}

// terminal plays the AWS CLI: it runs the line in a shell of this machine, with a curl that answers as told.
type terminal struct {
	mu       sync.Mutex
	commands [][]string
	shows    func(command []string) string
	err      error
}

func (f *terminal) Run(_ context.Context, environment, command []string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commands = append(f.commands, append(append([]string{}, command...), environment...))
	if f.shows == nil {
		return nil, f.err
	}
	return []byte(f.shows(command)), f.err
}

// shell runs a line with a curl that prints text and exits with code.
func shell(t *testing.T, code int, text string) func([]string) string {
	return func(command []string) string {
		t.Helper()
		line := command[len(command)-1]
		fake := "curl() { for w; do case $w in *' status %{http_code}'*) printf '" + text + "'; printf '%s' \"$w\" | sed 's/%{http_code}/200/; s/\\\\n/\\n/g';; esac; done; return " + fmt.Sprint(code) + "; }\n"
		// The line starts a shell of its own, so the function's text is put into the line.
		encoded := base64.StdEncoding.EncodeToString([]byte(fake))
		line = strings.Replace(line, `eval "$(printf`, `eval "$(echo `+encoded+` | base64 -d; printf`, 1)
		out, err := exec.Command("sh", "-c", line).CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return "\r\nStarting session with SessionId: ecs-execute-command-1\r\n" + strings.ReplaceAll(string(out), "\n", "\r\n") + "\r\nExiting session with sessionId: ecs-execute-command-1.\r\n"
	}
}

func newScene(t *testing.T, objects ...map[string]any) *scene {
	t.Helper()
	aws := awstest.New(t)
	kubernetes := awstest.NewKubernetes(t, objects...)
	s := stacktest.New(stacktest.Home)
	s.Kubeconfig = kubernetes.Kubeconfig()
	s.MeshCIDRs, s.EKSGroup = []string{"10.0.0.0/16", "10.1.0.0/16"}, "sg-eks"
	one := s.Clusters["ecs-1"]
	one.LogGroup = "/ecs/mesh-1"
	s.Clusters["ecs-1"] = one
	accounts, err := connect.OpenAccounts(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	c, err := connect.OpenCluster(s.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{}
	b := newAWS(s, Options{LogWait: time.Nanosecond, Settle: time.Nanosecond, Wait: time.Nanosecond}, accounts, c)
	b.terminal, b.sessions, b.discoveryWait = term, true, time.Nanosecond
	b.dump = func(context.Context) (map[string]proxy.Dump, error) { return map[string]proxy.Dump{}, nil }
	tasks(aws, map[string]string{"shell-task": shellTask, "echo-service": echoTask}, nil)
	return &scene{b, aws, kubernetes, term}
}

// tasks records answers for the tasks of services, with changed fields.
func tasks(aws *awstest.AWS, byService map[string]string, change func(task map[string]any)) {
	aws.On("ecs:ListTasks", func(in awstest.Input) any {
		arn := byService[in.Text("serviceName")]
		if arn == "" {
			return map[string]any{"taskArns": []string{}}
		}
		return map[string]any{"taskArns": []string{arn}}
	})
	aws.On("ecs:DescribeTasks", func(in awstest.Input) any {
		arn := in["tasks"].([]any)[0].(string)
		name, address := "shell-task", "10.0.1.10"
		if arn == byService["echo-service"] {
			name, address = "echo-service", "10.0.1.20"
		}
		task := map[string]any{
			"taskArn": arn, "lastStatus": "RUNNING", "healthStatus": "HEALTHY", "enableExecuteCommand": true,
			"taskDefinitionArn": "arn:aws:ecs:eu-central-1:111122223333:task-definition/mesh-1-" + name + ":3",
			"attachments":       []any{map[string]any{"type": "ElasticNetworkInterface", "details": []any{map[string]any{"name": "privateIPv4Address", "value": address}}}},
			"containers": []any{
				map[string]any{"name": "ztunnel"},
				map[string]any{"name": name, "managedAgents": []any{map[string]any{"name": "ExecuteCommandAgent", "lastStatus": "RUNNING"}}},
			},
		}
		if change != nil {
			change(task)
		}
		return map[string]any{"tasks": []any{task}}
	})
}

// logs records lines of a task's ztunnel.
func logs(aws *awstest.AWS, stream string, lines ...string) {
	aws.On("logs:FilterLogEvents", func(awstest.Input) any {
		var events []any
		for _, line := range lines {
			events = append(events, map[string]any{"logStreamName": stream, "message": line, "timestamp": time.Now().UnixMilli()})
		}
		return map[string]any{"events": events}
	})
}

// logged is the time of a line. It is ahead of this machine's clock, so that a line counts however long the call
// took.
func logged() string { return time.Now().Add(time.Minute).UTC().Format(time.RFC3339Nano) }

func inbound(from, client, rest string) string {
	return logged() + "\tinfo\taccess\tconnection complete\tsrc.addr=" + from + ":4711 src.identity=\"" + client +
		"\" dst.addr=10.0.1.20:15008 dst.hbone_addr=10.0.1.20:8080 dst.service=\"echo-service.mesh-1.ecs.home\" dst.identity=\"spiffe://cluster.local/ns/mesh-1/sa/ecs\" direction=\"inbound\" " + rest
}

func echoHost(s *stack.Stack) string { return s.Clusters["ecs-1"].Services["echo-service"].Hostname }
