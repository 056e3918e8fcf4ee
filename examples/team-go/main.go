// The stack of a team: one service in the platform's mesh. It reads the platform's contract from SSM, and nothing of the
// platform's state.
package main

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"ambient-ecs/contract"
	"ambient-ecs/ecs/task/definition"
)

// orders is the team's task definition, in AWS's format. It knows nothing of the mesh.
//
//go:embed orders.json
var orders []byte

const (
	name = "orders"
	port = 8080
)

func main() { pulumi.Run(deploy) }

func deploy(ctx *pulumi.Context) error {
	cfg := config.New(ctx, "")
	args := &aws.ProviderArgs{
		Region:            pulumi.String(cfg.Require("region")),
		AllowedAccountIds: pulumi.ToStringArray([]string{cfg.Require("accountId")}),
	}
	if profile := cfg.Get("profile"); profile != "" {
		args.Profile = pulumi.String(profile)
	}
	if role := cfg.Get("roleArn"); role != "" {
		args.AssumeRole = aws.ProviderAssumeRoleArgs{RoleArn: pulumi.String(role)}
	}
	account, err := aws.NewProvider(ctx, "aws", args)
	if err != nil {
		return err
	}
	mesh, enrolment, err := read(ctx, account, cfg)
	if err != nil {
		return err
	}
	task, err := taskDefinition(cfg, mesh, enrolment)
	if err != nil {
		return err
	}
	identity := mesh.Identities[enrolment.ServiceAccount]
	cpu, memory := task.Size()
	revision, err := ecs.NewTaskDefinition(ctx, name, &ecs.TaskDefinitionArgs{
		Family: pulumi.String(family(mesh, task)),
		// A team in bounds may not deregister a revision: AWS would let it deregister everybody's.
		SkipDestroy:             pulumi.Bool(mesh.Team.Name != ""),
		NetworkMode:             pulumi.String("awsvpc"),
		RequiresCompatibilities: pulumi.ToStringArray([]string{"FARGATE"}),
		Cpu:                     pulumi.String(cpu),
		Memory:                  pulumi.String(memory),
		TaskRoleArn:             pulumi.String(identity.TaskRoleARN),
		ExecutionRoleArn:        pulumi.String(cmp.Or(cfg.Get("executionRoleArn"), mesh.Cluster.ExecutionRoleARN)),
		ContainerDefinitions:    pulumi.String(task.Registered()),
	}, pulumi.Provider(account))
	if err != nil {
		return err
	}
	least, most := cfg.RequireInt("tasks"), cfg.RequireInt("mostTasks")
	options := []pulumi.ResourceOption{pulumi.Provider(account)}
	if most > least {
		// The number belongs to the scaler from the creation of the service on.
		options = append(options, pulumi.IgnoreChanges([]string{"desiredCount"}))
	}
	service, err := ecs.NewService(ctx, name, &ecs.ServiceArgs{
		Name:           pulumi.String(name),
		Cluster:        pulumi.String(mesh.Cluster.ARN),
		TaskDefinition: revision.Arn,
		LaunchType:     pulumi.String("FARGATE"),
		DesiredCount:   pulumi.Int(least),
		NetworkConfiguration: ecs.ServiceNetworkConfigurationArgs{
			AssignPublicIp: pulumi.Bool(false),
			Subnets:        pulumi.ToStringArray(mesh.Network.PrivateSubnetIDs),
			// The first lets the task call the mesh, the second lets the mesh call the task.
			SecurityGroups: pulumi.ToStringArray([]string{mesh.Network.ClientSecurityGroupID, mesh.Network.ServerSecurityGroupID}),
		},
		// istiod finds the service and its tasks by these tags.
		Tags: pulumi.ToStringMap(map[string]string{
			"ecs.solo.io/namespace":       identity.Namespace,
			"ecs.solo.io/service-account": enrolment.ServiceAccount,
			"ecs.solo.io/hostname":        mesh.Hostname(name),
			"ecs.solo.io/ports":           fmt.Sprintf("http:%d", port),
		}),
		PropagateTags:        pulumi.String("SERVICE"),
		EnableEcsManagedTags: pulumi.Bool(true),
		WaitForSteadyState:   pulumi.Bool(true),
		DeploymentCircuitBreaker: ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true),
		},
	}, options...)
	if err != nil {
		return err
	}
	if most > least {
		if err := scale(ctx, account, mesh, service, least, most); err != nil {
			return err
		}
	}
	var callers []string
	if err := cfg.GetObject("callers", &callers); err != nil {
		return err
	}
	if len(callers) > 0 {
		if err := admit(ctx, cfg, mesh, callers); err != nil {
			return err
		}
	}
	export(ctx, mesh, enrolment, service, least, callers)
	return nil
}

// read reads the contract of the cluster and the token of the service's identity.
func read(ctx *pulumi.Context, account *aws.Provider, cfg *config.Config) (contract.Contract, contract.Enrolment, error) {
	parameter := func(name string) (string, error) {
		found, err := ssm.LookupParameter(ctx, &ssm.LookupParameterArgs{Name: name}, pulumi.Provider(account))
		if err != nil {
			return "", fmt.Errorf("the platform has published no %s for this account, or the team may not read it: %w", name, err)
		}
		return found.InsecureValue, nil
	}
	if stack := cfg.Get("contractStack"); stack != "" {
		published, err := outputs(ctx, stack)
		if err != nil {
			return contract.Contract{}, contract.Enrolment{}, err
		}
		parameter = func(name string) (string, error) {
			value, found := published[name].(string)
			if !found {
				return "", fmt.Errorf("the stack %s hands out no %s", stack, name)
			}
			return value, nil
		}
	}
	enrolment := contract.Enrolment{ServiceAccount: cfg.Require("serviceAccount")}
	text, err := parameter(contract.ParameterName(cfg.Require("install"), cfg.Require("cluster")))
	if err != nil {
		return contract.Contract{}, enrolment, err
	}
	mesh, err := contract.Parse(text)
	if err != nil {
		return contract.Contract{}, enrolment, err
	}
	identity, err := mesh.Identity(enrolment.ServiceAccount)
	if err != nil {
		return contract.Contract{}, enrolment, err
	}
	enrolment.Token, err = parameter(identity.TokenParameter)
	return mesh, enrolment, err
}

// outputs are the parameters that the contract's stack hands out, by name.
func outputs(ctx *pulumi.Context, stack string) (map[string]any, error) {
	reference, err := pulumi.NewStackReference(ctx, stack, nil)
	if err != nil {
		return nil, err
	}
	details, err := reference.GetOutputDetails(contract.StackOutput)
	if err != nil {
		return nil, err
	}
	published, _ := details.Value.(map[string]any)
	return published, nil
}

// taskDefinition is the team's own, as a task of the mesh.
func taskDefinition(cfg *config.Config, mesh contract.Contract, enrolment contract.Enrolment) (*definition.Definition, error) {
	var document map[string]any
	if err := json.Unmarshal(orders, &document); err != nil {
		return nil, fmt.Errorf("orders.json: %w", err)
	}
	for key := range document {
		if !slices.Contains([]string{"family", "cpu", "memory", "networkMode", "requiresCompatibilities", "containerDefinitions"}, key) {
			return nil, fmt.Errorf("orders.json: the program does not register %s: add it to TaskDefinitionArgs", key)
		}
	}
	containers, _ := document["containerDefinitions"].([]any)
	if len(containers) != 1 {
		return nil, errors.New("orders.json: the stack knows one container")
	}
	container := containers[0].(map[string]any)
	container["image"] = cfg.Require("image")
	from := map[string]string{}
	if err := cfg.GetObject("secrets", &from); err != nil {
		return nil, err
	}
	var secrets []any
	for _, variable := range slices.Sorted(maps.Keys(from)) {
		secrets = append(secrets, map[string]any{"name": variable, "valueFrom": from[variable]})
	}
	if len(secrets) > 0 {
		container["secrets"] = secrets
	}
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	parsed, err := definition.Parse(text)
	if err != nil {
		return nil, err
	}
	enrolled, _, err := mesh.Enrol(parsed, enrolment)
	return enrolled, err
}

// family is the family of the task definition. That of a team in bounds begins with the team's prefix.
func family(mesh contract.Contract, task *definition.Definition) string {
	if mesh.Team.Name != "" {
		return mesh.Family(name)
	}
	return definition.Text(task.Family)
}

// scale keeps the CPU of the tasks at 60 percent.
func scale(ctx *pulumi.Context, account *aws.Provider, mesh contract.Contract, service *ecs.Service, least, most int) error {
	target, err := appautoscaling.NewTarget(ctx, name, &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ResourceId:        pulumi.Sprintf("service/%s/%s", mesh.Cluster.Name, service.Name),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		MinCapacity:       pulumi.Int(least),
		MaxCapacity:       pulumi.Int(most),
	}, pulumi.Provider(account))
	if err != nil {
		return err
	}
	_, err = appautoscaling.NewPolicy(ctx, name, &appautoscaling.PolicyArgs{
		Name:              pulumi.String(name),
		PolicyType:        pulumi.String("TargetTrackingScaling"),
		ServiceNamespace:  target.ServiceNamespace,
		ResourceId:        target.ResourceId,
		ScalableDimension: target.ScalableDimension,
		TargetTrackingScalingPolicyConfiguration: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			PredefinedMetricSpecification: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String("ECSServiceAverageCPUUtilization"),
			},
			TargetValue: pulumi.Float64(60),
		},
	}, pulumi.Provider(account))
	return err
}

// export says what runs, in the form in which `ambient verify --services FILE` reads it.
func export(ctx *pulumi.Context, mesh contract.Contract, enrolment contract.Enrolment, service *ecs.Service, tasks int, callers []string) {
	ctx.Export("hostname", pulumi.String(mesh.Hostname(name)))
	said := pulumi.Map{
		"arn":               service.ID(),
		"hostname":          pulumi.String(mesh.Hostname(name)),
		"port":              pulumi.Int(port),
		"namespace":         pulumi.String(mesh.Identities[enrolment.ServiceAccount].Namespace),
		"serviceAccount":    pulumi.String(enrolment.ServiceAccount),
		"desiredCount":      pulumi.Int(tasks),
		"waypoint":          pulumi.String(mesh.Mesh.Waypoints[mesh.Identities[enrolment.ServiceAccount].Namespace]),
		"exec":              pulumi.Bool(false),
		"taskDefinitionArn": service.TaskDefinition,
	}
	if len(callers) > 0 {
		said["allow"] = pulumi.Array{pulumi.Map{"serviceAccounts": pulumi.ToStringArray(callers)}}
	}
	ctx.Export("meshServices", pulumi.Map{mesh.Cluster.Key: pulumi.Map{name: said}})
}
