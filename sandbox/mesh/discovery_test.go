package mesh_test

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/sandbox/world/worldtest"
)

const (
	serviceEntry  = "ServiceEntry/mesh-3/ecs-service-222222222222-eu-central-1-mesh-3-echo"
	workloadEntry = "WorkloadEntry/mesh-3/ecs-task-222222222222-eu-central-1-mesh-3-0123456789abcdef"
)

func TestServicesAndTasksBecomeEntries(t *testing.T) {
	f := newFixture(t)
	entries := f.entries()
	service, workload := entries[serviceEntry], entries[workloadEntry]
	if len(entries) != 2 || service == nil || workload == nil {
		t.Fatalf("entries are %v; istiod says %s", entries, f.complaints())
	}
	const host = "echo.mesh-3.mesh-domain.example"
	if hosts := api.List(service, "spec", "hosts"); len(hosts) != 1 || hosts[0] != host {
		t.Errorf("hosts are %v", hosts)
	}
	if api.String(service, "spec", "resolution") != "STATIC" || api.String(service, "spec", "workloadSelector", "labels", "ecs.solo.io/hostname") != host {
		t.Errorf("service entry is %v", service["spec"])
	}
	ports := api.Maps(service, "spec", "ports")
	if len(ports) != 2 || api.Int(ports[0], "number") != 80 || api.Int(ports[1], "number") != 8080 || ports[1]["name"] != "http-alt" {
		t.Errorf("default ports are %v", ports)
	}
	for path, want := range map[string]string{"address": "10.1.1.10", "serviceAccount": "ecs", "locality": "eu-central-1/eu-central-1a", "network": "eks"} {
		if got := api.String(workload, "spec", path); got != want {
			t.Errorf("workload's %s is %q, want %q", path, got, want)
		}
	}
	labels, notes := api.Labels(workload), api.Annotations(workload)
	if labels["ecs.solo.io/hostname"] != host || labels["ecs.solo.io/service"] != "echo" || labels["service.istio.io/workload-name"] != "echo" ||
		labels["owner"] != "me" || labels["aws:ecs:x"] != "" {
		t.Errorf("workload's labels are %v", labels)
	}
	if notes["ambient.istio.io/redirection"] != "enabled" || notes["ecs.solo.io/arn"] != taskARN || notes["ecs.solo.io/discovered-by"] != awayRole ||
		notes["ecs.solo.io/cluster"] != "mesh-3" {
		t.Errorf("workload's annotations are %v", notes)
	}
}

// No public source shows how istiod learns of regions, so the key is the world's. Without it, or before 1.29, it looks in its own.
func TestRegionsAreThoseUnderTheKeyThatTheWorldKnows(t *testing.T) {
	const there = "us-east-1"
	values := `{"` + awayRole + `": {"domain": "mesh-domain.example", "role": "` + awayRole + `", "where": ["us-east-1"]}}`
	for _, c := range []struct {
		name, key, image string
		found            bool
	}{
		{"the key", "where", "pilot:1.29.0-solo", true}, {"no key", "", "pilot:1.29.0-solo", false},
		{"another key", "regions", "pilot:1.29.0-solo", false}, {"an older istiod", "where", "pilot:1.28.3-solo", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			f.do(func(tx *world.Tx) {
				mesh.RegionsKey(tx, c.key)
				for _, kind := range []string{"aws:ecs/cluster:Cluster", "aws:ecs/service:Service", aws.TaskKind} {
					for _, r := range tx.Find(away, kind, nil) {
						r.Region = there
						tx.Put(r)
					}
				}
				f.istiod(api.At(tx, clusterARN), "mesh-domain.example,"+awayRole, func(pod api.Object) {
					container := api.Maps(pod, "spec", "containers")[0]
					container["image"] = c.image
					container["env"] = append(api.List(container, "env"), api.Object{"name": "SANDBOX_ECS_ACCOUNT_VALUES", "value": values})
				})
			})
			if found := len(f.entries()) > 0; found != c.found {
				t.Errorf("entries are %v; istiod says %s", f.entries(), f.complaints())
			}
		})
	}
}

func TestTagsNameHostAndPorts(t *testing.T) {
	f := newFixture(t)
	f.do(func(tx *world.Tx) {
		service := tx.Find(away, "aws:ecs/service:Service", nil)[0]
		service.Props["tags"] = map[string]any{"ecs.solo.io/namespace": "mesh-3", "ecs.solo.io/hostname": "echo.shared", "ecs.solo.io/ports": "http:80:8080/tcp:9090"}
		worldtest.Touch(tx)
	})
	service := f.entries()[serviceEntry]
	if hosts := api.List(service, "spec", "hosts"); len(hosts) != 1 || hosts[0] != "echo.shared" {
		t.Errorf("hosts are %v", hosts)
	}
	ports := api.Maps(service, "spec", "ports")
	if len(ports) != 2 || ports[0]["name"] != "port-0" || api.Int(ports[0], "targetPort") != 8080 || ports[1]["protocol"] != "TCP" || api.Int(ports[1], "number") != 9090 {
		t.Errorf("ports are %v", ports)
	}
}

func TestTaskWithoutZtunnelIsOutsideTheMesh(t *testing.T) {
	f := newFixture(t)
	f.do(func(tx *world.Tx) {
		tx.Find(away, "aws:ecs/taskDefinition:TaskDefinition", nil)[0].Props["containerDefinitions"] = `[{"name":"echo"}]`
		worldtest.Touch(tx)
	})
	if notes := api.Annotations(f.entries()[workloadEntry]); notes["ambient.istio.io/redirection"] != "" {
		t.Errorf("annotations are %v", notes)
	}
}

func TestEntriesGoWithWhatTheyStandFor(t *testing.T) {
	for name, change := range map[string]func(tx *world.Tx){
		"task is to stop": func(tx *world.Tx) {
			tx.Find(away, aws.TaskKind, nil)[0].Props["desiredStatus"] = "STOPPED"
		},
		"task has no address yet": func(tx *world.Tx) { tx.Find(away, aws.TaskKind, nil)[0].Props["lastStatus"] = "PROVISIONING" },
		"task stops":              func(tx *world.Tx) { tx.Find(away, aws.TaskKind, nil)[0].Props["lastStatus"] = "STOPPED" },
		"service is gone":         func(tx *world.Tx) { tx.Drop(tx.Find(away, "aws:ecs/service:Service", nil)[0]) },
		"cluster is untagged": func(tx *world.Tx) {
			tx.Find(away, "aws:ecs/cluster:Cluster", nil)[0].Props["tags"] = map[string]any{"ecs.solo.io/discovery-enabled": "false"}
		},
		"cluster is gone": func(tx *world.Tx) { tx.Find(away, "aws:ecs/cluster:Cluster", nil)[0].Props["_status"] = "INACTIVE" },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			before := len(f.entries())
			f.do(func(tx *world.Tx) { change(tx); worldtest.Touch(tx) })
			if after := len(f.entries()); before != 2 || after >= before {
				t.Errorf("%d entries before, %d after", before, after)
			}
		})
	}
}

func TestForeignClusterDoesNotDisturb(t *testing.T) {
	f := newFixture(t)
	f.do(func(tx *world.Tx) {
		put(tx, away, "aws:ecs/cluster:Cluster", "foreign", map[string]any{
			"name": "foreign", "arn": "arn:aws:ecs:eu-central-1:222222222222:cluster/foreign", "_status": "ACTIVE"})
	})
	if n := len(f.entries()); n != 2 {
		t.Errorf("there are %d entries", n)
	}
	// A role that may describe only our own clusters is refused the whole call.
	f.do(func(tx *world.Tx) {
		tx.Get(away, "aws:iam/rolePolicy:RolePolicy", "mesh-discovery-external:p").Props["policy"] = `{"Statement":[
			{"Effect":"Allow","Action":"ecs:ListClusters","Resource":"*"},{"Effect":"Allow","Action":"ecs:Describe*","Resource":"*mesh-3*"}]}`
		worldtest.Touch(tx)
	})
	if got := f.complaints(); !strings.Contains(got, "ecs:DescribeClusters") || !strings.Contains(got, "cluster/foreign") {
		t.Errorf("istiod says %q", got)
	}
}

func TestDiscoveryNeedsEveryRoleOnItsWay(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(tx *world.Tx)
		words string
	}{
		"no association": {func(tx *world.Tx) {
			tx.Drop(tx.Find(home, "aws:eks/podIdentityAssociation:PodIdentityAssociation", nil)[0])
		}, "restart it"},
		"another role": {func(tx *world.Tx) {
			tx.Find(home, "aws:eks/podIdentityAssociation:PodIdentityAssociation", nil)[0].Props["roleArn"] = awayRole
		}, "restart it"},
		"a role made again": {func(tx *world.Tx) { tx.Get(home, "aws:iam/role:Role", "mesh-istiod").Props["uniqueId"] = "AROA9" }, "restart it"},
		"no agent":          {func(tx *world.Tx) { tx.Drop(tx.Find(home, "aws:eks/addon:Addon", nil)[0]) }, "eks-pod-identity-agent"},
		"no permission": {func(tx *world.Tx) {
			tx.Drop(tx.Get(home, "aws:iam/rolePolicy:RolePolicy", "mesh-istiod:p"))
		}, "is not authorized to perform: sts:AssumeRole"},
		"no session tags": {func(tx *world.Tx) {
			tx.Get(home, "aws:iam/rolePolicy:RolePolicy", "mesh-istiod:p").Props["policy"] = `{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`
		}, "sts:TagSession"},
		"no trust": {func(tx *world.Tx) {
			r := tx.Get(away, "aws:iam/role:Role", "mesh-discovery-external")
			r.Props["assumeRolePolicy"] = strings.Replace(r.String("assumeRolePolicy"), `"istiod"`, `"other"`, 1)
		}, "sts:AssumeRole on resource: " + awayRole},
		"no listing": {func(tx *world.Tx) {
			tx.Drop(tx.Get(away, "aws:iam/rolePolicy:RolePolicy", "mesh-discovery-external:p"))
		}, "ecs:ListClusters"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.do(func(tx *world.Tx) { c.spoil(tx); worldtest.Touch(tx) })
			if got := f.complaints(); !strings.Contains(got, c.words) {
				t.Errorf("istiod says %q, want %q", got, c.words)
			}
			if n := len(f.entries()); n != 2 {
				t.Errorf("an account that cannot be looked into has %d entries left, want 2", n)
			}
		})
	}
}

func TestIstiodThatStartedTooEarlyHasNoCredentials(t *testing.T) {
	f := newFixture(t)
	f.do(func(tx *world.Tx) {
		f.istiod(api.At(tx, clusterARN), "d,"+awayRole, func(pod api.Object) { api.Unset(pod, "metadata", "annotations") })
	})
	if got := f.complaints(); !strings.Contains(got, "istiod started before its Pod Identity association") {
		t.Errorf("istiod says %q", got)
	}
}

func TestNoDiscoveryWithoutSolosBuildOrALicence(t *testing.T) {
	for name, edit := range map[string]func(pod api.Object){
		"upstream's build": func(pod api.Object) { api.Maps(pod, "spec", "containers")[0]["image"] = "docker.io/istio/pilot:1.29.1" },
		"no licence": func(pod api.Object) {
			container := api.Maps(pod, "spec", "containers")[0]
			container["env"] = api.List(container, "env")[:1]
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.do(func(tx *world.Tx) {
				f.istiod(api.At(tx, clusterARN), "d,"+awayRole, edit)
				tx.Drop(tx.Find(away, "aws:ecs/service:Service", nil)[0])
			})
			if n := len(f.entries()); n != 2 {
				t.Errorf("istiod changed the entries: there are %d", n)
			}
		})
	}
}

func TestEntryNeedsItsNamespace(t *testing.T) {
	f := newFixture(t)
	f.do(func(tx *world.Tx) {
		tx.Find(away, "aws:ecs/service:Service", nil)[0].Props["tags"] = map[string]any{"ecs.solo.io/namespace": "none"}
		worldtest.Touch(tx)
	})
	for key := range f.entries() {
		if strings.HasPrefix(key, "ServiceEntry/") {
			t.Errorf("there is %s", key)
		}
	}
}
