package contract

import (
	"errors"
	"fmt"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
)

// Enrolment is what a team decides about a task.
type Enrolment struct {
	// ServiceAccount is who the task is in the mesh: a key of Contract.Identities.
	ServiceAccount string
	// Token is the text of the identity's TokenParameter.
	Token string
	// Client is what the application calls others with. Empty: enrol.DefaultClient.
	Client enrol.Client
	// Clients are what single containers call others with, by the container's name.
	Clients map[string]enrol.Client
}

// Enrol returns a task definition in AWS's format as a task of the mesh. The definition's taskRoleArn and executionRoleArn,
// where it has them, must be those of the contract or, for the second, of another role of the account. The notes are what works
// and still needs somebody's eye. The error names every problem.
func (c Contract) Enrol(d *definition.Definition, e Enrolment) (enrolled *definition.Definition, notes []string, err error) {
	identity, err := c.Identity(e.ServiceAccount)
	if err != nil {
		return nil, nil, err
	}
	if role := definition.Text(d.TaskRoleArn); role != "" && role != identity.TaskRoleARN {
		err = fmt.Errorf("taskRoleArn = %q: istiod knows the identity %s by the role %s", role, e.ServiceAccount, identity.TaskRoleARN)
	}
	who := enrol.Identity{Namespace: identity.Namespace, ServiceAccount: e.ServiceAccount}
	enrolled, notes, refused := enrol.Enrol(d, who, c.Given(e))
	if err := errors.Join(refused, err); err != nil {
		return nil, nil, err
	}
	return enrolled, notes, nil
}

// Given is what the mesh gives to a task.
func (c Contract) Given(e Enrolment) enrol.Mesh {
	z := c.Ztunnel
	return enrol.Mesh{
		Region: c.Region, LogGroup: c.Cluster.LogGroup, Image: z.Image, Token: e.Token, Client: e.Client, Clients: e.Clients,
		Health:  enrol.Health(z.Health),
		Ztunnel: enrol.Settings{CPU: z.CPU, Memory: z.Memory, User: z.User, ReadonlyRootFilesystem: z.ReadonlyRootFilesystem, Environment: z.Environment},
		Labels:  z.Labels, Credentials: c.RegistrySecrets,
	}
}
