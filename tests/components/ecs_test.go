package components

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/ecs"
	format "ambient-ecs/ecs/task/definition"
	"ambient-ecs/iam"
	"ambient-ecs/tests/recorder"
)

func oneCluster(t *testing.T) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		_, err := ecs.NewCluster(ctx, "shop", validCluster(f))
		return err
	})
}

// oneService records a service with changed arguments.
func oneService(t *testing.T, change func(*ecs.ServiceArgs), options ...func(*recorder.Options)) *recorder.Recording {
	t.Helper()
	return play(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validService(f)
		if change != nil {
			change(args)
		}
		_, err := ecs.NewService(ctx, "cart", args)
		return err
	}, options...)
}

func TestAClusterIsMadeInItsAccountAndOpenToDiscovery(t *testing.T) {
	r := oneCluster(t)
	children(t, r, ecs.ClusterTypeToken, externalProvider)
	made := only(t, r, ecsCluster)
	says(t, made, "mesh-shop", "name")
	says(t, made, "true", "tags", "ecs.solo.io/discovery-enabled")
	says(t, made, "containerInsights", "settings", 0, "name")
}

func TestAClustersLogsHaveAnEnd(t *testing.T) {
	r := oneCluster(t)
	for name, group := range map[string]string{"shop-tasks": "/ecs/mesh-shop", "shop-insights": "/aws/ecs/containerinsights/mesh-shop/performance"} {
		logs := r.Get(t, logGroup, name)
		says(t, logs, group, "name")
		says(t, logs, 30.0, "retentionInDays")
	}
	// Container Insights would otherwise make the group itself, and leave the group behind.
	needs(t, r, only(t, r, ecsCluster), r.Get(t, logGroup, "shop-insights"))
}

func TestAServiceIsMadeInItsAccount(t *testing.T) {
	children(t, oneService(t, nil), ecs.ServiceTypeToken, externalProvider)
}

func TestAServiceTellsDiscoveryWhoItIs(t *testing.T) {
	service := only(t, oneService(t, nil), ecsService)
	says(t, service, map[string]any{
		"ecs.solo.io/namespace": "mesh-shop", "ecs.solo.io/service-account": "cart",
		"ecs.solo.io/hostname": "cart.mesh-shop.ecs.external", "ecs.solo.io/ports": "http:8080",
	}, "tags")
	// Discovery reads the tasks too.
	says(t, service, "SERVICE", "propagateTags")
	says(t, service, true, "enableEcsManagedTags")
}

func TestAClientDeclaresNoPort(t *testing.T) {
	r := oneService(t, func(a *ecs.ServiceArgs) { a.Task.App.Ports, a.Ports = nil, nil })
	says(t, only(t, r, ecsService), nil, "tags", "ecs.solo.io/ports")
	if containers := containersOf(t, r); strings.Contains(containers, "portMappings") {
		t.Errorf("the task opens a port: %s", containers)
	}
}

func containersOf(t *testing.T, r *recorder.Recording) string {
	t.Helper()
	containers, _ := at(t, only(t, r, taskDefinition), "containerDefinitions").(string)
	if !json.Valid([]byte(containers)) {
		t.Fatalf("the container definitions are %q", containers)
	}
	return containers
}

func TestATeamsDefinitionIsRegisteredAsItIs(t *testing.T) {
	given, err := format.Parse([]byte(`{"family": "theirs", "networkMode": "awsvpc", "cpu": "0.5 vCPU", "memory": "1 GB", "runtimePlatform": {"cpuArchitecture": "ARM64"},
		"ephemeralStorage": {"sizeInGiB": 30}, "tags": [{"key": "team", "value": "cart"}], "containerDefinitions": [
			{"name": "cart", "image": "cart:1", "portMappings": [{"containerPort": 8080}, {"containerPort": 9090}], "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}]},
			{"name": "side", "image": "side:1", "essential": false}],
		"volumes": [{"name": "scratch"}, {"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "transitEncryption": "ENABLED", "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r := oneService(t, func(a *ecs.ServiceArgs) {
		a.Task.App, a.Task.Definition = nil, given
		a.Ports = []ecs.Port{{Number: 8080, Protocol: "grpc"}, {Number: 9090, Protocol: "tcp"}}
		a.PlatformVersion = "1.4.0"
	})
	registered := only(t, r, taskDefinition)
	says(t, registered, "mesh-shop-cart", "family")
	says(t, registered, "512", "cpu")
	says(t, registered, "1024", "memory")
	says(t, registered, map[string]any{"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}, "runtimePlatform")
	says(t, registered, map[string]any{"sizeInGib": 30.0}, "ephemeralStorage")
	says(t, registered, "cart", "tags", "team")
	says(t, registered, "scratch", "volumes", 0, "name")
	says(t, registered, map[string]any{"fileSystemId": "fs-1", "transitEncryption": "ENABLED",
		"authorizationConfig": map[string]any{"accessPointId": "fsap-1", "iam": "ENABLED"}}, "volumes", 1, "efsVolumeConfiguration")
	containers := containersOf(t, r)
	for _, want := range []string{`"name":"side"`, `"name":"ztunnel"`, `"ambient-ecs.identity":"mesh-shop/cart"`, `"ecs.solo.io/hostname":"cart.mesh-shop.ecs.external"`} {
		if !strings.Contains(containers, want) {
			t.Errorf("the containers do not have %s: %s", want, containers)
		}
	}
	says(t, only(t, r, ecsService), "grpc:8080/tcp:9090", "tags", "ecs.solo.io/ports")
	says(t, only(t, r, ecsService), "1.4.0", "platformVersion")
}

func TestAServiceRollsAndRollsBack(t *testing.T) {
	service := only(t, oneService(t, nil), ecsService)
	says(t, service, map[string]any{"enable": true, "rollback": true}, "deploymentCircuitBreaker")
	says(t, service, 100.0, "deploymentMinimumHealthyPercent")
	says(t, service, 200.0, "deploymentMaximumPercent")
	says(t, service, true, "waitForSteadyState")
	if service.CreateTimeout != "36m" {
		t.Errorf("the service gets %q, which must be longer than three tasks that fail slowly", service.CreateTimeout)
	}
}

func TestTasksArePrivateAndCanBeEntered(t *testing.T) {
	service := only(t, oneService(t, nil), ecsService)
	says(t, service, false, "networkConfiguration", "assignPublicIp")
	says(t, service, []any{"subnet-1", "subnet-2"}, "networkConfiguration", "subnets")
	says(t, service, []any{"sg-client", "sg-server"}, "networkConfiguration", "securityGroups")
	says(t, service, true, "enableExecuteCommand")
	says(t, service, "FARGATE", "launchType")
	says(t, service, "ENABLED", "availabilityZoneRebalancing")
}

func TestAServiceWithAFixedNameIsDeletedBeforeItIsReplacedAndARevisionIsNot(t *testing.T) {
	r := oneService(t, nil)
	if !only(t, r, ecsService).DeleteBeforeReplace {
		t.Error("two services of one name cannot be")
	}
	if only(t, r, taskDefinition).DeleteBeforeReplace {
		t.Error("the running revision would be deregistered before the service leaves it")
	}
}

func TestAServiceWaitsForWhatItsTasksNeed(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		cluster, err := ecs.NewCluster(ctx, "shop", validCluster(f))
		if err != nil {
			return err
		}
		args := validService(f)
		args.Cluster = cluster
		role, err := iam.NewTaskRole(ctx, "task", validTask(f))
		if err != nil {
			return err
		}
		args.TaskRole = role.Ready
		_, err = ecs.NewService(ctx, "cart", args)
		return err
	})
	service := only(t, r, ecsService)
	needs(t, r, service, only(t, r, ecsCluster))
	needs(t, r, service, only(t, r, taskDefinition))
	needs(t, r, only(t, r, taskDefinition), r.Get(t, logGroup, "shop-tasks"))
	needs(t, r, service, only(t, r, rolePolicy))
}

// These changes reach living services with every change of the mesh.
func TestChangesThatRollANewRevisionReplaceNothing(t *testing.T) {
	for name, change := range map[string]func(*ecs.ServiceArgs){
		"another address or root certificate": func(a *ecs.ServiceArgs) { a.Token = pulumi.String("bmV4dA==") },
		"another Istio version":               func(a *ecs.ServiceArgs) { a.Task.Mesh.Image = "registry.example/istio/ztunnel:1.29.2-solo" },
		"another image":                       func(a *ecs.ServiceArgs) { a.Task.App.Image = "public.ecr.aws/demo/cart:2" },
	} {
		t.Run(name, func(t *testing.T) {
			before, after := oneService(t, nil), oneService(t, change)
			if !slices.Equal(urns(before), urns(after)) {
				t.Errorf("other resources: %v", urns(after))
			}
			if got := differing(only(t, before, taskDefinition), only(t, after, taskDefinition)); !slices.Equal(got, []string{"containerDefinitions"}) {
				t.Errorf("the task definition changes %v", got)
			}
			if got := differing(only(t, before, ecsService), only(t, after, ecsService)); !slices.Equal(got, []string{"taskDefinition"}) {
				t.Errorf("the service changes %v", got)
			}
			if got := only(t, after, ecsService).ReplaceOnChanges; len(got) > 0 {
				t.Errorf("the service is replaced on changes of %v", got)
			}
		})
	}
}

// In AWS's API a deployment that ECS rolled back looks as steady as a successful one.
func TestAServiceThatDoesNotRunItsDeclaredRevisionFails(t *testing.T) {
	r := oneService(t, nil, answering(ecsService, map[string]any{"taskDefinition": "arn:aws:ecs:task-definition/mesh-shop-cart:7"}))
	if r.Err == nil {
		t.Fatal("a deployment that was rolled back counts as done")
	}
	for _, word := range []string{"mesh-shop/cart", "mesh-shop-cart:7", "rolled the deployment back"} {
		if !strings.Contains(r.Err.Error(), word) {
			t.Errorf("the error does not say %q: %v", word, r.Err)
		}
	}
	if r := oneService(t, nil); r.Err != nil {
		t.Errorf("the declared revision counts as another: %v", r.Err)
	}
}

func TestAServicePreviewsBeforeItsTokenExists(t *testing.T) {
	r := play(t, func(ctx *pulumi.Context, f *fixture) error {
		cluster, err := ecs.NewCluster(ctx, "shop", validCluster(f))
		if err != nil {
			return err
		}
		args := validService(f)
		args.Cluster, args.Token = cluster, cluster.ARN
		_, err = ecs.NewService(ctx, "cart", args)
		return err
	}, preview)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	says(t, only(t, r, taskDefinition), recorder.Unknown, "containerDefinitions")
	says(t, only(t, r, taskDefinition), "mesh-shop-cart", "family")
}

func TestOnlyATaskWithASecretHidesItsContainers(t *testing.T) {
	for _, secret := range []bool{true, false} {
		r := oneService(t, func(a *ecs.ServiceArgs) { a.Secret = secret })
		if got := only(t, r, taskDefinition).Secrets; slices.Contains(got, "containerDefinitions") != secret {
			t.Errorf("secret %v: secret inputs are %v", secret, got)
		}
		if got := only(t, r, ecsService).Secrets; len(got) != 0 {
			t.Errorf("secret %v: the service hides %v", secret, got)
		}
	}
}
