package policy

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/tests/golden"
)

var (
	homePlace     = Place{Partition: "aws", Region: "eu-central-1", Account: "111111111111"}
	externalPlace = Place{Partition: "aws", Region: "eu-central-1", Account: "222222222222"}
)

// in moves a place to a region of another partition.
func (p Place) in(partition, region string) Place {
	p.Partition, p.Region = partition, region
	return p
}

// roleDocuments are the documents of the roles of a mesh of two accounts, by the name of the golden file.
func roleDocuments(home, external Place) map[string]Document {
	cluster := home.ARN("eks", "cluster/mesh")
	istiod := home.IAM("role/mesh-istiod")
	suffix := ""
	if home.Partition == "aws-cn" {
		suffix = ".cn"
	}
	return map[string]Document{
		"istiod-trust":             IstiodTrust(home.Account, cluster, []string{"istiod"}),
		"istiod-permissions":       IstiodPermissions([]string{home.IAM("role/mesh-discovery-home"), external.IAM("role/mesh-discovery-external")}),
		"discovery-trust":          DiscoveryTrust(home, istiod, cluster, []string{"istiod"}),
		"discovery-permissions":    DiscoveryPermissions(external),
		"pod-trust":                PodTrust(home.Account, prometheus(home)),
		"prometheus-permissions":   AssumePermissions([]string{home.IAM("role/mesh-scrape-home"), external.IAM("role/mesh-scrape-external")}),
		"scrape-trust":             ScrapeTrust(home, home.IAM("role/mesh-prometheus"), prometheus(home)),
		"scrape-permissions":       ScrapePermissions(external, []string{"mesh-3", "mesh-4"}),
		"notifier-permissions":     NotifyPermissions(home, home.ARN("sns", "mesh-alarms"), false),
		"notifier-permissions-key": NotifyPermissions(home, home.ARN("sns", "mesh-alarms"), true),
		"cluster-logs-permissions": ShipLogsPermissions(home, "/aws/eks/mesh/mesh"),
		"flow-log-trust":           FlowLogTrust(external),
		"flow-log-permissions":     FlowLogPermissions(external, "/vpc/mesh-external"),
		"cluster-trust":            ClusterTrust(home.Account, cluster),
		"task-trust":               TaskTrust(external, true),
		"task-trust-unchecked":     TaskTrust(external, false),
		"task-permissions":         TaskPermissions(external, &TaskExec{}),
		"task-permissions-logged":  TaskPermissions(external, &TaskExec{LogGroup: "/ecs/mesh-3/exec", KeyARN: external.ARN("kms", "key/1")}),
		"schedule-trust":           ScheduleTrust(external, "mesh-3"),
		"schedule-permissions":     StartPermissions(start(external, external.ARN("sqs", "lost"))),
		"execution-permissions": ExecutionPermissions(Execution{
			Place:     external,
			LogGroups: LogGroupsHere("/ecs/mesh-3"),
			Images:    []string{"us-docker.pkg.dev/soloio-img/istio/ztunnel", "public.ecr.aws/docker/library/nginx:1"},
		}),
		"execution-permissions-private": ExecutionPermissions(Execution{
			Place:     external,
			LogGroups: LogGroupsHere("/ecs/mesh-3", "/ecs/mesh-4"),
			Images: []string{
				"333333333333.dkr.ecr." + home.Region + ".amazonaws.com" + suffix + "/mirror/ztunnel",
				"333333333333.dkr.ecr." + home.Region + ".amazonaws.com" + suffix + "/shop/cart:1.2",
			},
			// One secret serves two registries, and the policy names it once.
			RegistrySecretARNs: []string{
				external.ARN("secretsmanager", "secret:registry-AbCdEf"), external.ARN("secretsmanager", "secret:hub-GhIjKl"),
				external.ARN("secretsmanager", "secret:registry-AbCdEf"),
			},
		}),
	}
}

// start is a task that a schedule starts.
func start(external Place, queue string) Start {
	return Start{Place: external, Cluster: "mesh-3", Family: "mesh-3-report", TaskRoleARN: external.IAM("role/mesh-3-report"), ExecutionRoleARN: external.IAM("role/mesh-execution-external"), QueueARN: queue}
}

// prometheus is the workload that reads metrics.
func prometheus(home Place) Workload {
	return Workload{ClusterARN: home.ARN("eks", "cluster/mesh"), Namespace: "observability", ServiceAccount: "prometheus"}
}

// pipelineDocuments are what a team's pipeline may do. They are no role's of the mesh.
func pipelineDocuments(external Place) map[string]Document {
	return map[string]Document{"pipeline-permissions": PipelinePermissions(Pipeline{
		Place: external, Family: "mesh-3-orders", ServiceARN: external.ARN("ecs", "service/mesh-3/orders"),
		TaskRoleARN: external.IAM("role/mesh-3-orders"), ExecutionRoleARN: external.IAM("role/mesh-3-orders-execution"),
	})}
}

func roleGoldens() map[string]Document { return roleDocuments(homePlace, externalPlace) }

// allDocuments are the documents of roles and deployers in one partition.
func allDocuments(partition, region string) map[string]Document {
	home, external := homePlace.in(partition, region), externalPlace.in(partition, region)
	all := roleDocuments(home, external)
	maps.Copy(all, pipelineDocuments(external))
	for kind, place := range map[AccountKind]Place{HomeAccount: home, RemoteAccount: external} {
		for name, document := range (Deployer{Place: place, Install: "mesh"}).Policies(kind) {
			all["deployer-"+string(kind)+"-"+string(name)] = document
		}
		bounded := Deployer{
			Place: place, Install: "mesh", Guardrails: Guardrails{Path: "/platform/", Boundary: place.IAM("policy/org/developers")},
			Attached: []string{place.IAM("policy/team/queues")}, TaskRoles: []string{place.IAM("role/team/orders")},
		}
		of := teamAt(place, "orders")
		all["team-"+string(kind)], all["team-boundary-"+string(kind)] = TeamPermissions(of), TeamBoundary(of, nil)
		all["team-cluster-"+string(kind)] = TeamClusterPermissions(of, of.Clusters[0])
		all[string(kind)+"-team-trust"] = TeamTrust(partition, []string{place.IAM("role/ci")})
		for name, document := range bounded.Policies(kind) {
			all["bounded-deployer-"+string(kind)+"-"+string(name)] = document
		}
	}
	return all
}

func TestRoleDocumentsEqualTheirGoldenFiles(t *testing.T) {
	documents := roleGoldens()
	maps.Copy(documents, pipelineDocuments(externalPlace))
	for name, document := range documents {
		golden.Check(t, filepath.Join("testdata", name+".json"), document.Indented(), "It is what a role may do.")
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, known := documents[strings.TrimSuffix(filepath.Base(file), ".json")]; !known {
			t.Errorf("%s belongs to no document", file)
		}
	}
}

func TestTheSameDocumentIsAlwaysTheSameText(t *testing.T) {
	a := Document{Statements: []Statement{{Sid: "A", Actions: []string{"ecs:B", "ecs:A", "ecs:B"}, Resources: []string{"y", "x"}}}}
	b := Document{Statements: []Statement{{Sid: "A", Actions: []string{"ecs:A", "ecs:B"}, Resources: []string{"x", "y"}}}}
	if a.JSON() != b.JSON() {
		t.Errorf("%s\n%s", a.JSON(), b.JSON())
	}
	want := `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["ecs:A","ecs:B"],"Resource":["x","y"]}]}`
	if got := b.JSON(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Every ARN must lie in the partition that the mesh is in. An ARN of the wrong partition is valid to IAM
// and matches nothing.
func TestEveryPartitionHasItsOwnARNs(t *testing.T) {
	for partition, region := range map[string]string{"aws": "eu-central-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"} {
		documents := allDocuments(partition, region)
		for _, name := range slices.Sorted(maps.Keys(documents)) {
			for part := range strings.SplitSeq(documents[name].JSON(), `"`) {
				if strings.HasPrefix(part, "arn:") && !strings.HasPrefix(part, "arn:"+partition+":") {
					t.Errorf("%s in %s: %s", name, partition, part)
				}
			}
		}
	}
}
