package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/contract"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/problem"
)

// Deployer is who registers the revisions of a service's task definition and deploys them.
type Deployer string

const (
	// DeployedByProgram is this program, with every `up`.
	DeployedByProgram Deployer = "program"
	// DeployedByPipeline is the team's pipeline, after the first `up`.
	DeployedByPipeline Deployer = "pipeline"
	// DeployedByOwner is somebody else from the beginning, who made the service too.
	DeployedByOwner Deployer = "owner"
)

// ByPipeline reports whether image and task definition belong to the team's pipeline.
func (s Service) ByPipeline() bool { return s.DeployedBy == DeployedByPipeline }

// EnrolledServices are the services of a cluster whose task definitions `ambient enrol` renders, by a pipeline or by an owner,
// sorted.
func (c Config) EnrolledServices(cluster string) []string {
	return slices.DeleteFunc(c.Clusters[cluster].ServiceKeys(), func(name string) bool {
		s := c.Clusters[cluster].Services[name]
		return !s.ByPipeline() && !s.ByOwner()
	})
}

// EnrolMesh is what the mesh gives to a task of a service that `ambient enrol` renders, without the bootstrap token. Its labels
// are those with which the mesh restarts its proxies.
func (c Config) EnrolMesh(cluster, service string, restart map[string]string) enrol.Mesh {
	own := c.TaskOf(cluster, service).Mesh
	return enrol.Mesh{
		Region: c.RegionOfCluster(cluster), LogGroup: c.TaskLogGroup(cluster), Image: c.ZtunnelImage(cluster), Health: enrol.Health(c.HealthCheck),
		Ztunnel: enrol.Settings(c.GivenZtunnel()), Credentials: c.Accounts[c.Clusters[cluster].Account].RegistrySecrets, Labels: restart,
		Client: own.Client, Clients: own.Clients,
	}
}

// EnrolOwnLogs is what the mesh gives to such a task where it logs to the group that the program makes.
func (c Config) EnrolOwnLogs(cluster, service string) enrol.Mesh {
	mesh := c.EnrolMesh(cluster, service, nil)
	mesh.LogGroup = c.OwnLogGroup(cluster)
	return mesh
}

// ControlPlane is a digest of the versions of all istiods. A change of it is a step of an upgrade, also where no task changes.
func (c Config) ControlPlane() string {
	versions := []string{c.IstioVersion, c.IstioDefaultRevision}
	for _, revision := range slices.Sorted(maps.Keys(c.IstioRevisions)) {
		versions = append(versions, revision, c.IstioRevisions[revision])
	}
	return enrol.Digest(versions)
}

// checkDeployedBy checks who deploys a service.
func (c Config) checkDeployedBy(p *problem.List, field string, s Service) {
	if s.DeployedBy != "" {
		problem.OneOf(p, field+".deployedBy", s.DeployedBy, DeployedByProgram, DeployedByPipeline, DeployedByOwner)
	}
	if s.ByPipeline() && s.Ztunnel != nil {
		p.Add(field+".ztunnel", problem.IsSet, "the pipeline's `ambient enrol` gives every task the top-level ztunnel, so a later revision would not have it: set the top-level key")
	}
}

// GivenTag is the tag of a pipeline's service that records what the mesh gives to its tasks.
const GivenTag = "ambient-ecs-given"

// Given is the value of GivenTag: the digests of what the mesh gives, and that of the control plane.
func Given(mesh enrol.Mesh, controlPlane string) string {
	return mesh.Inputs() + " " + GivenControlPlane + "=" + controlPlane
}

// GivenControlPlane is the name of the control plane among the digests of Given.
const GivenControlPlane = "istiod"

// Owned is what the owner of a service chose for it outside this stack.
type Owned struct {
	// ServiceName is the service's name in ECS. Empty: the key in services.
	ServiceName string `config:"serviceName"`
	// Family is the family of its task definition. The policy of its pipeline names it. Empty: serviceName.
	Family string `config:"family"`
	// ExecutionRoleARN is the role with which ECS starts its tasks. It must be allowed to write to the log group of the cluster, to
	// which ztunnel logs. Empty: the account's, which reads no secret and pulls no image of the service.
	ExecutionRoleARN string `config:"executionRoleArn"`
}

// ByOwner reports whether service and task definition are somebody else's, and only identity, policies and groups are the
// program's.
func (s Service) ByOwner() bool { return s.DeployedBy == DeployedByOwner }

// owned is what the owner chose, zero where the stack file names nothing.
func (s Service) owned() Owned {
	if s.Owned == nil {
		return Owned{}
	}
	return *s.Owned
}

// OwnedServices are the services of a cluster that the program does not make, sorted.
func (c Config) OwnedServices(cluster string) []string {
	return slices.DeleteFunc(c.Clusters[cluster].ServiceKeys(), func(name string) bool {
		return !c.Clusters[cluster].Services[name].ByOwner()
	})
}

// ServiceName is the name of a service in ECS.
func (c Config) ServiceName(cluster, name string) string {
	s := c.Clusters[cluster].Services[name]
	return cmp.Or(s.owned().ServiceName, s.ServiceName, name)
}

// ServiceARN is the ARN of a service, computed so that nothing waits for it.
func (c Config) ServiceARN(cluster, name string) string {
	return strings.Replace(c.ECSClusterARN(cluster), ":cluster/", ":service/", 1) + "/" + c.ServiceName(cluster, name)
}

// FamilyOf is the family of a service's task definition.
func (c Config) FamilyOf(cluster, name string) string {
	s := c.Clusters[cluster].Services[name]
	if !s.ByOwner() {
		return c.TaskOf(cluster, name).Family
	}
	return cmp.Or(s.owned().Family, c.ServiceName(cluster, name))
}

// OwnedExecutionRole is the ARN of the execution role that the owner of a service has for it, or "".
func (c Config) OwnedExecutionRole(cluster, name string) string {
	if s := c.Clusters[cluster].Services[name]; s.ByOwner() {
		return s.owned().ExecutionRoleARN
	}
	return ""
}

// OwnedParameter is the name of the SSM parameter with what the owner of a service sets on it.
func (c Config) OwnedParameter(cluster, name string) string {
	return contract.OwnedParameterName(c.Install, cluster, name)
}

// OwnedServiceARNs are the ARNs of the services that the program does not make on an account's ECS clusters of other teams, sorted by
// cluster and service.
func (c Config) OwnedServiceARNs(account string) (arns []string) {
	for _, key := range c.ExistingClusters(account) {
		for _, name := range c.OwnedServices(key) {
			arns = append(arns, c.ServiceARN(key, name))
		}
	}
	return arns
}

// checkOwned checks a service that the program does not make.
func (c Config) checkOwned(p *problem.List, cluster, name string, s Service) {
	field := c.Field(cluster, name)
	if !s.ByOwner() {
		if s.Owned != nil {
			p.Add(field+".owned", problem.IsSet, "the program makes the service and names it: set deployedBy to %s, or remove it", DeployedByOwner)
		}
		return
	}
	for _, key := range s.deployment() {
		p.Add(field+"."+key, problem.IsSet, "deployedBy is %s, and the service and its task definition are made elsewhere: set it there, and remove it here", DeployedByOwner)
	}
	if !s.ClientOnly && s.Port == 0 && s.Shared == "" && len(s.Ports) == 0 {
		p.Missing(field+".port", "give the TCP port that the application listens on, or set clientOnly")
	}
	if s.Port != 0 && !s.ClientOnly {
		checkPort(p, field+".port", s.Port)
	}
	o := s.owned()
	for _, own := range []struct{ key, value string }{{"serviceName", o.ServiceName}, {"family", o.Family}} {
		if own.value != "" && !ecsName.MatchString(own.value) {
			p.Refuse(field+".owned."+own.key, own.value, "ECS takes at most 255 letters, digits, - and _")
		}
	}
	c.checkRoleForTasks(p, field+".owned.executionRoleArn", o.ExecutionRoleARN, c.Clusters[cluster].Account, "execution", "not ECS", "which is")
	if theirs := c.TheirExecutionRole(c.Clusters[cluster].Account); theirs != "" && o.ExecutionRoleARN == theirs {
		p.Add(field+".owned.executionRoleArn", problem.IsSet, "it is the one of accounts.%s: remove it here", c.Clusters[cluster].Account)
	}
	c.checkOneService(p, field+".owned.serviceName", cluster, name)
}

// checkServiceName checks the name in ECS of a service that is taken over.
func (c Config) checkServiceName(p *problem.List, field, cluster, name string, s Service) {
	switch {
	case s.ServiceName == "":
		return
	case s.ByOwner():
		p.Add(field+".serviceName", problem.IsSet, "deployedBy is %s: set owned.serviceName, and remove it here", DeployedByOwner)
		return
	case s.Import == "":
		p.Add(field+".serviceName", problem.IsSet, "the program makes the service, under the name of its key: remove it, or take a service over with import")
		return
	case !ecsName.MatchString(s.ServiceName):
		p.Refuse(field+".serviceName", s.ServiceName, "ECS takes at most 255 letters, digits, - and _")
	}
	c.checkOneService(p, field+".serviceName", cluster, name)
}

// checkOneService refuses two entries of one ECS service. Of two with a name of their own the later key is named.
func (c Config) checkOneService(p *problem.List, field, cluster, name string) {
	called := c.ServiceName(cluster, name)
	if called == name {
		return
	}
	for _, other := range c.Clusters[cluster].ServiceKeys() {
		if other != name && c.ServiceName(cluster, other) == called && (other == called || other < name) {
			p.Refuse(field, called, "services.%s is the same ECS service, and it has one identity and one hostname: remove one of the two", other)
		}
	}
}

// deployment are the keys about what runs and how it is deployed that the service sets.
func (s Service) deployment() (keys []string) {
	keys = s.shortForm()
	for _, own := range []struct {
		key string
		set bool
	}{
		{"taskDefinition", s.TaskDefinition != ""}, {"environment", len(s.Environment) > 0}, {"notSecret", len(s.NotSecret) > 0}, {"secretKeys", len(s.SecretKeys) > 0},
		{"platformVersion", s.PlatformVersion != ""}, {"ztunnel", s.Ztunnel != nil}, {"desiredCount", s.DesiredCount != nil}, {"scaling", s.Scaling != nil},
		{"capacityProviderStrategy", len(s.CapacityProviderStrategy) > 0}, {"deploymentConfiguration", s.DeploymentConfiguration != nil}, {"import", s.Import != ""},
	} {
		if own.set {
			keys = append(keys, own.key)
		}
	}
	slices.Sort(keys)
	return keys
}
