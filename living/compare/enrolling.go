package compare

import (
	"fmt"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task/application"
	"ambient-ecs/problem"
)

// HasEnrolled reports whether the tags of a service say that an install has taken it over and enrolled it.
func HasEnrolled(tags map[string]string, install string) bool {
	return tags[config.InstallTag] == install && tags[config.ImportTag] != ""
}

// Enrolling are the services that live and have `import: enrolled`, as "cluster/service". Pulumi's state has each of them, or an `up` would
// make a second one.
func (w World) Enrolling(cfg config.Config) (all []string) {
	for _, cluster := range cfg.ClusterKeys() {
		for _, name := range cfg.ImportedServices(cluster) {
			key := cluster + "/" + name
			_, lives := w.Services[key]
			if cfg.Clusters[cluster].Services[name].Import == config.ImportEnrolled && (lives || w.Imports[key] != nil) {
				all = append(all, key)
			}
		}
	}
	return all
}

// NotImported refuses to enrol services that live and that Pulumi's state does not have: the preview plans to make them.
func NotImported(cfg config.Config, services []string) error {
	var p problem.List
	for _, key := range services {
		cluster, name, _ := strings.Cut(key, "/")
		p.Refuse(cfg.Field(cluster, name)+".import", string(config.ImportEnrolled), "the cluster %s has the service %s, and Pulumi's state does not have it: this preview plans to create the service, and ECS refuses a second one of its name. "+
			"Set import to %s first and run `pulumi up`, which takes the service into the state and changes nothing of it. Then set it to %s again (docs/adoption.md)",
			cfg.ECSName(cluster), cfg.ServiceName(cluster, name), config.ImportUnchanged, config.ImportEnrolled)
	}
	p.Sort()
	return p.Err()
}

// calls says what an enrolled service may still call: its old security groups go, and with them every rule that names them.
func (c *comparison) calls(cluster, name string, living *Import) {
	account := c.cfg.Clusters[cluster].Account
	service := c.cfg.Clusters[cluster].Services[name]
	old := "its security groups of today"
	if len(living.Groups) > 0 {
		old = strings.Join(living.Groups, ", ")
	}
	var opened []string
	for _, e := range service.Egress {
		opened = append(opened, fmt.Sprintf("%s %d to %s", e.ProtocolOrDefault(), e.Port, e.CIDR))
	}
	when, has := "After the up with enrolled", "It has none"
	if service.Import == config.ImportEnrolled {
		when = "This up enrols the service, and then"
	}
	if opened != nil {
		has = "It has " + strings.Join(opened, ", ")
	}
	https := "any address by TCP 443"
	if c.cfg.Accounts[account].EgressOrDefault() == config.EgressEndpoints {
		https = "the VPC's endpoints by TCP 443"
	}
	c.warn("%s: %s its tasks no longer have %s. They call the mesh, %s, and what their `egress` opens. Before that up, give the service an `egress` for every other port that it calls, such as TCP 5432 of a database. %s. "+
		"And look for databases, caches and file systems whose groups admit %s: let them also admit the group in the output clientSecurityGroupIds.%s, which the up with unchanged makes (`pulumi stack output clientSecurityGroupIds`). "+
		"Where such a group is in a VPC that is not peered with the account's, let it admit the private subnets instead (docs/adoption.md).",
		c.cfg.Field(cluster, name), when, old, https, has, old, account)
}

// stale compares what runs with what the stack file would deploy. An enrolment changes the network of an application, and not the application.
func (c *comparison) stale(cluster, name string, living *Import, unchanged bool) {
	if len(living.Containers) == 0 {
		return // not known
	}
	field, service := c.cfg.Field(cluster, name), c.cfg.Clusters[cluster].Services[name]
	wanted, err := c.wanted(cluster, name)
	if err != nil {
		return // the configuration's own checks say it
	}
	differences := application.Differ(living.Containers, wanted)
	if len(differences) == 0 {
		return
	}
	revision, file := nameOf(living.Definition), "the stack file"
	way := "Write what runs into the stack file: aws ecs describe-task-definition --region %s --task-definition %s shows it"
	args := []any{c.cfg.RegionOfCluster(cluster), revision}
	if service.TaskDefinition != "" {
		file = service.TaskDefinition
		way = "Write what runs into the file: aws ecs describe-task-definition --region %s --task-definition %s >%s"
		args = append(args, file)
	}
	said := fmt.Sprintf("%s runs, and %s says something else: %s", revision, file, strings.Join(differences, "; "))
	way = fmt.Sprintf(way, args...) + ". If the stack file is right, deploy it first with the tool that deploys the service today. Changes of the application come after the enrolment (docs/adoption.md)"
	if unchanged {
		c.warn("%s: %s. The up with unchanged deploys nothing. The preview with enrolled refuses this, because its up would replace what runs. %s.", field, said, way)
		return
	}
	c.problems.Refuse(field+".import", string(config.ImportEnrolled), "%s. The up would replace what runs. %s", said, way)
}

// wanted are the containers that the stack file gives to a service, before they are enrolled. What it sets beside a task definition is meant,
// and so is a variable that it leaves out.
func (c *comparison) wanted(cluster, name string) ([]application.Container, error) {
	task := c.cfg.TaskOf(cluster, name)
	base, err := task.Base()
	if err != nil {
		return nil, err
	}
	containers := application.Of(base.ContainerDefinitions)
	for i := range containers {
		switch of := &containers[i]; {
		case task.App != nil:
			for variable, value := range task.App.Environment {
				if value == "" {
					of.Choose(variable)
				}
			}
		case of.Name == task.Container:
			of.Choose(sorted(task.Environment)...)
		}
	}
	return containers, nil
}
