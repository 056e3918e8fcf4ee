package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// inTheirs is the dev stack whose home account has the network and the EKS cluster of somebody else.
func inTheirs(more ...edit) []edit {
	return append([]edit{
		{"existingEks", object{"name": "prod-eu"}}, {"accounts/local/network", theirs(nil)}, {"testWorkloads", false}, {"apiAccessCidrs", nil}, {"kubernetesVersion", nil},
	}, more...)
}

func TestRefusedExistingEKS(t *testing.T) {
	refused := func(name string, edits []edit, words ...string) refusal {
		return refusal{name, inTheirs(edits...), [][]string{words}}
	}
	of := func(path string, value any) []edit { return []edit{{path, value}} }
	cases := []refusal{
		refused("an ARN for a name", of("existingEks/name", "arn:aws:eks:eu-central-1:111122223333:cluster/prod-eu"), "existingEks.name", "at most 100 letters", "no ARN"),
		refused("too long a name", of("existingEks/name", strings.Repeat("n", 101)), "existingEks.name", "at most 100 letters"),
		refused("the program's own name", of("existingEks/name", "ambient"), `existingEks.name = "ambient"`, "makes itself"),
		refused("a name for a security group", of("existingEks/nodeSecurityGroupId", "eks-nodes"), `existingEks.nodeSecurityGroupId = "eks-nodes"`, "sg-0123456789abcdef0"),
		refused("a controller that nothing uses", of("existingEks/loadBalancerController", true), "existingEks.loadBalancerController is set", "[controller]"),
		refused("a network of the program", of("accounts/local/network", nil), "accounts.local.network is not set", "name that VPC"),
		refused("test workloads in their namespace", of("testWorkloads", true), "testWorkloads = true", "namespace default of prod-eu"),
		refused("a key for the volumes of their nodes", of("accounts/local/keys", object{"volumes": "own"}), "accounts.local.keys.volumes", "nodes of prod-eu"),
		refused("a key for their Secrets", of("accounts/local/keys", object{"secrets": someKey}), "accounts.local.keys.secrets", "prod-eu belongs to somebody else"),
		refused("an endpoint for everybody inside", []edit{{"deployerInsideNetwork", true}, {"apiPrivateCidrs", list("0.0.0.0/0")}}, "apiPrivateCidrs[0]", "every network"),
		refused("a session for an administrator", of("clusterAdmins", list("arn:aws:sts::111122223333:assumed-role/admin/me")), "clusterAdmins[0]", "session"),
		{"no name", []edit{{"existingEks", object{"gatewayApi": true}}}, [][]string{{"existingEks.name is not set", "makes one"}}},
	}
	for key, value := range map[string]any{
		"kubernetesVersion": "1.33", "kubernetesSupport": "STANDARD", "clusterRoleSourceCheck": true, "zonalShift": true, "metricsServer": true,
		"addonVersions": object{"coredns": "v1.12.4-eksbuild.1"}, "nodeInstanceTypes": list("m7i.large"), "nodeAmiType": "AL2023_x86_64_STANDARD", "nodeReleaseVersion": "1.34.1-20251112",
		"nodeCount": 3, "nodeCountMax": 5, "nodeAutoscaling": true, "nodeGroups": object{"spot": object{"instanceTypes": list("m7i.large")}}, "nodeRepair": true, "nodeDiskGiB": 40,
		"apiAccessCidrs": list("203.0.113.7/32"), "controlPlaneLogs": list("audit"),
	} {
		cases = append(cases, refused("with "+key, of(key, value), key+" is set", "prod-eu belongs to somebody else"))
	}
	run(t, cases)
}

// kubeconfigOf is a kubeconfig of their cluster, by a server and what its user has.
func kubeconfigOf(server, user string) string {
	return "{current-context: prod, clusters: [{name: prod, cluster: {server: '" + server + "', certificate-authority-data: LS0t}}], contexts: [{name: prod, context: {cluster: prod, user: me}}], users: [{name: me, user: {" + user + "}}]}"
}

const (
	theirServer  = "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com"
	theirBastion = "https://bastion.example.com:6443"
	theirPlugin  = "exec: {apiVersion: client.authentication.k8s.io/v1, command: tsh}"
)

func TestAKubeconfigIsTheWayIn(t *testing.T) {
	inKube := func(server, user string, more ...edit) []edit {
		return inTheirs(append([]edit{{"existingEks/kubeconfig", kubeconfigOf(server, user)}}, more...)...)
	}
	c := mustLoad(t, with(inKube(theirServer, theirPlugin)...))
	if c.NamedEKSEndpoint() != theirServer {
		t.Errorf("the endpoint of a kubeconfig that leads straight there is %q", c.NamedEKSEndpoint())
	}
	c = mustLoad(t, with(inKube(theirBastion, theirPlugin)...))
	if c.NamedEKSEndpoint() != "" {
		t.Errorf("the endpoint behind a bastion is %q", c.NamedEKSEndpoint())
	}
	c = mustLoad(t, with(inKube(theirBastion, theirPlugin, edit{"existingEks/endpoint", theirServer}, edit{"existingEks/clusterSecurityGroupId", "sg-0123456789abcdef0"})...))
	if c.NamedEKSEndpoint() != theirServer {
		t.Errorf("the endpoint that the stack file names is %q", c.NamedEKSEndpoint())
	}
	// A credential has to be encrypted, and then nothing of it is shown.
	if _, err := Load(raw(with(inKube(theirServer, "token: very-secret")...))); err == nil || !strings.Contains(err.Error(), "existingEks.kubeconfig is not encrypted") {
		t.Error(err)
	}
	if _, err := Load(raw(with(inKube(theirServer, "token: very-secret")...)), Project+":existingEks"); err != nil {
		t.Error(err)
	}
	run(t, []refusal{
		{"no kubeconfig", inTheirs(edit{"existingEks/kubeconfig", "prod-eu"}), [][]string{{"existingEks.kubeconfig = [secret]", "it is no kubeconfig"}}},
		{"several reasons", inKube("http://prod-eu", "tokenFile: /run/token"), [][]string{{"existingEks.kubeconfig = [secret]", "no https URL"}, {"existingEks.kubeconfig = [secret]", "tokenFile names a file"}}},
		{"an endpoint of another cluster", inKube(theirServer, theirPlugin, edit{"existingEks/endpoint", strings.Replace(theirServer, "0123", "3210", 1)}), [][]string{{"existingEks.endpoint", "leads to another cluster, " + theirServer}}},
		{"no endpoint of EKS", inKube(theirBastion, theirPlugin, edit{"existingEks/endpoint", theirBastion}), [][]string{{`existingEks.endpoint = "` + theirBastion, "as EKS gives it"}}},
		{"no security group", inKube(theirServer, theirPlugin, edit{"existingEks/clusterSecurityGroupId", "eks"}), [][]string{{`existingEks.clusterSecurityGroupId = "eks"`, "sg-0123456789abcdef0"}}},
		{"an endpoint alone", inTheirs(edit{"existingEks/endpoint", theirServer}), [][]string{{"existingEks.endpoint is set", "AWS answers it"}}},
		{"a group alone", inTheirs(edit{"existingEks/clusterSecurityGroupId", "sg-0123456789abcdef0"}), [][]string{{"existingEks.clusterSecurityGroupId is set", "AWS answers it"}}},
		{"a kubeconfig without the name", []edit{{"existingEks", object{"kubeconfig": kubeconfigOf(theirServer, theirPlugin)}}}, [][]string{{"existingEks.name is not set"}}},
	})
}

func TestAllProblemsOfAnExistingEKSAreToldAtOnce(t *testing.T) {
	_, err := Load(raw(with(inTheirs(edit{"accounts/local/network", nil}, edit{"testWorkloads", true}, edit{"nodeCount", 3}, edit{"zonalShift", true}, edit{"existingEks/name", "-"})...)))
	for _, field := range []string{"accounts.local.network", "testWorkloads", "nodeCount", "zonalShift", "existingEks.name"} {
		if err == nil || !strings.Contains(err.Error(), "\n"+field) {
			t.Errorf("%s is not among the problems: %v", field, err)
		}
	}
}

// The engine fills in defaults, so a default is no sign that somebody set the key. The stack file is.
func TestADefaultIsNotTakenForAKeyOfTheStack(t *testing.T) {
	values := with(inTheirs()...)
	for key := range ofOurCluster {
		values[key] = defaults()[key]
	}
	mustLoad(t, values)
	for _, text := range []string{"ambient-ecs:kubernetesVersion: \"1.34\"", "kubernetesVersion: \"1.34\""} {
		_, err := parseStackFile([]byte("config:\n  " + text + "\n")).Load(raw(values))
		if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "kubernetesVersion is set") {
			t.Errorf("a stack file with %s: %v", text, err)
		}
	}
}

func TestTheKeysOfOurClusterHaveTheDefaultsOfTheProject(t *testing.T) {
	declared := raw(defaults())
	for key, want := range ofOurCluster {
		if got := declared[Project+":"+key]; got != want {
			t.Errorf("the default of %s is %s, and ofOurCluster says %s", key, got, want)
		}
	}
	// A new key of the cluster or its nodes has to say which of the two it is.
	both := []string{"apiPrivateCidrs", "clusterAdmins", "clusterReaders", "deployerInsideNetwork"}
	var keys []string
	for _, settings := range []reflect.Type{reflect.TypeFor[EKSSettings](), reflect.TypeFor[NodeSettings]()} {
		keys = append(keys, keysOf(settings)...)
	}
	slices.Sort(keys)
	if known := slices.Sorted(maps.Keys(ofOurCluster)); !slices.Equal(keys, slices.Sorted(slices.Values(append(known, both...)))) {
		t.Errorf("the keys are %v", keys)
	}
}

// Only the cluster has another name. What the program makes for itself keeps the install's.
func TestAnExistingEKSKeepsItsName(t *testing.T) {
	c := mustLoad(t, with(inTheirs(edit{"gatewayLoadBalancers", list("controller")})...))
	if got := c.EKSClusterARN(); got != "arn:aws:eks:eu-central-1:111122223333:cluster/prod-eu" {
		t.Errorf("its ARN is %s", got)
	}
	if got := c.MeshLogGroup(); got != "/aws/eks/ambient/mesh" {
		t.Errorf("the mesh's log group is %s", got)
	}
	if !slices.Contains(c.LogGroupPatterns("local"), "/aws/eks/ambient/*") {
		t.Errorf("the log groups are %v", c.LogGroupPatterns("local"))
	}
	if len(c.generatedRoleNames()) > 0 || !slices.Contains(c.RoleNames("local"), "ambient-load-balancer-controller") {
		t.Errorf("the roles are %v and %v", c.generatedRoleNames(), c.RoleNames("local"))
	}
	for _, warning := range append(c.Warnings(), c.Notices(Lives{})...) {
		if strings.Contains(warning, "kubernetesVersion") || strings.Contains(warning, "audit") {
			t.Errorf("the program warns of their cluster: %s", warning)
		}
	}
	c = mustLoad(t, with(inTheirs(edit{"gatewayLoadBalancers", list("controller")}, edit{"existingEks/loadBalancerController", true}, edit{"existingEks/nodeSecurityGroupId", "sg-0123456789abcdef0"})...))
	if c.InstallsBalancerController() || slices.Contains(c.RoleNames("local"), "ambient-load-balancer-controller") {
		t.Error("the program installs a second load balancer controller")
	}
	mustLoad(t, with(inTheirs(edit{"deployerInsideNetwork", true})...))
}

func TestAControllerThatNobodySeesIsWarnedOf(t *testing.T) {
	for _, c := range []struct {
		name  string
		edits []edit
		want  bool
	}{
		{"legacy", inTheirs(), true},
		{"the controller", inTheirs(edit{"gatewayLoadBalancers", list("controller")}), false},
		{"both, and theirs is known", inTheirs(edit{"gatewayLoadBalancers", list("controller", "legacy")}, edit{"existingEks/loadBalancerController", true}), false},
		{"a cluster of ours", nil, false},
	} {
		told := slices.ContainsFunc(mustLoad(t, with(c.edits...)).Notices(Lives{}), func(w string) bool { return strings.Contains(w, "its webhook takes the Service away") })
		if told != c.want {
			t.Errorf("%s: warned: %v", c.name, told)
		}
	}
}

// Without the name nobody knows whether the program makes a cluster, so nothing is said of the keys of one.
func TestANameThatCannotBeReadIsTheOnlyProblem(t *testing.T) {
	_, err := Load(raw(with(inTheirs(edit{"existingEks", object{"name": list("prod-eu")}})...)))
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "existingEks.name") {
		t.Error(err)
	}
}

func TestIstioRunsOnTheVersionsThatItSupports(t *testing.T) {
	c := mustLoad(t, with(inTheirs()...))
	for minor, want := range map[int]string{29: "too old for Istio 1.28.3", 30: "", 34: "", 35: "too new for Istio 1.28.3"} {
		if err := c.RunsOn(minor); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("1.%d: %v", minor, err)
		}
	}
}
