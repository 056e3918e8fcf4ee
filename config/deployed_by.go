package config

import (
	"maps"
	"slices"

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
