package onaws

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/onaws/connect"
	"ambient-ecs/verify/onaws/proxy"
	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

func TestServicesSayWhereTheyWereDiscovered(t *testing.T) {
	s := newScene(t, awstest.Object(t, `{"apiVersion":"networking.istio.io/v1","kind":"ServiceEntry","metadata":{"name":"e","namespace":"mesh-1","annotations":{"ecs.solo.io/arn":"arn:aws:ecs:eu-central-1:111122223333:service/mesh-1/echo-service"}},"spec":{"hosts":["echo-service.mesh-1.ecs.home"]}}`))
	s.AWS.dump = func(context.Context) (map[string]proxy.Dump, error) {
		dump, err := proxy.ParseDump([]byte(`{"services":[{"name":"echo","namespace":"mesh-1","hostname":"echo-service.mesh-1.ecs.home"},{"name":"a","namespace":"default","hostname":"a.default.svc.cluster.local"}]}`))
		return map[string]proxy.Dump{"ztunnel-1": dump}, err
	}
	services, err := s.Services(context.Background())
	if err != nil || len(services) != 2 || services[1].Account != "111122223333" || services[1].Cluster != "mesh-1" || services[0].Account != "" {
		t.Errorf("got %+v, %v", services, err)
	}
}

func TestWhatZtunnelKnowsIsReadThroughAPortForward(t *testing.T) {
	s := newScene(t, pods(t)...)
	s.AWS.dump = s.nodeDumps
	s.kubernetes.Port = func(pod, port string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if pod+":"+port+r.URL.Path != "ztunnel-1:15000/config_dump" {
				t.Errorf("%s of port %s of %s was asked for", r.URL.Path, port, pod)
			}
			_, _ = io.WriteString(w, `{"workloads":[{"uid":"u","name":"echo","namespace":"mesh-1","serviceAccount":"ecs","protocol":"HBONE"}]}`)
		})
	}
	workloads, err := s.Workloads(context.Background())
	if err != nil || len(workloads) != 1 || workloads[0].Identity != "spiffe://cluster.local/ns/mesh-1/sa/ecs" {
		t.Errorf("got %+v, %v", workloads, err)
	}
	s.kubernetes.Port = func(string, string) http.Handler { return nil }
	if _, err := s.Workloads(context.Background()); err == nil || !strings.Contains(err.Error(), "ztunnel-1") {
		t.Errorf("got %v", err)
	}
}

func TestCertificatesComeFromNodesAndTasks(t *testing.T) {
	s := newScene(t)
	const one = `{"certificates": [{"identity":"spiffe://x/ns/a/sa/b","certChain":[{"pem":"","expirationTime":"2030-01-01T00:00:00Z"}],"rootCerts":[{"pem":"","expirationTime":"2035-01-01T00:00:00Z"}]}]}`
	s.AWS.dump = func(context.Context) (map[string]proxy.Dump, error) {
		dump, err := proxy.ParseDump([]byte(one))
		return map[string]proxy.Dump{"ztunnel-1": dump}, err
	}
	// The output of sed in the task: the text from the key to the end of the dump.
	s.terminal.shows = func(command []string) string {
		return shellScript(t, command, `  \"certificates\": [{\"identity\":\"spiffe://x/ns/mesh-1/sa/ecs\",\"certChain\":[{\"pem\":\"\",\"expirationTime\":\"2031-01-01T00:00:00Z\"}]}],\n  \"config\": {}\n}`)
	}
	certificates, err := s.Certificates(context.Background())
	if err != nil || len(certificates) != 4 {
		t.Fatalf("got %+v, %v", certificates, err)
	}
	if last := certificates[3]; last.Identity != "spiffe://x/ns/mesh-1/sa/ecs" || last.NotAfter.Year() != 2031 {
		t.Errorf("got %+v", certificates)
	}
	s.terminal.shows = func([]string) string { return "An error occurred (TargetNotConnectedException) when calling" }
	if certificates, err := s.Certificates(context.Background()); err == nil || !strings.Contains(err.Error(), "TargetNotConnected") || len(certificates) != 2 {
		t.Errorf("got %+v, %v", certificates, err)
	}
}

// shellScript runs the line of a command with a curl that prints text.
func shellScript(t *testing.T, command []string, text string) string {
	t.Helper()
	line := strings.Replace(command[len(command)-1], `eval "$(printf`, `curl() { printf "`+strings.ReplaceAll(text, `\"`, `\042`)+`"; }; eval "$(printf`, 1)
	out, err := exec.Command("sh", "-c", line).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	return string(out)
}

func policy(t *testing.T, spec string) map[string]any {
	return awstest.Object(t, `{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"p","namespace":"mesh-1","resourceVersion":"7","managedFields":[{}]},"spec":`+spec+`,"status":{"x":1}}`)
}

const policyPath = "/apis/security.istio.io/v1/namespaces/mesh-1/authorizationpolicies/p"

// has is the dump of a ztunnel that enforces the policy with the given content.
func has(content string) proxy.Dump {
	return proxy.Dump{Policies: []proxy.Policy{{Name: "p", Namespace: "mesh-1", Content: content}}}
}

func TestAPolicyIsAppliedAsGivenAndAwaited(t *testing.T) {
	s := newScene(t, policy(t, `{"action":"DENY","rules":[{"to":[]}]}`))
	s.options.Wait = time.Minute
	asked := 0
	s.AWS.dump = func(context.Context) (map[string]proxy.Dump, error) {
		// The first is before the change, and the second ztunnel is slower than the first.
		answers := []map[string]proxy.Dump{
			{"early": has("old"), "late": has("old")}, {"early": has("old"), "late": has("old")}, {"early": has("new"), "late": has("old")}, {"early": has("new"), "late": has("new")},
		}
		asked++
		return answers[asked-1], nil
	}
	if err := s.Apply(context.Background(), []map[string]any{policy(t, `{"rules":[]}`)}); err != nil {
		t.Fatal(err)
	}
	if asked != 4 {
		t.Errorf("ztunnels were asked %d times", asked)
	}
	object := s.kubernetes.At(policyPath)
	if spec := backend.Map(object, "spec"); spec["action"] != nil || len(spec) != 1 {
		t.Errorf("a field of another manager is still there: %v", spec)
	}
	if got := s.kubernetes.Requests(); len(got) != 2 || got[0] != "PATCH "+policyPath || got[1] != "PUT "+policyPath {
		t.Errorf("got %v", got)
	}
}

func TestANewPolicyIsAwaitedAtEveryZtunnel(t *testing.T) {
	s := newScene(t)
	s.options.Wait = time.Minute
	asked := 0
	s.AWS.dump = func(context.Context) (map[string]proxy.Dump, error) {
		if asked++; asked < 3 {
			return map[string]proxy.Dump{"early": has("new"), "late": {}}, nil
		}
		return map[string]proxy.Dump{"early": has("new"), "late": has("new")}, nil
	}
	if err := s.Apply(context.Background(), []map[string]any{policy(t, `{"rules":[]}`)}); err != nil || asked != 3 {
		t.Errorf("ztunnels were asked %d times, %v", asked, err)
	}
}

func TestAChangeThatIsNoneToZtunnelIsNotAwaitedForever(t *testing.T) {
	const spec = `{"rules":[{"to":[{"operation":{"methods":["GET"]}}]}]}`
	for name, test := range map[string]struct {
		spec  string
		dumps int
	}{"the same again": {spec, 1}, "another method": {strings.Replace(spec, "GET", "PUT", 1), 2}} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, policy(t, spec))
			s.options.Wait, s.changeWait = time.Minute, 0
			asked := 0
			s.AWS.dump = func(context.Context) (map[string]proxy.Dump, error) {
				asked++
				return map[string]proxy.Dump{"ztunnel-1": has("as ever")}, nil
			}
			if err := s.Apply(context.Background(), []map[string]any{policy(t, test.spec)}); err != nil || asked != test.dumps {
				t.Errorf("ztunnels were asked %d times, %v", asked, err)
			}
		})
	}
}

func TestAPolicyThatIsNotEnforcedInTimeIsAnError(t *testing.T) {
	s := newScene(t)
	s.AWS.dump = func(context.Context) (map[string]proxy.Dump, error) {
		return map[string]proxy.Dump{"ztunnel-1": {}}, nil
	}
	err := s.Apply(context.Background(), []map[string]any{policy(t, `{}`)})
	if err == nil || !strings.Contains(err.Error(), "ztunnel-1") {
		t.Errorf("got %v", err)
	}
	// The removal takes effect at once.
	if err := s.Remove(context.Background(), []map[string]any{policy(t, `{}`), policy(t, `{}`)}); err != nil {
		t.Error(err)
	}
	if s.kubernetes.At(policyPath) != nil {
		t.Error("the policy is still there")
	}
	list, err := s.List(context.Background(), "security.istio.io/v1", "AuthorizationPolicy")
	if err != nil || len(list) != 0 {
		t.Errorf("got %v, %v", list, err)
	}
	if _, err := s.List(context.Background(), "security.istio.io/v1", "Nothing"); err == nil {
		t.Error("a kind that does not exist was listed")
	}
}

func TestAPolicyOfAWaypointIsNotAwaitedAtZtunnel(t *testing.T) {
	s := newScene(t)
	s.AWS.dump = func(context.Context) (map[string]proxy.Dump, error) { return nil, errors.New("not to be asked") }
	if err := s.Apply(context.Background(), []map[string]any{policy(t, `{"targetRefs":[{"kind":"Gateway","name":"waypoint"}]}`)}); err != nil {
		t.Error(err)
	}
}

func TestMissingProgramsAreNamedTogether(t *testing.T) {
	nothing := func(string) (string, error) { return "", exec.ErrNotFound }
	err := programs(nothing, true)
	if err == nil || !strings.Contains(err.Error(), "AWS CLI is missing") || !strings.Contains(err.Error(), "session-manager-plugin") {
		t.Errorf("got %v", err)
	}
	if err := programs(nothing, false); strings.Contains(err.Error(), "session-manager-plugin") {
		t.Errorf("got %v", err)
	}
}

func TestCredentialsOfAnotherAccountAreRefused(t *testing.T) {
	aws := awstest.New(t)
	aws.On("sts:GetCallerIdentity", awstest.Identity("999999999999"))
	s := stacktest.New(stacktest.Home)
	_, err := Open(context.Background(), s, Options{ReadOnly: true})
	if err == nil || !strings.Contains(err.Error(), "999999999999") || !strings.Contains(err.Error(), "kubeconfig") {
		t.Errorf("got %v", err)
	}
}

func TestARoleIsAssumedAsTheStackSays(t *testing.T) {
	aws := awstest.New(t)
	var asked awstest.Input
	aws.On("sts:AssumeRole", func(in awstest.Input) any {
		asked = in
		return `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>tok</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
	})
	s := stacktest.New(stacktest.Home)
	s.Accounts[stacktest.Home] = stack.Account{ID: "111122223333", RoleARN: "arn:aws:iam::111122223333:role/deployer", ExternalID: "door", SessionName: "ci"}
	set, err := connect.OpenAccounts(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	environment, err := set.Environment(context.Background(), stacktest.Home, "")
	if err != nil {
		t.Fatal(err)
	}
	if asked.Text("RoleArn") != "arn:aws:iam::111122223333:role/deployer" || asked.Text("ExternalId") != "door" || asked.Text("RoleSessionName") != "ci" {
		t.Errorf("asked for %v", asked)
	}
	for _, want := range []string{"AWS_ACCESS_KEY_ID=ASIAROLE", "AWS_SESSION_TOKEN=tok", "AWS_REGION=eu-central-1"} {
		if !slices.Contains(environment, want) {
			t.Errorf("the environment lacks %s", want)
		}
	}
	if _, err := set.Config("nowhere", ""); err == nil {
		t.Error("an unknown account has a configuration")
	}
}

func TestAProgramThatNeedsATerminalGetsOne(t *testing.T) {
	shown, err := pseudoTerminal{}.Run(context.Background(), []string{"PATH=/usr/bin:/bin"}, []string{"sh", "-c", "test -t 0 && test -t 1 && echo yes; exit 3"})
	if !strings.Contains(string(shown), "yes") || err == nil {
		t.Errorf("got %q, %v", shown, err)
	}
	limited, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := (pseudoTerminal{}).Run(limited, nil, []string{"/bin/sleep", "60"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAClusterIsHiddenAndShownByItsTag(t *testing.T) {
	s := newScene(t)
	s.options.Wait = time.Minute
	c := s.stack.Clusters["ecs-1"]
	c.ARN = "arn:aws:ecs:eu-central-1:111122223333:cluster/mesh-1"
	s.stack.Clusters["ecs-1"] = c
	tagged, asked := true, 0
	s.aws.On("ecs:UntagResource", func(in awstest.Input) any {
		tagged, asked = in.Text("resourceArn") != c.ARN, 0
		return map[string]any{}
	})
	s.aws.On("ecs:TagResource", func(in awstest.Input) any {
		tagged, asked = in.Text("resourceArn") == c.ARN, 0
		return map[string]any{}
	})
	s.AWS.dump = func(context.Context) (map[string]proxy.Dump, error) {
		var dump proxy.Dump
		// istiod needs a while to notice.
		if asked++; tagged == (asked > 2) {
			for _, service := range c.Services {
				dump.Services = append(dump.Services, proxy.Service{Hostname: service.Hostname, Endpoints: map[string]proxy.Endpoint{"e": {}}})
			}
		}
		return map[string]proxy.Dump{"ztunnel-1": dump}, nil
	}
	if err := s.Hide(context.Background(), "ecs-1"); err != nil || tagged || asked < 3 {
		t.Errorf("hide: %v, tagged %v, asked %d times", err, tagged, asked)
	}
	if err := s.Show(context.Background(), "ecs-1"); err != nil || !tagged || asked < 3 {
		t.Errorf("show: %v, tagged %v, asked %d times", err, tagged, asked)
	}
	if err := s.Hide(context.Background(), "ecs-9"); err == nil {
		t.Error("a cluster that does not exist was hidden")
	}
}
