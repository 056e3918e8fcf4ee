package doctor

import (
	"context"
	"time"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/verify/doctor/authz"
	"ambient-ecs/verify/doctor/network"
	"ambient-ecs/verify/stack"
)

// Evidence reads the facts of a deployed mesh, wherever the mesh runs. It reports what is, never what should be,
// and changes nothing. Each method reads everything of its kind in all accounts of the stack, once.
type Evidence interface {
	ECS(ctx context.Context) (*ECS, error)
	// Roles are the roles that the stack's outputs and the task definitions name. Roles that do not exist are left
	// out.
	Roles(ctx context.Context) ([]evaluation.Role, error)
	Network(ctx context.Context) (*network.Facts, error)
	Kubernetes(ctx context.Context) (*Kubernetes, error)
}

// ECS reads the ECS clusters of the accounts.
type ECS struct {
	Clusters    []Cluster
	Services    []Service
	Definitions []Definition
	// Latest are the youngest active revisions of the families of services, by the ARN of the family: that of a revision without its
	// number.
	Latest map[string]string
	// Tasks are the tasks that run or start, and those that stopped within the last hour.
	Tasks []Task
	// LogGroups are names of log groups, by account id.
	LogGroups map[string][]string
	// Schedules start standalone tasks.
	Schedules []Schedule
	// Scalers choose the number of tasks of services.
	Scalers []Scaler
}

// Cluster is an active ECS cluster.
type Cluster struct {
	ARN  string
	Tags map[string]string
	// Providers are its capacity providers, and ExecLogGroup is where it logs the sessions of ECS Exec, "" for nowhere of its own.
	Providers    []string
	ExecLogGroup string
}

// Service is an active ECS service.
type Service struct {
	ARN, Cluster string
	Tags         map[string]string
	// PropagateTags is "SERVICE" when tasks get the service's tags.
	PropagateTags string
	// Definition is the task definition that the service is described with.
	Definition       string
	Desired, Running int
	// Subnets and Groups are the subnets and security groups of its tasks.
	Subnets, Groups []string
	// Exec is whether commands may be executed in its tasks.
	Exec        bool
	Deployments []Deployment
	// Strategy shares its tasks among capacity providers. Nil: it has a launch type.
	Strategy []stack.CapacityProvider
	// Balancers are the ports to which target groups of load balancers send. Connect says that Service Connect is on.
	Balancers []int
	Connect   bool
}

// Deployment is one deployment of a service. State is "COMPLETED", "IN_PROGRESS" or "FAILED".
type Deployment struct{ Definition, State, Reason string }

// Definition is a task definition.
type Definition struct {
	ARN, TaskRole, ExecutionRole string
	Containers                   []Container
	// Tags are read where tasks get them.
	Tags map[string]string
}

// Container is a container of a task definition.
type Container struct {
	Name, Image string
	Environment map[string]string
	Ports       []int
	// HealthCheck says whether ECS checks its health. DependsOn are the conditions that it waits for, by container.
	HealthCheck bool
	DependsOn   map[string]string
	// RoutesLogs says whether it is the log router of FireLens, which calls nobody in the mesh.
	RoutesLogs bool
	// Labels are its Docker labels.
	Labels map[string]string
	// LogGroup and LogPrefix are the destination of its output, if that is CloudWatch.
	LogGroup, LogPrefix string
	// Sources are where ECS reads secrets for it: secrets of Secrets Manager, or parameters of Systems Manager. Files are the ARNs of the
	// objects in S3 that it takes variables from.
	Sources, Files []string
}

// Task is a task. Status and Health are ECS's words ("RUNNING", "HEALTHY").
type Task struct {
	ARN, Service, Definition, Status, Health, Stopped string
	// Address is its private address. Its interface is a host of the network.
	Address string
	// Exec is whether commands may be executed in it: ECS gives a task the agent when it starts, and never later.
	Exec bool
	// Started is when its containers ran. The zero time means unknown.
	Started   time.Time
	Tags      map[string]string
	Authority *Authority
}

// Authority is the authority that signed a proxy's certificate, and the roots that the proxy trusts, as PEM. Nil means
// unknown. It is unknown for tasks on AWS, because their ztunnel cannot be asked.
type Authority struct {
	// Certificate signed the proxy's certificate, and Chain leads from there to a root. Roots are the roots that the
	// proxy trusts.
	Certificate, Chain, Roots string
}

// Kubernetes holds the facts that the cluster and EKS report.
type Kubernetes struct {
	Istiod *Istiod
	// AddOns are names of EKS add-ons; Associations are of Pod Identity.
	AddOns       []string
	Associations []Association

	Namespaces      []Namespace
	ServiceAccounts []ServiceAccount
	Pods            []Pod
	Services        []KubernetesService
	Gateways        []KubernetesGateway
	Entries         []Entry
	Policies        []authz.Policy
	Routings        []Routing
	// Gone are the pieces that do not exist. Budgets are the disruption budgets, nil means unknown. Unseen says what the caller may not
	// read.
	Gone    []Piece
	Budgets []Budget
	Unseen  []string
	// Root is the mesh's root certificate, as PEM.
	Root string
	// DNSCapture says whether istio-cni sends the DNS queries of pods to ztunnel.
	DNSCapture bool
}

// Istiod is the youngest ready pod of istiod, nil if none is ready.
type Istiod struct {
	Name, Image, ServiceAccount string
	Created                     time.Time
	// Identity is "<association id>/<unique id of its role>" with which the pod started, "" if that is not known.
	Identity string
	// Accounts are the domains in which istiod looks for tasks, by role.
	Accounts map[string]string
	// Licensed says whether istiod finds a licence. AutoAllocate says whether it gives hosts virtual addresses.
	Licensed, AutoAllocate bool
	// PrefersTunnel says whether its gateways call tasks by HBONE where they could also use the mTLS of sidecars.
	PrefersTunnel bool
}

// Association gives an AWS role to a service account.
type Association struct {
	ID, Namespace, ServiceAccount, Role string
	Changed                             time.Time
}

// Namespace is a namespace with its labels.
type Namespace struct {
	Name                string
	Labels, Annotations map[string]string
}

// ServiceAccount is a service account; Role is the AWS role whose bearer may take its identity. A service account that names two
// roles occurs twice, first with the role that the program writes.
type ServiceAccount struct{ Namespace, Name, Role string }

// Pod is a pod. Owner is the name of its Deployment or DaemonSet.
type Pod struct {
	Namespace, Name, Owner, ServiceAccount, Address, Node string
	Labels, Annotations                                   map[string]string
	Ready                                                 bool
	// Network is ztunnel's setting NETWORK, for pods of ztunnel.
	Network string
	// Credentials says whether Pod Identity's webhook gave it credentials when it was made.
	Credentials bool
	// Authority is the authority of its own proxy, or of the ztunnel of its node.
	Authority *Authority
}

// KubernetesService is a Service. Address is the address of its load balancer.
type KubernetesService struct {
	Namespace, Name, Type, Address string
	Labels, Annotations            map[string]string
	Ports                          []int
}

// KubernetesGateway is a Gateway. Message says why it is not programmed.
type KubernetesGateway struct {
	Namespace, Name, Class, Message string
	Labels                          map[string]string
	Programmed                      bool
	// Listeners are ports by name; Address is the first of its addresses.
	Listeners map[string]int
	Address   string
	// Bare are the Secrets ("namespace/name") of its listeners' certificates that do not exist, or lack certificate or key.
	Bare []string
}

// Routing is an object that tells waypoints how to share requests out: an HTTPRoute or a VirtualService. Spec is its
// spec as decoded JSON.
type Routing struct {
	Kind, Namespace, Name string
	Spec                  map[string]any
}

// Entry is an entry that istiod wrote for an ECS service (Service) or for a task.
type Entry struct {
	Namespace, Name string
	Service         bool
	// ARN is the ARN of the service or the task.
	ARN         string
	Labels      map[string]string
	Annotations map[string]string
	// Hosts and Ports are set for a service. Address, Network and Account are set for a task.
	Hosts                     []string
	Ports                     []int
	Address, Network, Account string
}
