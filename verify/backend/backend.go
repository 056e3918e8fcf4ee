// Package backend is the interface to a running mesh, in real accounts or in the sandbox.
//
// The cases are the same for both. A back end makes one call at a time and reports what it saw. It does not know
// what is expected.
package backend

import (
	"context"
	"time"

	"ambient-ecs/verify/stack"
)

// Outcome is how a call ended.
type Outcome string

const (
	// Answered: the destination answered with a status below 400.
	Answered Outcome = "answered"
	// Policy: a proxy reset the connection (curl 56): an L4 policy, or no common identity.
	Policy Outcome = "policy"
	// Network: nothing came back in time (curl 28).
	Network Outcome = "network"
	// L7: a proxy answered 403.
	L7 Outcome = "L7"
	// Name: the name does not resolve (curl 6 or, through SOCKS, 97).
	Name Outcome = "name"
	// Redirect: the ingress sent the client on to HTTPS and passed nothing on.
	Redirect Outcome = "redirect"
	// Unrouted: the ingress has no route for the host and path, and answered 404 itself.
	Unrouted Outcome = "no route"
	// Undecided: the call could not be made, or its result was lost. An undecided call is never a pass.
	Undecided Outcome = "undecided"
)

// Source is a workload from which a call starts.
type Source struct {
	// Cluster and Service name an ECS service, by the keys of the stack's outputs.
	Cluster, Service string
	// Namespace and Workload name a Deployment in EKS. Ambient is false for a pod outside the mesh.
	Namespace, Workload string
	// OutsideMesh asks for a pod that the mesh does not capture. If none exists, the call needs --intrusive.
	OutsideMesh bool
	// User is a client outside the mesh who comes to the load balancer of the ingress. Port 443 is HTTPS, and Host is the
	// name that the client asks for.
	User bool
}

// ECS reports whether the source is a task.
func (s Source) ECS() bool { return s.Cluster != "" }

// String is the source as people read it: "ecs-1/shell-task", "eks default/eks-shell".
func (s Source) String() string {
	if s.ECS() {
		return s.Cluster + "/" + s.Service
	}
	if s.User {
		return "user"
	}
	name := "eks " + s.Namespace + "/" + s.Workload
	if s.OutsideMesh {
		name += " (outside the mesh)"
	}
	return name
}

// Request is one HTTP call.
type Request struct {
	From Source
	// Host and Port are the destination: a mesh hostname, or an address.
	Host string
	Port int
	// Task, instead of Host, is the private address of a running task of that ECS service ("cluster/service").
	Task string
	// Method, Path, Headers and Data as in HTTP. Empty method: GET.
	Method, Path, Data string
	Headers            map[string]string
	// PastProxy makes a task call directly instead of through its ztunnel's SOCKS proxy, from one of the ports that DirectPort
	// knows.
	PastProxy bool
	// ByProxy makes a task call through its ztunnel's SOCKS proxy, also if its environment does not say so.
	ByProxy bool
	// Timeout of the call. 0: the back end's own.
	Timeout time.Duration
}

// Answer is the observed result of a call.
type Answer struct {
	Outcome Outcome
	// Exit is curl's exit code, Status the HTTP status, 0 if there was none.
	Exit, Status int
	Body         string
	// Why is a sentence that explains the outcome, as far as the back end knows the reason.
	Why string
	// Client and Server are the SPIFFE identities in the destination's access log, empty if there was no line. A
	// waypoint may not have ended its connection yet. Then they come from the proxies before the destination.
	Client, Server string
	// Caller is set when a waypoint or the ingress took the connection, so that the destination's Client may be the waypoint. It
	// is the SPIFFE identity that the caller's own proxy, or the ingress, presented, empty if the back end did not look it up.
	Caller string
	Took   time.Duration
}

// Service is a service as ztunnel knows it.
type Service struct {
	Namespace, Name, Host string
	// Addresses are its virtual addresses; Endpoints how many workloads it has, Healthy how many can be called.
	Addresses          []string
	Ports              []int
	Endpoints, Healthy int
	Waypoint           string
	// Account and Cluster are those of a discovered ECS service, empty otherwise.
	Account, Cluster string
}

// Workload is a workload as ztunnel knows it.
type Workload struct {
	Namespace, Name, Address, Protocol, Identity, Node, Network string
	// Service is the hostname it serves, empty for none.
	Service string
	ECS     bool
}

// Certificate is a workload certificate or the mesh's root.
type Certificate struct {
	Identity, Issuer string
	NotAfter         time.Time
}

// Revision compares what a service should run with what it runs.
type Revision struct {
	Cluster, Service, Declared, Running string
	Desired, Ready                      int
}

// Object is a Kubernetes object as decoded JSON.
type Object = map[string]any

// Backend is one place that runs a mesh.
type Backend interface {
	// Name is "sandbox" or "aws".
	Name() string
	// Call makes one call.
	Call(ctx context.Context, r Request) Answer
	// Services and Workloads are those that istiod sends to ztunnel.
	Services(ctx context.Context) ([]Service, error)
	Workloads(ctx context.Context) ([]Workload, error)
	// Revisions of every ECS service of the stack.
	Revisions(ctx context.Context) ([]Revision, error)
	// Certificates that are in use, the root first.
	Certificates(ctx context.Context) ([]Certificate, error)
	// List returns the objects of a kind ("security.istio.io/v1", "AuthorizationPolicy") in every namespace.
	List(ctx context.Context, apiVersion, kind string) ([]Object, error)
	// Apply creates or replaces objects and returns when they are enforced. Remove deletes objects and returns when
	// they are no longer enforced. An object that does not exist counts as deleted.
	Apply(ctx context.Context, objects []Object) error
	Remove(ctx context.Context, objects []Object) error
	// Inspect decides whether a load balancer's port can be reached from outside the networks that the stack declares for it. The
	// verifier cannot try that from where it runs. ok means closed to all others.
	Inspect(ctx context.Context, door stack.Door, port int) (ok bool, seen string, err error)
	Close() error
}

// The local ports of calls past a proxy. Linux takes none of them by itself: its ephemeral ports end at 60999 unless somebody
// says otherwise (net.ipv4.ip_local_port_range, https://docs.kernel.org/networking/ip-sysctl.html, 2026-11-29).
const (
	FirstDirectPort = 61000
	LastDirectPort  = 61999
)

// DirectPort reports whether a connection from a port was made by a check and not by an application.
func DirectPort(port int) bool { return port >= FirstDirectPort && port <= LastDirectPort }
