package cases

import (
	"cmp"
	"slices"
	"strconv"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// The test workloads of the program, in the namespace that the policies know as EKS.
const (
	eksNamespace = "default"
	eksShell     = "eks-shell"
	eksHost      = "eks-echo.default.svc.cluster.local"
	eksPort      = 8080
	// eksAccount is the service account of pods that name none.
	eksAccount = "default"
)

// preferred is the server that is called in a cluster that has several.
const preferred = "echo-service"

// place is where calls start and end: EKS, or an ECS cluster.
type place struct {
	// key is "eks" or the cluster's key, account is the cluster's.
	key, account, namespace string
	caller                  *caller
	target                  *target
}

type caller struct {
	from backend.Source
	// namespace and account are those of its identity.
	namespace, account string
	identity           string
	// unset says that its environment does not lead to ztunnel. Its calls name the proxy themselves.
	unset bool
	// shellless says that it is not known to have a shell.
	shellless bool
}

type target struct {
	// task is "cluster/service", "" in EKS.
	task string
	host string
	port int
	// identities are those that may answer under the name.
	identities []string
}

// eks is the place of the test workloads.
func eks(s *stack.Stack) place {
	p := place{key: "eks", namespace: eksNamespace}
	if s.TestWorkloads {
		identity := s.Identity(eksNamespace, eksAccount)
		p.caller = &caller{from: backend.Source{Namespace: eksNamespace, Workload: eksShell}, namespace: eksNamespace, account: eksAccount, identity: identity}
		p.target = &target{host: eksHost, port: eksPort, identities: []string{identity}}
	}
	return p
}

// cluster is the place of an ECS cluster. It is called from a service that only calls, which is the one with a
// shell, and at the guide's echo service, or the first that serves anything. A service that is meant to run no task takes
// no part, and a member of a shared service, which lives in another namespace, has cases of its own.
func cluster(s *stack.Stack, key string) place {
	c := s.Clusters[key]
	p := place{key: key, account: c.Account, namespace: c.Namespace}
	services := slices.DeleteFunc(c.ServiceKeys(), func(name string) bool {
		return c.Services[name].DesiredCount == 0 || c.Services[name].Shared != ""
	})
	if clients := slices.DeleteFunc(slices.Clone(services), func(name string) bool { return !c.Services[name].ClientOnly }); len(clients) > 0 {
		p.caller = callerOf(s, key, clients[0])
	} else if len(services) > 0 {
		p.caller = callerOf(s, key, services[0])
	}
	servers := slices.DeleteFunc(services, func(name string) bool { return !serves(c.Services[name]) })
	// The policies of the guide are decided by the caller's identity, which a waypoint hides from the task.
	slices.SortStableFunc(servers, func(a, b string) int {
		return cmp.Or(cmp.Compare(fronted(c.Services[a]), fronted(c.Services[b])), cmp.Compare(rank(a), rank(b)))
	})
	if len(servers) > 0 {
		p.target = targetOf(s, key, servers[0])
	}
	return p
}

func fronted(s stack.Service) int {
	if s.Waypoint != "" {
		return 1
	}
	return 0
}

func rank(name string) int {
	if name == preferred {
		return 0
	}
	return 1
}

func serves(s stack.Service) bool { return !s.ClientOnly && s.Port > 0 }

func callerOf(s *stack.Stack, key, name string) *caller {
	return &caller{from: backend.Source{Cluster: key, Service: name}, namespace: s.NamespaceOf(key, name),
		account: s.Clusters[key].Services[name].ServiceAccount, identity: s.IdentityOf(key, name),
		unset: s.Clusters[key].Services[name].Client == stack.ClientNone}
}

func targetOf(s *stack.Stack, key, name string) *target {
	service := s.Clusters[key].Services[name]
	return &target{task: key + "/" + name, host: service.Hostname, port: service.Port, identities: s.Answering(key, name)}
}

// request is a call of the target by its name, byAddress by its task's address.
func (t *target) request(from *caller) backend.Request {
	return backend.Request{From: from.from, Host: t.host, Port: t.port, ByProxy: from.unset}
}

func (t *target) byAddress(from *caller) backend.Request {
	return backend.Request{From: from.from, Task: t.task, Port: t.port, ByProxy: from.unset}
}

func number(n int) string { return strconv.Itoa(n) }
