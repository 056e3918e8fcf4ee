// Package stacktest makes stacks of any size for tests.
package stacktest

import (
	"fmt"

	"ambient-ecs/verify/stack"
)

// Home is the home account of every stack.
const Home = "home"

// New is a permissive stack with test workloads, and one ECS cluster for each account named, in that order:
// New(Home, Home, "away") has ecs-1 and ecs-2 at home and ecs-3 in the account away. Each cluster has a shell and
// an echo service.
func New(accounts ...string) *stack.Stack {
	s := &stack.Stack{
		InstallName: "mesh", Region: "eu-central-1", Partition: "aws", HomeAccount: Home, EKSName: "mesh", TrustDomain: "cluster.local",
		PolicyStage: "permissive", TestWorkloads: true, GatewayAddress: "gateway.elb.eu-central-1.amazonaws.com",
		Accounts:      map[string]stack.Account{Home: {ID: "111122223333", Domain: "ecs.home"}},
		Clusters:      map[string]stack.Cluster{},
		TaskRoles:     map[string]string{},
		ZtunnelHealth: stack.ZtunnelHealth{Interval: 10, Timeout: 5, Retries: 10, StartPeriod: 300},
	}
	for i, account := range accounts {
		if _, known := s.Accounts[account]; !known {
			s.Accounts[account] = stack.Account{ID: fmt.Sprintf("4444555566%02d", i), Domain: "ecs." + account}
		}
		key := fmt.Sprintf("ecs-%d", i+1)
		name := "mesh-" + key[len("ecs-"):]
		domain := s.Accounts[account].Domain
		s.TaskRoles[key+"/ecs"] = "arn:aws:iam::" + s.Accounts[account].ID + ":role/mesh-" + key + "-ecs"
		s.Clusters[key] = stack.Cluster{
			Account: account, Region: s.Region, Name: name, Namespace: name, ServiceAccount: "ecs",
			LogGroup: "/ecs/" + name, ZtunnelImage: "registry.example/istio/ztunnel:1.29.1-solo",
			Services: map[string]stack.Service{
				"shell-task":   {Hostname: "shell-task." + name + "." + domain, ClientOnly: true, DesiredCount: 1, ServiceAccount: "ecs"},
				"echo-service": {Hostname: "echo-service." + name + "." + domain, Port: 8080, DesiredCount: 1, ServiceAccount: "ecs"},
			},
		}
	}
	return s
}
