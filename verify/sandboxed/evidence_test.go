package sandboxed

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/stack"
)

const (
	home    = "111122223333"
	region  = "eu-central-1"
	cluster = "arn:aws:eks:eu-central-1:111122223333:cluster/m"
)

type props = map[string]any

// tell makes evidence of some resources and objects.
func tell(t *testing.T, resources []*world.Resource, objects ...api.Object) doctor.Evidence {
	t.Helper()
	w, err := world.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Do(func(tx *world.Tx) error {
		for _, r := range resources {
			tx.Put(r)
		}
		// Without any object there is no cluster.
		namespace := api.Object{"apiVersion": "v1", "kind": "Namespace", "metadata": props{"name": "default"}}
		for _, o := range append(objects, namespace) {
			key := strings.Join([]string{api.String(o, "apiVersion"), api.String(o, "kind"), api.Namespace(o), api.Name(o)}, "/")
			tx.PutObject(cluster, key, o)
		}
		return nil
	})
	b, err := New(w, &stack.Stack{EKSArn: cluster, EKSName: "m", Region: region, Accounts: map[string]stack.Account{"local": {ID: home}}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func resource(kind, id string, p props) *world.Resource {
	return &world.Resource{Account: home, Region: region, Kind: kind, ID: id, Props: p}
}

func TestTrustShowsADeletedPrincipalByItsID(t *testing.T) {
	const istiod = "arn:aws:iam::111122223333:role/istiod"
	role := func(name, unique string, principals props) *world.Resource {
		return resource(roleKind, name, props{"name": name, "arn": "arn:aws:iam::111122223333:role/" + name, "uniqueId": unique,
			"assumeRolePolicy": `{"Principal":{"AWS":"` + istiod + `"}}`, "_principals": principals})
	}
	e := tell(t, []*world.Resource{
		role("istiod", "AROANEW", nil), role("fresh", "1", props{istiod: "AROANEW"}), role("stale", "2", props{istiod: "AROAOLD"}),
		resource("aws:iam/rolePolicy:RolePolicy", "p", props{"role": "fresh", "name": "inline", "policy": "{}"}),
		resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", props{"role": "fresh", "policyArn": "arn:aws:iam::aws:policy/AmazonECS_FullAccess"}),
	})
	roles, err := e.Roles(context.Background())
	if err != nil || len(roles) != 3 {
		t.Fatalf("%v %v", roles, err)
	}
	for _, r := range roles {
		if stale := strings.Contains(r.Trust, "AROAOLD"); stale != (r.Name == "stale") {
			t.Errorf("trust of %s: %s", r.Name, r.Trust)
		}
		if want := map[string]int{"fresh": 2}[r.Name]; len(r.Policies) != want {
			t.Errorf("policies of %s: %v", r.Name, r.Policies)
		}
	}
}

func TestSubnetWithoutATableOfItsOwnHasTheMainOne(t *testing.T) {
	e := tell(t, []*world.Resource{
		resource(tableKind, "rtb-main", props{"vpcId": "vpc", "_main": true}), resource(tableKind, "rtb-own", props{"vpcId": "vpc"}),
		resource(subnetKind, "a", props{"vpcId": "vpc"}), resource(subnetKind, "b", props{"vpcId": "vpc"}),
		resource(associationKind, "x", props{"subnetId": "b", "routeTableId": "rtb-own"}),
	})
	facts, err := e.Network(context.Background())
	if err != nil || len(facts.Subnets) != 2 || facts.Subnets[0].Table != "rtb-main" || facts.Subnets[1].Table != "rtb-own" {
		t.Errorf("%+v %v", facts, err)
	}
}

func TestLoadBalancerHasTheRangesOfItsService(t *testing.T) {
	e := tell(t, []*world.Resource{resource(aws.LoadBalancerKind, "lb", props{
		"name": "lb", "service": "istio-system/eastwest", "ports": []any{props{"port": 15012.0, "nodePort": 30001.0}},
	})}, api.Object{
		"apiVersion": "v1", "kind": "Service", "spec": props{"loadBalancerSourceRanges": []any{"10.0.0.0/16"}}, "metadata": props{
			"namespace": "istio-system", "name": "eastwest", "annotations": props{"service.beta.kubernetes.io/load-balancer-source-ranges": "10.1.0.0/16, 10.2.0.0/16"},
		},
	})
	facts, err := e.Network(context.Background())
	if err != nil || len(facts.LoadBalancers) != 1 {
		t.Fatalf("%+v %v", facts, err)
	}
	lb := facts.LoadBalancers[0]
	if strings.Join(lb.SourceRanges, " ") != "10.0.0.0/16 10.1.0.0/16 10.2.0.0/16" || lb.Listeners[0].TargetPort != 30001 {
		t.Errorf("%+v", lb)
	}
}

func TestIstiodTellsWithWhatItStarted(t *testing.T) {
	e := tell(t, nil,
		api.Object{"apiVersion": "v1", "kind": "Secret", "metadata": props{"namespace": mesh.System, "name": "licence"},
			"data": props{"license-key": base64.StdEncoding.EncodeToString([]byte("key"))}},
		api.Object{
			"apiVersion": "v1", "kind": "Pod",
			"metadata": props{"namespace": mesh.System, "name": "istiod-0", "labels": props{"app": "istiod"},
				"annotations": props{mesh.IdentityAnnotation: "a-1 arn:aws:iam::111122223333:role/istiod AROA1"}},
			"spec": props{"serviceAccountName": "istiod", "containers": []any{props{"name": "discovery", "image": "pilot:1-solo", "env": []any{
				props{"name": "AWS_CONTAINER_CREDENTIALS_FULL_URI", "value": "http://169.254.170.23/v1/credentials"},
				props{"name": "ECS_ACCOUNTS", "value": "ecs.local,role-1,ecs.external,role-2"},
				props{"name": "SOLO_LICENSE_SECRET", "value": mesh.System + "/licence"},
				props{"name": "PILOT_ENABLE_IP_AUTOALLOCATE", "value": "false"},
			}}}},
			"status": props{"conditions": []any{props{"type": "Ready", "status": "True"}}},
		})
	k, err := e.Kubernetes(context.Background())
	if err != nil || k.Istiod == nil {
		t.Fatalf("%+v %v", k, err)
	}
	i := k.Istiod
	if i.Identity != "a-1/AROA1" || i.Accounts["role-2"] != "ecs.external" || !i.Licensed || i.AutoAllocate {
		t.Errorf("%+v", i)
	}
}

func TestTaskDefinitionIsReadAsItWasRegistered(t *testing.T) {
	e := tell(t, []*world.Resource{resource(aws.TaskDefinitionKind, "arn:td:1", props{"taskRoleArn": "role", "containerDefinitions": `[
		{"name":"app","portMappings":[{"containerPort":8080}],"environment":[{"name":"ALL_PROXY","value":"socks5h://127.0.0.1:15080"}],
		 "dependsOn":[{"containerName":"ztunnel","condition":"HEALTHY"}],"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"/ecs/m","awslogs-stream-prefix":"app"}}},
		{"name":"ztunnel","healthCheck":{"command":["CMD","ztunnel","healthcheck"]}}]`})})
	facts, err := e.ECS(context.Background())
	if err != nil || len(facts.Definitions) != 1 || len(facts.Definitions[0].Containers) != 2 {
		t.Fatalf("%+v %v", facts, err)
	}
	app, proxy := facts.Definitions[0].Containers[0], facts.Definitions[0].Containers[1]
	if app.Ports[0] != 8080 || app.Environment["ALL_PROXY"] == "" || app.DependsOn["ztunnel"] != "HEALTHY" || app.LogGroup != "/ecs/m" || app.LogPrefix != "app" || !proxy.HealthCheck {
		t.Errorf("%+v", facts.Definitions[0])
	}
}
