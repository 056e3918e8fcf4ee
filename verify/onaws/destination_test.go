package onaws

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/onaws/proxy"
	"ambient-ecs/verify/stack"
)

const (
	checkout = "checkout.mesh-checkout.ecs.home"
	// second is the identity of the member in the second cluster, its task another than the first's.
	second     = "spiffe://cluster.local/ns/mesh-checkout/sa/checkout-ecs-2"
	secondTask = "arn:aws:ecs:eu-central-1:111122223333:task/mesh-2/dddd"
	viaIt      = "spiffe://cluster.local/ns/mesh-checkout/sa/waypoint"
)

// share gives the scene's stack a shared service with a member in each of two clusters, and a third member that runs no task.
func (s *scene) share(waypoint string) {
	two := s.stack.Clusters["ecs-1"]
	two.Name, two.Namespace, two.LogGroup, two.Services = "mesh-2", "mesh-2", "/ecs/mesh-2", map[string]stack.Service{}
	s.stack.Clusters["ecs-2"] = two
	member := func(cluster, name string, desired int) {
		s.stack.Clusters[cluster].Services[name] = stack.Service{
			Hostname: checkout, Port: 8080, DesiredCount: desired, Shared: "checkout", Namespace: "mesh-checkout", ServiceAccount: "checkout-" + cluster,
		}
	}
	member("ecs-1", "checkout", 1)
	member("ecs-2", "checkout", 1)
	member("ecs-2", "spare", 0)
	s.stack.Destinations = map[string]stack.Destination{checkout: {Namespace: "mesh-checkout", Port: 8080, Waypoint: waypoint}}
	running := map[string]string{"shell-task": shellTask, "mesh-1/checkout": echoTask, "mesh-2/checkout": secondTask}
	s.aws.On("ecs:ListTasks", func(in awstest.Input) any {
		arns := []string{}
		for _, name := range []string{in.Text("serviceName"), in.Text("cluster") + "/" + in.Text("serviceName")} {
			if arn := running[name]; arn != "" {
				arns = append(arns, arn)
			}
		}
		return map[string]any{"taskArns": arns}
	})
}

// logGroups answers with lines of the stream of a task in each log group.
func logGroups(aws *awstest.AWS, stream map[string]string, lines map[string][]string) {
	aws.On("logs:FilterLogEvents", func(in awstest.Input) any {
		group := in.Text("logGroupName")
		var events []any
		for _, line := range lines[group] {
			events = append(events, map[string]any{"logStreamName": "ztunnel/ztunnel/" + stream[group], "message": line, "timestamp": time.Now().UnixMilli()})
		}
		return map[string]any{"events": events}
	})
}

func toCheckout() backend.Request {
	return backend.Request{From: fromShell, Host: checkout, Port: 8080}
}

// ofSecond is a line of the second member's ztunnel.
func ofSecond(line string) string {
	return strings.NewReplacer("spiffe://cluster.local/ns/mesh-1/sa/ecs\" direction", second+"\" direction", "echo-service.mesh-1.ecs.home", checkout).Replace(line)
}

func TestASharedNameIsLookedForInTheLogsOfAllMembers(t *testing.T) {
	s := newScene(t)
	s.share("")
	s.terminal.shows = shell(t, 0, `HTTP/1.1 200 OK\r\n\r\n`)
	logGroups(s.aws, map[string]string{"/ecs/mesh-1": "bbbb", "/ecs/mesh-2": "dddd"}, map[string][]string{"/ecs/mesh-2": {ofSecond(inbound("10.0.1.10", us, ""))}})
	answer := s.Call(context.Background(), toCheckout())
	if answer.Outcome != backend.Answered || answer.Client != us || answer.Server != second {
		t.Errorf("got %+v", answer)
	}
}

func TestRequestsThatAreSharedOutAreLookedForAtEveryBackend(t *testing.T) {
	s := newScene(t)
	s.share("waypoint")
	declared := s.stack.Destinations[checkout]
	declared.Traffic = stack.Traffic{Routes: []stack.Route{{To: map[string]int{"eks-echo.default.svc.cluster.local": 1}}}, Split: map[string]int{checkout: 9, echoHost(s.stack): 1}}
	s.stack.Destinations[checkout] = declared
	s.stack.Destinations[echoHost(s.stack)] = stack.Destination{Port: 9090}
	d := s.destination(toCheckout())
	if want := []string{"ecs-1/checkout", "ecs-2/checkout", "ecs-2/spare", "ecs-1/echo-service", inEKS}; !slices.Equal(d.services, want) || d.waypoint != "mesh-checkout/waypoint" {
		t.Errorf("got %+v, want %q", d, want)
	}
	if !slices.Equal(d.ports, []int{8080, 9090}) {
		t.Errorf("ports %v", d.ports)
	}
	if d := s.destination(backend.Request{Task: "ecs-1/checkout", Port: 8080}); d.waypoint != "" || len(d.services) != 1 {
		t.Errorf("a task's address: %+v", d)
	}
}

// requested is a line in the waypoint's access log.
func requested(path, status, details, upstream string) string {
	return "[" + logged() + `] "GET ` + path + ` HTTP/1.1" ` + status + ` - ` + details + ` - "-" 0 9 4 2 "-" "curl/8" "id" "` + checkout + `:8080" "` + upstream +
		`" inbound-vip|8080|http|` + checkout + ` envoy://internal_client_address/ 240.240.0.7:8080 10.0.1.10:4711 - default`
}

// waypointObjects are the pods of the shared service's waypoint and of a node's ztunnel.
func waypointObjects(t *testing.T) []map[string]any {
	return append(pods(t), awstest.Object(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"waypoint-1","namespace":"mesh-checkout","labels":{"gateway.networking.k8s.io/gateway-name":"waypoint"}},
		"spec":{"containers":[{"name":"istio-proxy"}]},"status":{"phase":"Running","podIP":"192.168.1.9","conditions":[{"type":"Ready","status":"True"}]}}`))
}

// outbound is the line of the caller's ztunnel about the connection to the waypoint.
func outbound() string {
	return strings.NewReplacer(`direction="inbound"`, `direction="outbound"`, "src.addr=10.0.1.10", "src.addr=127.0.0.1", "echo-service.mesh-1.ecs.home", checkout,
		`dst.identity="spiffe://cluster.local/ns/mesh-1/sa/ecs"`, `dst.identity="`+viaIt+`"`).Replace(inbound("10.0.1.10", us, ""))
}

func TestACallThroughAWaypointIsFollowedFromCallerToEndpoint(t *testing.T) {
	s := newScene(t, waypointObjects(t)...)
	s.share("waypoint")
	s.terminal.shows = shell(t, 0, `HTTP/1.1 200 OK\r\n\r\n`)
	chosen := requested("/", "200", "via_upstream", "envoy://connect_originate/10.0.2.20:8080")
	s.kubernetes.Log = func(pod string) string {
		if pod != "waypoint-1" {
			return ""
		}
		return requested("/", "403", "rbac", "-") + "\n" + requested("/other", "200", "via_upstream", "envoy://connect_originate/10.0.1.20:8080") + "\n" + chosen + "\n"
	}
	there := strings.ReplaceAll(ofSecond(inbound("192.168.1.9", viaIt, "")), "10.0.1.20", "10.0.2.20")
	lines := map[string][]string{"/ecs/mesh-1": {outbound()}, "/ecs/mesh-2": {there}}
	first := strings.ReplaceAll(inbound("192.168.1.9", viaIt, ""), "echo-service.mesh-1.ecs.home", checkout)
	streams := map[string]string{"/ecs/mesh-1": "aaaa", "/ecs/mesh-2": "dddd"}
	logGroups(s.aws, streams, lines)
	answer := s.Call(context.Background(), toCheckout())
	if answer.Outcome != backend.Answered || answer.Caller != us || answer.Client != viaIt || answer.Server != second {
		t.Errorf("got %+v", answer)
	}
	// The waypoint keeps its connection to the endpoint open, so the only line yet is from the endpoint of another
	// request.
	lines["/ecs/mesh-2"] = []string{first}
	s.AWS.dump = func(context.Context) (map[string]proxy.Dump, error) {
		dump, err := proxy.ParseDump([]byte(`{"workloads":[{"uid":"u","name":"w","namespace":"mesh-checkout","serviceAccount":"checkout-ecs-2","workloadIps":["10.0.2.20"]}]}`))
		return map[string]proxy.Dump{"ztunnel-1": dump}, err
	}
	answer = s.Call(context.Background(), toCheckout())
	if answer.Outcome != backend.Answered || answer.Caller != us || answer.Client != viaIt || answer.Server != second || !strings.Contains(answer.Why, "10.0.2.20:8080 answered") {
		t.Errorf("got %+v", answer)
	}
	// Without the waypoint's log it is not known which line belongs to this call.
	s.kubernetes.Log = func(string) string { return "" }
	lines["/ecs/mesh-2"] = []string{first, there}
	if answer := s.Call(context.Background(), toCheckout()); answer.Client != viaIt || answer.Caller != us {
		t.Errorf("got %+v", answer)
	}
	lines["/ecs/mesh-2"] = nil
	if answer := s.Call(context.Background(), toCheckout()); answer.Server != "" || !strings.Contains(answer.Why, "no line") {
		t.Errorf("got %+v", answer)
	}
}

func TestAWaypointSaysWhyItRefused(t *testing.T) {
	s := newScene(t, waypointObjects(t)...)
	s.share("waypoint")
	s.terminal.shows = func(command []string) string {
		return strings.Replace(shell(t, 0, `HTTP/1.1 403 Forbidden\r\n\r\nRBAC: access denied`)(command), "status 200", "status 403", 1)
	}
	s.kubernetes.Log = func(string) string {
		return requested("/", "403", "rbac_access_denied_matched_policy[ns[mesh-checkout]-policy[checkout]-rule[0]]", "-") + "\n"
	}
	answer := s.Call(context.Background(), toCheckout())
	if answer.Outcome != backend.L7 || !strings.Contains(answer.Why, "policy[checkout]") {
		t.Errorf("got %+v", answer)
	}
}

func TestAPodsFailureIsNotThatOfAnotherPod(t *testing.T) {
	s := newScene(t, pods(t)...)
	s.kubernetes.Exec = func(_ string, command []string) string {
		_, marker, _ := strings.Cut(command[2], "m=")
		marker, _, _ = strings.Cut(marker, "\n")
		return "\n" + marker + " exit 56 status 000 .\n" + marker + " text\ncurl: (56) reset\n" + marker + " end\n"
	}
	logs(s.aws, "ztunnel/ztunnel/bbbb")
	from := "192.168.1.66"
	s.kubernetes.Log = func(string) string {
		return strings.Replace(inbound(from, us, `error="connection timed out"`), `"inbound"`, `"outbound"`, 1) + "\n"
	}
	r := backend.Request{From: backend.Source{Namespace: "default", Workload: "eks-shell"}, Host: echoHost(s.stack), Port: 8080}
	if answer := s.Call(context.Background(), r); answer.Outcome != backend.Policy {
		t.Errorf("got %+v", answer)
	}
	from = "192.168.1.5"
	if answer := s.Call(context.Background(), r); answer.Outcome != backend.Network {
		t.Errorf("got %+v", answer)
	}
}

func TestAServiceThatRunsNoTaskHasNoCertificate(t *testing.T) {
	s := newScene(t)
	for name, service := range s.stack.Clusters["ecs-1"].Services {
		service.DesiredCount = 0
		s.stack.Clusters["ecs-1"].Services[name] = service
	}
	if certificates, err := s.Certificates(context.Background()); err != nil || len(certificates) != 0 || len(s.terminal.commands) != 0 {
		t.Errorf("got %v, %v", certificates, err)
	}
}

func TestAHiddenClustersMemberGoesWhileTheSharedNameStays(t *testing.T) {
	s := newScene(t)
	s.share("")
	dump := proxy.Dump{
		Services:  []proxy.Service{{Hostname: checkout, Endpoints: map[string]proxy.Endpoint{"e": {}}}},
		Workloads: []proxy.Workload{{Namespace: "mesh-checkout", ServiceAccount: "checkout-ecs-1"}},
	}
	for _, test := range []struct {
		cluster, service string
		there, knows     bool
	}{
		{"ecs-1", "checkout", true, true}, {"ecs-1", "checkout", false, true},
		{"ecs-2", "checkout", true, false}, {"ecs-2", "checkout", false, false},
		{"ecs-2", "spare", false, false},
	} {
		if got := s.knows(dump, test.cluster, test.service, test.there); got != test.knows {
			t.Errorf("%s/%s: %v", test.cluster, test.service, got)
		}
	}
}

func TestASharedServiceIsInNoSingleCluster(t *testing.T) {
	entry := func(cluster string) map[string]any {
		return awstest.Object(t, `{"apiVersion":"networking.istio.io/v1","kind":"ServiceEntry","metadata":{"name":"`+cluster+`","namespace":"mesh-checkout","annotations":{"ecs.solo.io/arn":"arn:aws:ecs:eu-central-1:111122223333:service/`+cluster+`/checkout"}},"spec":{"hosts":["`+checkout+`"]}}`)
	}
	s := newScene(t, entry("mesh-1"), entry("mesh-2"))
	s.AWS.dump = s.nodeDumps
	s.kubernetes.Put(pods(t)[3])
	s.kubernetes.Port = func(string, string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"services":[{"name":"checkout","namespace":"mesh-checkout","hostname":"`+checkout+`"}]}`)
		})
	}
	services, err := s.Services(context.Background())
	if err != nil || len(services) != 1 || services[0].Cluster != "" || services[0].Account != "" {
		t.Errorf("got %+v, %v", services, err)
	}
}
