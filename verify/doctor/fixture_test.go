package doctor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/iam/evaluation"
	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/verify/doctor/network"
	"ambient-ecs/verify/stack"
)

// facts is fixed Evidence: a mesh of two accounts with one ECS cluster each.
type facts struct {
	ecs        ECS
	roles      []evaluation.Role
	network    network.Facts
	kubernetes Kubernetes
	stack      *stack.Stack
}

func (f *facts) ECS(context.Context) (*ECS, error)                { return &f.ecs, nil }
func (f *facts) Roles(context.Context) ([]evaluation.Role, error) { return f.roles, nil }
func (f *facts) Network(context.Context) (*network.Facts, error)  { return &f.network, nil }
func (f *facts) Kubernetes(context.Context) (*Kubernetes, error)  { return &f.kubernetes, nil }
func (f *facts) role(name string) *evaluation.Role {
	return find(f.roles, func(r evaluation.Role) bool { return r.Name == name })
}
func (f *facts) service(name string) *Service {
	return find(f.ecs.Services, func(s Service) bool { return strings.HasSuffix(s.ARN, name) })
}
func (f *facts) task(name string) *Task {
	return find(f.ecs.Tasks, func(t Task) bool { return strings.HasSuffix(t.ARN, name) })
}
func (f *facts) definition(name string) *Definition {
	return find(f.ecs.Definitions, func(d Definition) bool { return strings.HasSuffix(d.ARN, name) })
}
func (f *facts) group(id string) *network.Group {
	return find(f.network.Groups, func(g network.Group) bool { return g.ID == id })
}
func (f *facts) entry(name string) *Entry {
	return find(f.kubernetes.Entries, func(e Entry) bool { return e.Name == name })
}
func (f *facts) pod(owner string) *Pod {
	return find(f.kubernetes.Pods, func(p Pod) bool { return p.Owner == owner })
}
func (f *facts) account(id string) *ServiceAccount {
	return find(f.kubernetes.ServiceAccounts, func(a ServiceAccount) bool { return a.Namespace+"/"+a.Name == id })
}

// The accounts and their contents.
const (
	home, away = "111122223333", "444455556666"
	region     = "eu-central-1"
	address    = "gw.elb.eu-central-1.amazonaws.com"
	root       = "-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----"
	eksARN     = "arn:aws:eks:eu-central-1:111122223333:cluster/m"
)

// place is one account's end of the fixture.
type place struct {
	key, id, cluster, domain, cidr string
	// ip are the first two numbers of its addresses.
	ip string
}

var places = []place{
	{"local", home, "ecs-1", "ecs.local", "10.0.0.0/16", "10.0"},
	{"external", away, "ecs-2", "ecs.external", "10.1.0.0/16", "10.1"},
}

func roleARN(account, name string) string { return "arn:aws:iam::" + account + ":role/" + name }

// healthy is a mesh in which nothing is missing.
func healthy() *facts {
	started := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := &facts{stack: &stack.Stack{
		InstallName: "m", Region: region, Partition: "aws", HomeAccount: "local", Accounts: map[string]stack.Account{},
		PrivateSubnets: map[string][]string{}, ClientGroups: map[string]string{}, ServerGroups: map[string]string{}, IstiodRole: roleARN(home, "istiod"),
		DiscoveryRoles: map[string]string{}, TaskRoles: map[string]string{}, EKSName: "m", EKSArn: eksARN, MeshNetwork: "eks",
		TrustDomain: "cluster.local", PolicyStage: "permissive", TestWorkloads: true, GatewayAddress: address, Clusters: map[string]stack.Cluster{},
	}}
	f.ecs.LogGroups = map[string][]string{}
	f.kubernetes = Kubernetes{
		Root: root, DNSCapture: true, AddOns: []string{"vpc-cni", "coredns", "kube-proxy", "eks-pod-identity-agent"},
		Istiod: &Istiod{
			Name: "istiod-0", Image: "hub/pilot:1.28.3-solo", ServiceAccount: "istiod", Created: started, Licensed: true, AutoAllocate: true,
			Identity: "a-1/AROAISTIOD", Accounts: map[string]string{},
		},
		Associations: []Association{{ID: "a-1", Namespace: system, ServiceAccount: "istiod", Role: roleARN(home, "istiod"), Changed: started.Add(-time.Minute)}},
		Namespaces: []Namespace{
			{Name: system, Labels: map[string]string{networkLabel: "eks"}},
			{Name: testEKS, Labels: map[string]string{dataplaneLabel: "ambient"}},
		},
		Gateways: []KubernetesGateway{{
			Namespace: system, Name: gatewayName, Programmed: true, Address: address, Labels: map[string]string{networkLabel: "eks"},
			Listeners: map[string]int{"cross-network": portHBONE, "xds-tls": portXDS},
		}},
		Services: []KubernetesService{
			{Namespace: system, Name: "eastwest", Address: address, Labels: map[string]string{exposeLabel: "15012", networkLabel: "eks"}},
			{Namespace: testEKS, Name: testEcho, Ports: []int{testEchoPort}},
		},
	}
	for i, p := range []Pod{
		{Namespace: system, Name: "istiod-0", Owner: "istiod", ServiceAccount: "istiod", Credentials: true},
		{Namespace: system, Name: "gateway-0", Owner: gatewayName, Labels: map[string]string{gatewayNameLabel: gatewayName}},
		{Namespace: system, Name: "ztunnel-0", Owner: ztunnel, Network: "eks"},
		{Namespace: system, Name: "cni-0", Owner: "istio-cni-node"},
		{Namespace: testEKS, Name: "echo-0", Owner: testEcho, ServiceAccount: "default", Annotations: map[string]string{redirection: "enabled"}},
		{Namespace: testEKS, Name: "shell-0", Owner: testShell, ServiceAccount: "default", Annotations: map[string]string{redirection: "enabled"}},
	} {
		p.Ready, p.Node, p.Address = true, "node", fmt.Sprintf("10.0.0.%d", 20+i)
		f.kubernetes.Pods = append(f.kubernetes.Pods, p)
	}
	f.roles = append(f.roles, evaluation.Role{ARN: roleARN(home, "istiod"), Name: "istiod", UniqueID: "AROAISTIOD",
		Trust:    allow(`"Service":"pods.eks.amazonaws.com"`, `"sts:AssumeRole","sts:TagSession"`),
		Policies: map[string]string{"p": allowed(`"sts:AssumeRole","sts:TagSession"`, "arn:aws:iam::*:role/discovery")}})
	for _, p := range places {
		f.add(p)
	}
	f.wire()
	return f
}

func allow(principal, actions string) string {
	return `{"Statement":[{"Effect":"Allow","Principal":{` + principal + `},"Action":[` + actions + `]}]}`
}

func allowed(actions, resource string) string {
	return `{"Statement":[{"Effect":"Allow","Action":[` + actions + `],"Resource":"` + resource + `"}]}`
}

// add puts an account with its ECS cluster into the mesh: a shell that calls and an echo that answers.
func (f *facts) add(p place) {
	ns := "m-" + p.cluster
	arn := fmt.Sprintf("arn:aws:ecs:%s:%s:cluster/%s", region, p.id, ns)
	tasks, execution, discovery := roleARN(p.id, ns+"-ecs"), roleARN(p.id, "execution"), roleARN(p.id, "discovery")
	s := f.stack
	s.Accounts[p.key] = stack.Account{ID: p.id, Domain: p.domain, VPCCIDR: p.cidr, Reach: "gateway"}
	s.MeshCIDRs = append(s.MeshCIDRs, p.cidr)
	s.PrivateSubnets[p.key] = []string{"subnet-" + p.key}
	s.ClientGroups[p.key], s.ServerGroups[p.key] = "sg-client-"+p.key, "sg-server-"+p.key
	s.DiscoveryRoles[p.key], s.TaskRoles[p.cluster+"/ecs"] = discovery, tasks
	cluster := stack.Cluster{Account: p.key, Region: region, Name: ns, ARN: arn, Namespace: ns, ServiceAccount: "ecs", Services: map[string]stack.Service{}}
	f.kubernetes.Istiod.Accounts[discovery] = p.domain
	ecs := allow(`"Service":"ecs-tasks.amazonaws.com"`, `"sts:AssumeRole"`)
	f.roles = append(f.roles,
		evaluation.Role{ARN: discovery, Name: "discovery", Trust: allow(`"AWS":"`+roleARN(home, "istiod")+`"`, `"sts:AssumeRole","sts:TagSession"`), Policies: map[string]string{"p": allowed(`"ecs:List*","ecs:Describe*"`, "*")}},
		evaluation.Role{ARN: tasks, Name: ns + "-ecs", Trust: ecs, Policies: map[string]string{"p": allowed(`"ssmmessages:*"`, "*")}},
		evaluation.Role{ARN: execution, Name: "execution", Trust: ecs, Policies: map[string]string{"p": allowed(`"logs:*"`, "*")}})
	f.ecs.Clusters = append(f.ecs.Clusters, Cluster{ARN: arn, Tags: map[string]string{tagEnabled: "true"}})
	f.ecs.LogGroups[p.id] = []string{"/ecs/" + ns}
	f.kubernetes.Namespaces = append(f.kubernetes.Namespaces, Namespace{Name: ns, Labels: map[string]string{dataplaneLabel: "ambient"}})
	f.kubernetes.ServiceAccounts = append(f.kubernetes.ServiceAccounts, ServiceAccount{ns, "ecs", tasks})
	for i, name := range []string{"echo", "shell"} {
		client := name == "shell"
		one := stack.Service{
			ARN: strings.Replace(arn, ":cluster/", ":service/", 1) + "/" + name, Hostname: name + "." + ns + "." + p.domain,
			ServiceAccount: "ecs", ClientOnly: client, DesiredCount: 1, TaskDefinitionARN: fmt.Sprintf("arn:aws:ecs:%s:%s:task-definition/%s-%s:1", region, p.id, ns, name),
		}
		groups := []string{"sg-client-" + p.key}
		if !client {
			one.Port = 8080
			groups = append(groups, "sg-server-"+p.key)
		}
		cluster.Services[name] = one
		tags := func() map[string]string {
			all := map[string]string{tagNamespace: ns, tagServiceAccount: "ecs", tagHostname: one.Hostname}
			if !client {
				all[tagPorts] = "http:8080"
			}
			return all
		}
		ip := fmt.Sprintf("%s.0.%d", p.ip, 10+i)
		f.ecs.Services = append(f.ecs.Services, Service{
			ARN: one.ARN, Cluster: arn, Tags: tags(), PropagateTags: "SERVICE", Definition: one.TaskDefinitionARN, Desired: 1, Running: 1, Exec: true,
			Subnets: []string{"subnet-" + p.key}, Groups: groups, Deployments: []Deployment{{Definition: one.TaskDefinitionARN, State: "COMPLETED"}},
		})
		f.ecs.Definitions = append(f.ecs.Definitions, Definition{ARN: one.TaskDefinitionARN, TaskRole: tasks, ExecutionRole: execution, Containers: []Container{
			{Name: name, Environment: enrol.DefaultClient.Environment(), Ports: []int{8080}, DependsOn: map[string]string{ztunnel: "HEALTHY"}, LogGroup: "/ecs/" + ns},
			{Name: ztunnel, Environment: map[string]string{bootstrap.Variable: token(nil, ns)}, HealthCheck: true},
		}})
		task := strings.Replace(arn, ":cluster/", ":task/", 1) + "/" + p.cluster + "-" + name
		f.ecs.Tasks = append(f.ecs.Tasks, Task{ARN: task, Service: one.ARN, Definition: one.TaskDefinitionARN, Status: "RUNNING", Health: "HEALTHY", Exec: true, Address: ip, Tags: tags()})
		f.network.Hosts = append(f.network.Hosts, network.Host{ID: "eni-" + p.cluster + "-" + name, Subnet: "subnet-" + p.key, Addresses: []string{ip}, Groups: groups})
		f.kubernetes.Entries = append(f.kubernetes.Entries,
			Entry{Namespace: ns, Name: "service-" + p.cluster + "-" + name, Service: true, ARN: one.ARN, Hosts: []string{one.Hostname}, Ports: []int{8080}},
			Entry{Namespace: ns, Name: "task-" + p.cluster + "-" + name, ARN: task, Address: ip, Network: "eks", Account: "ecs", Labels: map[string]string{"app": name, tagHostname: one.Hostname},
				Annotations: map[string]string{redirection: "enabled"}})
	}
	s.Clusters[p.cluster] = cluster
}

// token is a bootstrap token, changed by change.
func token(change func(*bootstrap.Token), ns string) string {
	b := bootstrap.Token{URL: "https://" + address + ":15012", CACert: root, Namespace: ns, ServiceAccount: "ecs", Platform: "ecs", Network: "eks", Remote: true}
	if change != nil {
		change(&b)
	}
	data, _ := json.Marshal(b)
	return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(data)))
}

// wire makes the networks: two peered VPCs, a NAT gateway in each, a node and a load balancer at home.
func (f *facts) wire() {
	n := &f.network
	for i, p := range places {
		other := places[1-i]
		n.VPCs = append(n.VPCs, network.VPC{ID: "vpc-" + p.key, Account: p.id, CIDRs: []string{p.cidr}})
		n.Subnets = append(n.Subnets,
			network.Subnet{ID: "subnet-" + p.key, VPC: "vpc-" + p.key, CIDR: p.ip + ".0.0/24", Table: "rtb-" + p.key},
			network.Subnet{ID: "public-" + p.key, VPC: "vpc-" + p.key, CIDR: p.ip + ".1.0/24", Table: "rtb-public-" + p.key})
		n.Routes = append(n.Routes,
			network.Route{Table: "rtb-" + p.key, Destination: other.cidr, Target: "pcx"}, network.Route{Table: "rtb-" + p.key, Destination: "0.0.0.0/0", Target: "nat-" + p.key},
			network.Route{Table: "rtb-public-" + p.key, Destination: "0.0.0.0/0", Target: "igw-" + p.key})
		n.Gateways = append(n.Gateways, network.Gateway{ID: "nat-" + p.key, NAT: true, Up: true, Subnet: "public-" + p.key}, network.Gateway{ID: "igw-" + p.key, Up: true, VPC: "vpc-" + p.key})
		client, server := network.Group{ID: "sg-client-" + p.key}, network.Group{ID: "sg-server-" + p.key}
		client.Egress = []network.Rule{{Protocol: "tcp", CIDR: "0.0.0.0/0", From: 443, To: 443}}
		for _, cidr := range []string{"10.0.0.0/16", "10.1.0.0/16"} {
			client.Egress = append(client.Egress, network.Rule{Protocol: "tcp", CIDR: cidr, From: portHBONE, To: portHBONE}, network.Rule{Protocol: "tcp", CIDR: cidr, From: portXDS, To: portXDS})
			server.Ingress = append(server.Ingress, network.Rule{Protocol: "tcp", CIDR: cidr, From: portHBONE, To: portHBONE})
		}
		n.Groups = append(n.Groups, client, server)
	}
	n.Peerings = []network.Peering{{ID: "pcx", Status: "active", RequesterVPC: "vpc-local", AccepterVPC: "vpc-external"}}
	nodes := network.Group{ID: "sg-nodes", Ingress: []network.Rule{{Protocol: "-1", Group: "sg-nodes"}}, Egress: []network.Rule{{Protocol: "-1", CIDR: "0.0.0.0/0"}}}
	for _, p := range places {
		nodes.Ingress = append(nodes.Ingress, network.Rule{Protocol: "tcp", CIDR: p.cidr, From: 30000, To: 30001})
	}
	n.Groups = append(n.Groups, nodes)
	node := network.Host{ID: "eni-node", Subnet: "subnet-local", Addresses: []string{"10.0.0.2"}, Groups: []string{"sg-nodes"}}
	for _, p := range f.kubernetes.Pods {
		node.Addresses = append(node.Addresses, p.Address)
	}
	n.Hosts = append(n.Hosts, node, network.Host{ID: "eni-lb", Subnet: "subnet-local", Addresses: []string{"10.0.0.3"}})
	n.LoadBalancers = []network.LoadBalancer{{
		Name: "lb", DNSName: address, State: "active", Internal: true, Addresses: []string{"10.0.0.3"}, Targets: []string{"10.0.0.2"},
		Listeners: []network.Listener{{Port: portHBONE, TargetPort: 30000}, {Port: portXDS, TargetPort: 30001}}, SourceRanges: []string{"10.0.0.0/16", "10.1.0.0/16"},
	}}
}
