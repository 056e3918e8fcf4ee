package onaws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/stack"
)

// The largest numbers that one call of the ECS API describes.
const (
	servicesAtOnce = 10
	tasksAtOnce    = 100
)

// ECS implements doctor.Evidence. It reads ECS once.
func (b *AWS) ECS(ctx context.Context) (*doctor.ECS, error) {
	b.evidence.mu.Lock()
	defer b.evidence.mu.Unlock()
	if b.evidence.read != nil {
		return b.evidence.read, nil
	}
	facts := &doctor.ECS{LogGroups: map[string][]string{}, Latest: map[string]string{}}
	known := map[string]bool{}
	for _, key := range b.stack.ClusterKeys() {
		c := b.stack.Clusters[key]
		if err := b.readCluster(ctx, c, facts, known); err != nil {
			return nil, fmt.Errorf("ECS cluster %s in account %s: %w", c.Name, c.Account, err)
		}
	}
	b.evidence.read = facts
	return facts, nil
}

func (b *AWS) readCluster(ctx context.Context, c stack.Cluster, facts *doctor.ECS, known map[string]bool) error {
	config, err := b.accounts.Config(c.Account, c.Region)
	if err != nil {
		return err
	}
	client := ecs.NewFromConfig(config)
	described, err := client.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{c.Name}, Include: []types.ClusterField{types.ClusterFieldTags, types.ClusterFieldConfigurations}})
	if err != nil {
		return err
	}
	active := slices.DeleteFunc(described.Clusters, func(c types.Cluster) bool { return aws.ToString(c.Status) != "ACTIVE" })
	if len(active) == 0 {
		return nil // The doctor reports the missing cluster.
	}
	facts.Clusters = append(facts.Clusters, doctor.Cluster{
		ARN: aws.ToString(active[0].ClusterArn), Tags: tags(active[0].Tags), Providers: active[0].CapacityProviders, ExecLogGroup: execLogGroup(active[0]),
	})
	services, err := readServices(ctx, client, c.Name)
	if err != nil {
		return err
	}
	tasks, err := readTasks(ctx, client, c.Name, services)
	if err != nil {
		return err
	}
	facts.Services, facts.Tasks = append(facts.Services, services...), append(facts.Tasks, tasks...)
	if err := readLatest(ctx, client, c, services, facts); err != nil {
		return err
	}
	schedules, err := b.readSchedules(ctx, c)
	if err != nil {
		return err
	}
	facts.Schedules = append(facts.Schedules, schedules...)
	scalers, err := b.readScalers(ctx, c)
	if err != nil {
		return err
	}
	facts.Scalers = append(facts.Scalers, scalers...)
	groups := map[string]bool{c.LogGroup: c.LogGroup != "", c.ExecLogGroup: c.ExecLogGroup != ""}
	var standalone []string
	for _, task := range c.Tasks {
		standalone = append(standalone, task.TaskDefinitionARN)
	}
	for _, arn := range definitions(services, tasks, standalone) {
		if known[arn] {
			continue
		}
		known[arn] = true
		one, err := describe(ctx, client, arn)
		if err != nil {
			return err
		}
		if one == nil {
			continue // It has been deleted permanently.
		}
		read := definition(one.TaskDefinition)
		read.Tags = tags(one.Tags)
		for _, container := range read.Containers {
			groups[container.LogGroup] = container.LogGroup != ""
		}
		facts.Definitions = append(facts.Definitions, read)
	}
	id := b.stack.Accounts[c.Account].ID
	maps.DeleteFunc(groups, func(name string, named bool) bool { return !named || slices.Contains(facts.LogGroups[id], name) })
	found, err := existing(ctx, cloudwatchlogs.NewFromConfig(config), groups)
	facts.LogGroups[id] = append(facts.LogGroups[id], found...)
	return err
}

// describe reads a task definition: a revision, or the youngest active one of a family. Nil: there is none.
func describe(ctx context.Context, client *ecs.Client, definition string) (*ecs.DescribeTaskDefinitionOutput, error) {
	one, err := client.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(definition), Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags}})
	var none *types.ClientException
	if errors.As(err, &none) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("task definition %s: %w", definition, err)
	}
	return one, nil
}

// readLatest reads which revision of the family of each service of the stack is the youngest.
func readLatest(ctx context.Context, client *ecs.Client, c stack.Cluster, services []doctor.Service, facts *doctor.ECS) error {
	ours := map[string]bool{}
	for _, s := range c.Services {
		ours[s.ARN] = !s.Elsewhere()
	}
	for _, s := range services {
		family := doctor.FamilyOf(s.Definition)
		if !ours[s.ARN] || family == "" || facts.Latest[family] != "" {
			continue
		}
		one, err := describe(ctx, client, lastPart(family))
		if err != nil {
			return err
		}
		if one != nil {
			facts.Latest[family] = aws.ToString(one.TaskDefinition.TaskDefinitionArn)
		}
	}
	return nil
}

// execLogGroup is the log group of a cluster's sessions of ECS Exec, "" for none of its own.
func execLogGroup(c types.Cluster) string {
	if c.Configuration == nil || c.Configuration.ExecuteCommandConfiguration == nil || c.Configuration.ExecuteCommandConfiguration.LogConfiguration == nil {
		return ""
	}
	return aws.ToString(c.Configuration.ExecuteCommandConfiguration.LogConfiguration.CloudWatchLogGroupName)
}

func readServices(ctx context.Context, client *ecs.Client, cluster string) ([]doctor.Service, error) {
	var arns []string
	pages := ecs.NewListServicesPaginator(client, &ecs.ListServicesInput{Cluster: aws.String(cluster)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list services: %w", err)
		}
		arns = append(arns, page.ServiceArns...)
	}
	var all []doctor.Service
	for some := range slices.Chunk(arns, servicesAtOnce) {
		described, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String(cluster), Services: some, Include: []types.ServiceField{types.ServiceFieldTags}})
		if err != nil {
			return nil, fmt.Errorf("describe services: %w", err)
		}
		for _, s := range described.Services {
			if aws.ToString(s.Status) == "ACTIVE" {
				all = append(all, service(s))
			}
		}
	}
	return all, nil
}

func service(s types.Service) doctor.Service {
	one := doctor.Service{
		ARN: aws.ToString(s.ServiceArn), Cluster: aws.ToString(s.ClusterArn), Tags: tags(s.Tags), PropagateTags: string(s.PropagateTags),
		Definition: aws.ToString(s.TaskDefinition), Desired: int(s.DesiredCount), Running: int(s.RunningCount), Exec: s.EnableExecuteCommand,
	}
	if s.NetworkConfiguration != nil && s.NetworkConfiguration.AwsvpcConfiguration != nil {
		one.Subnets, one.Groups = s.NetworkConfiguration.AwsvpcConfiguration.Subnets, s.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups
	}
	for _, b := range s.LoadBalancers {
		one.Balancers = append(one.Balancers, int(aws.ToInt32(b.ContainerPort)))
	}
	for _, item := range s.CapacityProviderStrategy {
		one.Strategy = append(one.Strategy, stack.CapacityProvider{Provider: aws.ToString(item.CapacityProvider), Base: int(item.Base), Weight: int(item.Weight)})
	}
	for _, d := range s.Deployments {
		one.Connect = one.Connect || d.ServiceConnectConfiguration != nil && d.ServiceConnectConfiguration.Enabled
		one.Deployments = append(one.Deployments, doctor.Deployment{
			Definition: aws.ToString(d.TaskDefinition), State: string(d.RolloutState), Reason: aws.ToString(d.RolloutStateReason),
		})
	}
	return one
}

func readTasks(ctx context.Context, client *ecs.Client, cluster string, services []doctor.Service) ([]doctor.Task, error) {
	var arns []string
	// ECS lists stopped tasks for an hour.
	for _, desired := range []types.DesiredStatus{types.DesiredStatusRunning, types.DesiredStatusStopped} {
		pages := ecs.NewListTasksPaginator(client, &ecs.ListTasksInput{Cluster: aws.String(cluster), DesiredStatus: desired})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("list tasks: %w", err)
			}
			arns = append(arns, page.TaskArns...)
		}
	}
	var all []doctor.Task
	for some := range slices.Chunk(arns, tasksAtOnce) {
		described, err := client.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(cluster), Tasks: some, Include: []types.TaskField{types.TaskFieldTags}})
		if err != nil {
			return nil, fmt.Errorf("describe tasks: %w", err)
		}
		for _, t := range described.Tasks {
			all = append(all, taskOf(t, services))
		}
	}
	return all, nil
}

func taskOf(t types.Task, services []doctor.Service) doctor.Task {
	one := doctor.Task{
		ARN: aws.ToString(t.TaskArn), Definition: aws.ToString(t.TaskDefinitionArn), Status: aws.ToString(t.LastStatus),
		Health: string(t.HealthStatus), Stopped: aws.ToString(t.StoppedReason), Address: addressOf(t), Started: aws.ToTime(t.StartedAt), Tags: tags(t.Tags),
		Exec: t.EnableExecuteCommand,
	}
	if name, ok := strings.CutPrefix(aws.ToString(t.Group), "service:"); ok {
		for _, s := range services {
			if strings.HasSuffix(s.ARN, "/"+name) {
				one.Service = s.ARN
			}
		}
	}
	return one
}

// definitions are the task definitions of services and tasks, and further ones.
func definitions(services []doctor.Service, tasks []doctor.Task, more []string) []string {
	all := map[string]bool{}
	for _, arn := range more {
		all[arn] = true
	}
	for _, s := range services {
		all[s.Definition] = true
		for _, d := range s.Deployments {
			all[d.Definition] = true
		}
	}
	for _, t := range tasks {
		all[t.Definition] = true
	}
	delete(all, "")
	return slices.Sorted(maps.Keys(all))
}

func definition(d *types.TaskDefinition) doctor.Definition {
	one := doctor.Definition{ARN: aws.ToString(d.TaskDefinitionArn), TaskRole: aws.ToString(d.TaskRoleArn), ExecutionRole: aws.ToString(d.ExecutionRoleArn)}
	for _, c := range d.ContainerDefinitions {
		container := doctor.Container{
			Name: aws.ToString(c.Name), Image: aws.ToString(c.Image), Environment: map[string]string{}, DependsOn: map[string]string{},
			Labels: c.DockerLabels, HealthCheck: c.HealthCheck != nil && len(c.HealthCheck.Command) > 0, RoutesLogs: c.FirelensConfiguration != nil,
		}
		for _, v := range c.Environment {
			container.Environment[aws.ToString(v.Name)] = aws.ToString(v.Value)
		}
		for _, p := range c.PortMappings {
			if p.Protocol != types.TransportProtocolUdp {
				container.Ports = append(container.Ports, int(aws.ToInt32(p.ContainerPort)))
			}
		}
		for _, on := range c.DependsOn {
			container.DependsOn[aws.ToString(on.ContainerName)] = string(on.Condition)
		}
		if c.LogConfiguration != nil && c.LogConfiguration.LogDriver == types.LogDriverAwslogs {
			container.LogGroup, container.LogPrefix = c.LogConfiguration.Options["awslogs-group"], c.LogConfiguration.Options["awslogs-stream-prefix"]
		}
		secrets := c.Secrets
		if c.LogConfiguration != nil {
			secrets = slices.Concat(secrets, c.LogConfiguration.SecretOptions)
		}
		for _, secret := range secrets {
			container.Sources = append(container.Sources, aws.ToString(secret.ValueFrom))
		}
		if c.RepositoryCredentials != nil {
			container.Sources = append(container.Sources, aws.ToString(c.RepositoryCredentials.CredentialsParameter))
		}
		for _, file := range c.EnvironmentFiles {
			container.Files = append(container.Files, aws.ToString(file.Value))
		}
		one.Containers = append(one.Containers, container)
	}
	return one
}

func tags(all []types.Tag) map[string]string {
	byKey := map[string]string{}
	for _, t := range all {
		byKey[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return byKey
}
