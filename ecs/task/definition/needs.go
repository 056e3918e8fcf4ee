package definition

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Needs are what ECS reads and writes, with the execution role, to start a task. Each list is sorted and has no entry twice.
type Needs struct {
	// Secrets are ARNs of secrets of Secrets Manager, without the JSON key, the stage and the version that a valueFrom may
	// name.
	Secrets []string
	// Parameters are ARNs or names of parameters of Systems Manager.
	Parameters []string
	// Files are ARNs of objects in S3.
	Files []string
	// Images are the containers' images.
	Images []string
	// LogGroups are the log groups of the driver awslogs, CreatedGroups those among them that it makes where there are none.
	LogGroups, CreatedGroups []LogGroup
}

// LogGroup is a log group of the task's account, in the region that its container names.
type LogGroup struct{ Region, Name string }

func (g LogGroup) compare(other LogGroup) int {
	return cmp.Or(cmp.Compare(g.Name, other.Name), cmp.Compare(g.Region, other.Region))
}

// Needs are what ECS needs for the definition.
func (d *Definition) Needs() (n Needs) {
	for _, c := range d.ContainerDefinitions {
		n.Images = append(n.Images, Text(c.Image))
		n.read(c.Secrets...)
		if r := c.RepositoryCredentials; r != nil {
			n.Secrets = append(n.Secrets, secretARN(Text(r.CredentialsParameter)))
		}
		for _, f := range c.EnvironmentFiles {
			n.Files = append(n.Files, Text(f.Value))
		}
		l := c.LogConfiguration
		if l == nil {
			continue
		}
		n.read(l.SecretOptions...)
		if group := (LogGroup{Region: l.Options["awslogs-region"], Name: l.Options["awslogs-group"]}); l.LogDriver == types.LogDriverAwslogs {
			n.LogGroups = append(n.LogGroups, group)
			if makes, _ := strconv.ParseBool(l.Options[createGroup]); makes {
				n.CreatedGroups = append(n.CreatedGroups, group)
			}
		}
	}
	for _, list := range []*[]string{&n.Secrets, &n.Parameters, &n.Files, &n.Images} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	for _, list := range []*[]LogGroup{&n.LogGroups, &n.CreatedGroups} {
		slices.SortFunc(*list, LogGroup.compare)
		*list = slices.Compact(*list)
	}
	return n
}

func (n *Needs) read(secrets ...types.Secret) {
	for _, s := range secrets {
		if from := Text(s.ValueFrom); secretSource.MatchString(from) {
			n.Secrets = append(n.Secrets, secretARN(from))
		} else {
			n.Parameters = append(n.Parameters, from)
		}
	}
}

// Source is where ECS reads a value for a container, with the field that says it.
type Source struct{ Field, From string }

// Sources are the secrets and parameters that the definition names, in its order.
func (d *Definition) Sources() (all []Source) {
	for i, c := range d.ContainerDefinitions {
		at := fmt.Sprintf("%s[%d].", containerDefinitions, i)
		for j, s := range c.Secrets {
			all = append(all, Source{fmt.Sprintf("%ssecrets[%d].valueFrom", at, j), Text(s.ValueFrom)})
		}
		if l := c.LogConfiguration; l != nil {
			for j, s := range l.SecretOptions {
				all = append(all, Source{fmt.Sprintf("%slogConfiguration.secretOptions[%d].valueFrom", at, j), Text(s.ValueFrom)})
			}
		}
		if r := c.RepositoryCredentials; r != nil {
			all = append(all, Source{at + "repositoryCredentials.credentialsParameter", Text(r.CredentialsParameter)})
		}
	}
	return all
}

// secretARN is the ARN of a secret without what a valueFrom names of it.
func secretARN(from string) string {
	parts := strings.Split(from, ":")
	return strings.Join(parts[:min(len(parts), 7)], ":")
}
