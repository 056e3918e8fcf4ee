package onaws

import (
	"context"
	"strings"
	"testing"
	"time"

	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/stack"
)

const (
	homeRole = "arn:aws:iam::111122223333:role/mesh-discovery-home"
	awayRole = "arn:aws:iam::444455556600:role/mesh-discovery-away"
)

func istiod(t *testing.T, environment string) map[string]any {
	return awstest.Object(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"istiod-1","namespace":"istio-system","labels":{"app":"istiod"}},
		"spec":{"containers":[{"name":"discovery","env":[`+environment+`]}]},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}`)
}

func told(accounts string) string { return `{"name":"ECS_ACCOUNTS","value":"` + accounts + `"}` }

func workloadEntry(t *testing.T, name, address string) map[string]any {
	return awstest.Object(t, `{"apiVersion":"networking.istio.io/v1","kind":"WorkloadEntry","metadata":{"name":"`+name+`","namespace":"mesh-1"},"spec":{"address":"`+address+`"}}`)
}

// watched is a scene with a second account, in which nothing runs, and an istiod that finds everything.
func watched(t *testing.T, objects ...map[string]any) *scene {
	t.Helper()
	s := newScene(t, append(objects, workloadEntry(t, "shell", "10.0.1.10"), workloadEntry(t, "echo", "10.0.1.20"))...)
	s.stack.Accounts["away"] = stack.Account{ID: "444455556600"}
	s.stack.DiscoveryRoles = map[string]string{"home": homeRole, "away": awayRole}
	s.kubernetes.Log = func(string) string { return "" }
	return s
}

const both = "ecs.home," + homeRole + ",ecs.away," + awayRole

func TestIstiodThatFindsEveryTaskIsDiscovering(t *testing.T) {
	s := watched(t, istiod(t, told(both)))
	live, err := s.Discovering(context.Background())
	if err != nil || len(live) != 2 || live["home"]+live["away"] != "" {
		t.Errorf("got %q, %v", live, err)
	}
}

func TestWhatKeepsIstiodFromDiscoveringIsToldByAccount(t *testing.T) {
	const at = "2026-04-01T14:01:02.476412Z\terror\tecs\t"
	for name, test := range map[string]struct {
		environment, log string
		home, away       string
	}{
		"no role of an account":     {environment: told("ecs.home," + homeRole), away: "not told to look into account away"},
		"a role with a longer name": {environment: told(both + "-2"), away: "not told to look into account away"},
		"what it started with":      {log: at + "configured ecs accounts: [ecs.home=" + homeRole + "]\n", away: "not told to look into account away"},
		"a role that it may not assume": {
			environment: told(both), away: "sts:AssumeRole",
			log: at + "failed to discover clusters: operation error STS: AssumeRole, AccessDenied: User: arn:aws:sts::111122223333:assumed-role/mesh-istiod/eks is not authorized to perform: sts:AssumeRole on resource: " + awayRole + "\n",
		},
		"a role that may not look": {
			environment: told(both), away: "ecs:ListClusters",
			log: at + "failed to discover clusters: AccessDeniedException: User: arn:aws:sts::444455556600:assumed-role/mesh-discovery-away/177 is not authorized to perform: ecs:ListClusters\n",
		},
		"nobody knows where":  {environment: told(both), log: at + "failed to discover clusters: dial tcp: i/o timeout\n", home: "i/o timeout", away: "i/o timeout"},
		"the last of several": {environment: told(both), away: "now", log: at + "failed to discover clusters: before " + awayRole + "\n" + at + "failed to discover clusters: now " + awayRole + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := watched(t, istiod(t, test.environment))
			s.kubernetes.Log = func(string) string { return test.log }
			live, err := s.Discovering(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for key, want := range map[string]string{"home": test.home, "away": test.away} {
				if got := live[key]; !strings.Contains(got, want) || want == "" && got != "" {
					t.Errorf("%s: got %q, want %q", key, got, want)
				}
			}
		})
	}
}

func TestATaskThatIstiodDoesNotKnowIsNamed(t *testing.T) {
	s := watched(t, istiod(t, told(both)))
	tasks(s.aws, map[string]string{"shell-task": shellTask, "echo-service": echoTask}, func(task map[string]any) {
		if task["taskArn"] == echoTask {
			task["attachments"] = []any{map[string]any{"details": []any{map[string]any{"name": "privateIPv4Address", "value": "10.0.1.77"}}}}
		}
	})
	live, err := s.Discovering(context.Background())
	if err != nil || !strings.Contains(live["home"], "ecs-1/echo-service runs at 10.0.1.77") || live["away"] != "" {
		t.Errorf("got %q, %v", live, err)
	}
	// istiod needs a moment for a task that has just started.
	s.discoveryWait = time.Minute
	s.aws.On("ecs:DescribeTasks", func(in awstest.Input) any {
		s.kubernetes.Put(workloadEntry(t, "late", "10.0.1.78"))
		return map[string]any{"tasks": []any{map[string]any{"taskArn": echoTask, "lastStatus": "RUNNING", "attachments": []any{map[string]any{"details": []any{map[string]any{"name": "privateIPv4Address", "value": "10.0.1.78"}}}}}}}
	})
	if live, err := s.Discovering(context.Background()); err != nil || live["home"] != "" {
		t.Errorf("got %q, %v", live, err)
	}
}

func TestWithoutIstiodNothingIsDiscovered(t *testing.T) {
	live, err := watched(t).Discovering(context.Background())
	if err != nil || live["home"] != "no pod of istiod is ready" || live["away"] != "no pod of istiod is ready" {
		t.Errorf("got %q, %v", live, err)
	}
}

func TestWhatCannotBeReadOfDiscoveryIsAnError(t *testing.T) {
	s := watched(t, istiod(t, told(both)))
	s.aws.On("ecs:ListTasks", nil)
	if _, err := s.Discovering(context.Background()); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("got %v", err)
	}
	// The node has rotated the beginning of the log away.
	if _, err := watched(t, istiod(t, `{"name":"ECS_ACCOUNTS","valueFrom":{}}`)).Discovering(context.Background()); err == nil || !strings.Contains(err.Error(), "not known") {
		t.Errorf("got %v", err)
	}
}
