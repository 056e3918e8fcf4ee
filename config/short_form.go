package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/problem"
)

// ContainerHealth is the health check of an application's container. A time that is not given is ECS's own.
type ContainerHealth struct {
	// Command is the check, beginning with CMD or CMD-SHELL. Required.
	Command []string `config:"command"`
	// Interval is the time between two checks in seconds. Empty: ECS's 30.
	Interval int `config:"interval"`
	// Timeout is how long a check may take, in seconds. Empty: ECS's 5.
	Timeout int `config:"timeout"`
	// Retries is how many checks fail in a row before the container is unhealthy. Empty: ECS's 3.
	Retries int `config:"retries"`
	// StartPeriod is how long failures do not count, in seconds. Empty: none.
	StartPeriod int `config:"startPeriod"`
}

// shortForm are the keys of the short form that the service sets.
func (s Service) shortForm() (keys []string) {
	for _, own := range []struct {
		key string
		set bool
	}{
		{"image", s.Image != ""}, {"command", len(s.Command) > 0}, {"cpu", s.CPU != 0}, {"memory", s.Memory != 0}, {"secrets", len(s.Secrets) > 0},
		{"healthCheck", s.HealthCheck != nil}, {"entryPoint", len(s.EntryPoint) > 0}, {"user", s.User != ""}, {"architecture", s.Architecture != ""},
		{"stopTimeout", s.StopTimeout != nil},
	} {
		if own.set {
			keys = append(keys, own.key)
		}
	}
	return keys
}

// checkShortForm checks the keys of the short form other than image, port and size.
func (c Config) checkShortForm(p *problem.List, cluster, name string, s Service) {
	field := c.Field(cluster, name)
	if s.Architecture != "" {
		problem.OneOf(p, field+".architecture", s.Architecture, string(types.CPUArchitectureX8664), string(types.CPUArchitectureArm64))
	}
	for _, variable := range slices.Sorted(maps.Keys(s.Secrets)) {
		at := field + ".secrets." + variable
		if reason := definition.CheckSource(s.Secrets[variable]); reason != "" {
			p.Refuse(at, s.Secrets[variable], "%s", reason)
		}
		if _, taken := s.Environment[variable]; taken {
			p.Add(at, problem.IsSet, "environment sets the variable too")
		}
		if variable == "" || strings.ContainsAny(variable, "= \x00") {
			p.Refuse(field+".secrets", variable, "the name of an environment variable has no blank and no =, and is not empty")
		}
	}
	if s.StopTimeout != nil {
		p.Between(field+".stopTimeout", *s.StopTimeout, 0, 120, "Fargate allows no other")
	}
	if h := s.HealthCheck; h != nil {
		if len(h.Command) < 2 || h.Command[0] != "CMD" && h.Command[0] != "CMD-SHELL" {
			p.Refuse(field+".healthCheck.command", h.Command, "it begins with CMD or CMD-SHELL, and the command follows")
		}
		for _, time := range []struct {
			key                string
			value, least, most int
		}{{"interval", h.Interval, 5, 300}, {"timeout", h.Timeout, 2, 60}, {"retries", h.Retries, 1, 10}, {"startPeriod", h.StartPeriod, 0, 300}} {
			if time.value != 0 {
				p.Between(field+".healthCheck."+time.key, time.value, time.least, time.most, "ECS allows no other")
			}
		}
	}
	t := c.TaskOf(cluster, name)
	t.Mesh.Region, t.Mesh.LogGroup = c.RegionOfCluster(cluster), c.TaskLogGroup(cluster)
	if base, err := t.Base(); err == nil && len(base.Bytes()) > definition.MaxBytes {
		p.Add(field, "is too long", "without ztunnel its task definition has %d bytes already, and ECS takes %d", len(base.Bytes()), definition.MaxBytes)
	}
	ztunnel := t.Mesh.Ztunnel
	if ztunnel.CPU > s.CPUOrDefault() {
		p.Refuse(field+".cpu", s.CPUOrDefault(), "ztunnel wants %d of it", ztunnel.CPU)
	}
	if ztunnel.Memory >= s.MemoryOrDefault() {
		p.Refuse(field+".memory", s.MemoryOrDefault(), "ztunnel wants %d MiB of it, and the application would have none", ztunnel.Memory)
	}
}

// DefaultClient is what an application calls others with.
const DefaultClient = enrol.DefaultClient

// ClientOrDefault is what the application calls others with.
func (s Service) ClientOrDefault() enrol.Client {
	return cmp.Or(enrol.Client(s.Client), DefaultClient)
}

// astray warns of variables with which a service in the short form replaces what its client needs. For task definitions
// enrolment says the same.
func (c Config) astray() (all []string) {
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			s := c.asService(key, name)
			if s.definition != nil {
				continue
			}
			for _, v := range s.ClientOrDefault().Leading() {
				if said := s.Environment[v.Name]; said != "" && !v.Leads(said) {
					all = append(all, fmt.Sprintf("%s.environment.%s does not lead to ztunnel: the application's calls may go past the mesh. Add %s, or set client to none", c.Field(key, name), v.Name, v.Value))
				}
			}
		}
	}
	return all
}
