// Package enrolled says what the mesh gives to the tasks of a stack's identities, from the stack's outputs.
package enrolled

import (
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/verify/stack"
)

// Mesh is what the mesh gives to a task of a cluster with the identity "cluster/serviceaccount".
func Mesh(s *stack.Stack, cluster, key string) enrol.Mesh {
	c := s.Clusters[cluster]
	return enrol.Mesh{
		Region: c.Region, LogGroup: c.LogGroup, Image: c.ZtunnelImage, Token: s.Tokens[key], Labels: s.ZtunnelLabels,
		Health: enrol.Health(s.ZtunnelHealth), Ztunnel: enrol.Settings(s.ZtunnelSettings), Credentials: s.Accounts[c.Account].RegistrySecrets,
	}
}
