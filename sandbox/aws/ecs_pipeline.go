package aws

import (
	"fmt"
	"strconv"
	"strings"

	"ambient-ecs/sandbox/world"
)

// DeployRevision plays a deployer beside the program: it registers a revision of a service's task definition with other
// containers, JSON, and updates the service to it. It returns the revision's ARN.
func DeployRevision(tx *world.Tx, service *world.Resource, containers string) (arn string, err error) {
	return DeployOwners(tx, service, OwnersChange{Containers: containers})
}

// OwnersChange is what the owner of a service changes in one deployment. What is empty stays.
type OwnersChange struct {
	// Containers are those of the new revision, JSON. TaskRole is its task role, and "none" takes the role away.
	Containers, TaskRole string
	// Network has subnets, securityGroups and assignPublicIp.
	Network map[string]any
	// Tags are all tags of the service, PropagateTags says where its tasks get theirs.
	Tags          map[string]any
	PropagateTags string
}

// DeployOwners plays the owner of a service: RegisterTaskDefinition, TagResource and UpdateService. It returns the revision's ARN.
func DeployOwners(tx *world.Tx, service *world.Resource, change OwnersChange) (arn string, err error) {
	if _, err := parseContainers(change.Containers); err != nil {
		return "", err
	}
	old := tx.Get(service.Account, TaskDefinitionKind, service.String("taskDefinition"))
	if old == nil {
		return "", fmt.Errorf("service %s runs %q, which does not exist", service.ID, service.String("taskDefinition"))
	}
	family := old.ID[:strings.LastIndexByte(old.ID, ':')]
	note := "aws/ecs/revision/" + family
	revision, err := strconv.Atoi(tx.Note(note))
	if err != nil {
		return "", fmt.Errorf("the last revision of %s: %w", family, err)
	}
	tx.SetNote(note, strconv.Itoa(revision+1))
	arn = fmt.Sprintf("%s:%d", family, revision+1)
	props := cloneMap(old.Props)
	props["containerDefinitions"], props["revision"], props["arn"], props["_status"] = change.Containers, float64(revision+1), arn, "ACTIVE"
	switch change.TaskRole {
	case "":
	case "none":
		delete(props, "taskRoleArn")
	default:
		props["taskRoleArn"] = change.TaskRole
	}
	tx.Put(&world.Resource{Account: old.Account, Region: old.Region, Kind: TaskDefinitionKind, ID: arn, Owner: "pipeline", Created: tx.Now, Props: props})
	if change.Network != nil {
		service.Props["networkConfiguration"] = change.Network
	}
	if change.Tags != nil {
		service.Props["tags"], service.Props["tagsAll"] = change.Tags, change.Tags
	}
	if change.PropagateTags != "" {
		service.Props["propagateTags"], service.Props["enableEcsManagedTags"] = change.PropagateTags, true
	}
	service.Props["taskDefinition"], service.Props["_definition"] = arn, arn
	startDeployment(tx, service, arn)
	return arn, nil
}

// ForceDeployment plays UpdateService with forceNewDeployment and nothing else: new tasks of the same revision take the place of
// the service's tasks. It returns the deployment's id.
func ForceDeployment(tx *world.Tx, service *world.Resource) (id string) {
	definition := service.String("_definition")
	if primary := deploymentsOf(service); len(primary) > 0 {
		definition = text(primary[0], "taskDefinition")
	}
	startDeployment(tx, service, definition)
	return text(deploymentsOf(service)[0], "id")
}

// ProvideCapacity plays PutClusterCapacityProviders.
func ProvideCapacity(tx *world.Tx, cluster *world.Resource, providers ...string) {
	tx.Put(&world.Resource{Account: cluster.Account, Region: cluster.Region, Kind: clusterProvidersKind, ID: clusterProvidersARN(cluster), Owner: "operator", Created: tx.Now,
		Props: map[string]any{"clusterName": cluster.String("name"), "capacityProviders": anys(providers)}})
}

// ChangeCapacity plays UpdateService with a strategy and forceNewDeployment: new tasks take the place of the service's tasks. Without a
// strategy they have the launch type FARGATE.
func ChangeCapacity(tx *world.Tx, service *world.Resource, strategy ...any) error {
	if provider := lackingProvider(tx, tx.Get(service.Account, ecsClusterKind, service.String("_cluster")), strategy); provider != "" {
		return fmt.Errorf("the cluster of %s does not have the capacity provider %q", service.ID, provider)
	}
	service.Props["capacityProviderStrategies"], service.Props["launchType"] = strategy, ""
	if len(strategy) == 0 {
		service.Props["launchType"] = "FARGATE"
	}
	ForceDeployment(tx, service)
	return nil
}

// StopTask stops a task as `aws ecs stop-task` does. Its service starts another one.
func StopTask(tx *world.Tx, task *world.Resource) {
	if stopping(task) {
		return
	}
	stopTask(tx, task, "Task stopped by user")
	task.Props["stopCode"] = "UserInitiated"
}
