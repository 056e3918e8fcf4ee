package onaws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// ztunnel is the name of the mesh's container in a task.
const ztunnel = "ztunnel"

// task is a running task.
type task struct {
	arn, id, address, definition string
	// app is the container in which commands run.
	app string
	// exec says why commands cannot run in it, "" if they can.
	exec    string
	healthy bool
}

// find returns a service of the stack.
func (b *AWS) find(clusterKey, service string) (stack.Cluster, stack.Service, error) {
	c, ok := b.stack.Clusters[clusterKey]
	if !ok {
		return c, stack.Service{}, fmt.Errorf("the stack has no ECS cluster %q", clusterKey)
	}
	s, ok := c.Services[service]
	if !ok {
		return c, s, fmt.Errorf("ECS cluster %q has no service %q", clusterKey, service)
	}
	return c, s, nil
}

func (b *AWS) ecs(c stack.Cluster) (*ecs.Client, error) {
	config, err := b.accounts.Config(c.Account, c.Region)
	if err != nil {
		return nil, err
	}
	return ecs.NewFromConfig(config), nil
}

// tasks are the running tasks of a service, sorted by id.
func (b *AWS) tasks(ctx context.Context, clusterKey, service string) ([]task, error) {
	c, _, err := b.find(clusterKey, service)
	if err != nil {
		return nil, err
	}
	client, err := b.ecs(c)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("tasks of %s/%s in account %s", clusterKey, service, c.Account)
	var tasks []task
	pages := ecs.NewListTasksPaginator(client, &ecs.ListTasksInput{
		Cluster: aws.String(c.Name), ServiceName: aws.String(c.Services[service].Name(service)), DesiredStatus: types.DesiredStatusRunning,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", what, err)
		}
		if len(page.TaskArns) == 0 {
			continue
		}
		described, err := client.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(c.Name), Tasks: page.TaskArns})
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", what, err)
		}
		for _, t := range described.Tasks {
			if aws.ToString(t.LastStatus) == "RUNNING" {
				tasks = append(tasks, read(t, service))
			}
		}
	}
	slices.SortFunc(tasks, func(a, b task) int { return strings.Compare(a.id, b.id) })
	return tasks, nil
}

func read(t types.Task, service string) task {
	one := task{arn: aws.ToString(t.TaskArn), definition: aws.ToString(t.TaskDefinitionArn)}
	one.id = lastPart(one.arn)
	// A task none of whose containers has a health check is UNKNOWN, and that is no fault.
	one.healthy = t.HealthStatus != types.HealthStatusUnhealthy
	one.address = addressOf(t)
	app := container(t.Containers, service)
	switch {
	case app == nil:
		one.exec = "the task has no container but ztunnel's"
	case !t.EnableExecuteCommand:
		one.app, one.exec = aws.ToString(app.Name), "the task was started without ECS Exec (enableExecuteCommand)"
	default:
		one.app, one.exec = aws.ToString(app.Name), agent(*app)
	}
	return one
}

// addressOf is a task's private address, "" as long as it has none.
func addressOf(t types.Task) (address string) {
	for _, attachment := range t.Attachments {
		for _, detail := range attachment.Details {
			if aws.ToString(detail.Name) == "privateIPv4Address" {
				address = aws.ToString(detail.Value)
			}
		}
	}
	return address
}

// container is the application's container: the one with the service's name, or else the first that is not
// ztunnel's.
func container(all []types.Container, service string) *types.Container {
	var app *types.Container
	for i := range all {
		switch name := aws.ToString(all[i].Name); {
		case name == service:
			return &all[i]
		case name != ztunnel && app == nil:
			app = &all[i]
		}
	}
	return app
}

// agent says why a container's agent for ECS Exec takes no commands.
func agent(c types.Container) string {
	for _, a := range c.ManagedAgents {
		if a.Name != types.ManagedAgentNameExecuteCommandAgent {
			continue
		}
		if status := aws.ToString(a.LastStatus); status != "RUNNING" {
			return strings.TrimSpace(fmt.Sprintf("the agent for ECS Exec in container %s is %s %s", aws.ToString(c.Name), status, aws.ToString(a.Reason)))
		}
		return ""
	}
	return "container " + aws.ToString(c.Name) + " has no agent for ECS Exec"
}

// caller picks the task to call from: the first that takes commands.
func caller(tasks []task, where string) (task, error) {
	if len(tasks) == 0 {
		return task{}, fmt.Errorf("%s has no running task", where)
	}
	var problems []error
	for _, t := range tasks {
		if t.exec == "" {
			return t, nil
		}
		problems = append(problems, fmt.Errorf("task %s: %s", t.id, t.exec))
	}
	return task{}, errors.Join(problems...)
}

// Revisions compares what each service should run with what its tasks run.
func (b *AWS) Revisions(ctx context.Context) ([]backend.Revision, error) {
	var all []backend.Revision
	for _, key := range b.stack.ClusterKeys() {
		c := b.stack.Clusters[key]
		client, err := b.ecs(c)
		if err != nil {
			return nil, err
		}
		for _, name := range c.ServiceKeys() {
			described, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String(c.Name), Services: []string{c.Services[name].Name(name)}})
			if err != nil {
				return nil, fmt.Errorf("describe service %s/%s in account %s: %w", key, name, c.Account, err)
			}
			one := backend.Revision{Cluster: key, Service: name, Declared: c.Services[name].TaskDefinitionARN}
			if len(described.Services) == 1 && aws.ToString(described.Services[0].Status) == "ACTIVE" {
				one.Desired = int(described.Services[0].DesiredCount)
			}
			tasks, err := b.tasks(ctx, key, name)
			if err != nil {
				return nil, err
			}
			// The service shows the revision that it wants to run. The tasks show the revision that they run.
			var running []string
			for _, t := range tasks {
				running = append(running, t.definition)
				if t.healthy {
					one.Ready++
				}
			}
			slices.Sort(running)
			one.Running = strings.Join(slices.Compact(running), ", ")
			all = append(all, one)
		}
	}
	return all, nil
}

func cutSlash(text string) (before, after string) {
	before, after, _ = strings.Cut(text, "/")
	return before, after
}
