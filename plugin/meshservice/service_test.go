package meshservice

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/contract"
	"ambient-ecs/tests/recorder"
)

const (
	taskRole       = "arn:aws:iam::111122223333:role/team/mesh-shop-cart"
	bootstrapToken = "ZXhhbXBsZQ=="
	document       = `{
	  "family": "ours", "networkMode": "awsvpc", "cpu": "512", "memory": "1024",
	  "containerDefinitions": [
	    {"name": "app", "image": "registry.example/app:1", "portMappings": [{"containerPort": 8080, "appProtocol": "grpc"}],
	     "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]},
	    {"name": "helper", "image": "registry.example/helper:1", "essential": false}
	  ]
	}`
)

// sidecar is a definition that does not say which of its containers is the service.
const sidecar = `{
	  "family": "ours", "networkMode": "awsvpc", "cpu": "512", "memory": "1024",
	  "containerDefinitions": [
	    {"name": "agent", "image": "registry.example/agent:1", "portMappings": [{"containerPort": 8126}, {"containerPort": 8125, "protocol": "udp"}]},
	    {"name": "app", "image": "registry.example/app:1", "portMappings": [{"containerPort": 8080}]}
	  ]
	}`

func platform() contract.Contract {
	return contract.Contract{
		Version: contract.Version, Install: "mesh", Partition: "aws", Region: "eu-central-1", AccountID: "111122223333",
		Network: contract.Network{VpcID: "vpc-1", PrivateSubnetIDs: []string{"subnet-1", "subnet-2"}, ClientSecurityGroupID: "sg-client", ServerSecurityGroupID: "sg-server"},
		Cluster: contract.Cluster{Key: "shop", Name: "mesh-shop", ARN: "arn:aws:ecs:eu-central-1:111122223333:cluster/mesh-shop", LogGroup: "/ecs/mesh-shop",
			ExecutionRoleARN: "arn:aws:iam::111122223333:role/mesh-execution-home"},
		Identities: map[string]contract.Identity{"cart": {Namespace: "mesh-shop", TaskRoleARN: taskRole, TokenParameter: contract.TokenParameterName("mesh", "shop", "cart")}},
		Mesh:       contract.Mesh{Domains: map[string]string{"shop": "mesh-shop.ecs.home"}},
		Ztunnel:    contract.Ztunnel{Image: "registry.example/ztunnel:1", Health: contract.Health{Interval: 10, Timeout: 5, Retries: 10, StartPeriod: 300}},
	}
}

// valid is a service in the short form.
func valid() *MeshServiceArgs {
	return &MeshServiceArgs{
		ContractParameter: "/ambient-ecs/mesh/v1/shop/contract", ServiceAccount: "cart",
		Image: pulumi.String("registry.example/cart:1"), Ports: []Port{{Port: 8080}},
	}
}

// withDefinition is a service with a task definition of its own.
func withDefinition() *MeshServiceArgs {
	a := valid()
	a.Image, a.Ports, a.TaskDefinition = nil, nil, pointer(document)
	return a
}

func pointer[T any](v T) *T { return &v }

// recorded makes a service named cart where the platform publishes c.
func recorded(t *testing.T, c contract.Contract, args *MeshServiceArgs, opts ...pulumi.ResourceOption) *recorder.Recording {
	t.Helper()
	return run(t, false, c, args, opts...)
}

// run records an update or a preview.
func run(t *testing.T, preview bool, c contract.Contract, args *MeshServiceArgs, opts ...pulumi.ResourceOption) *recorder.Recording {
	t.Helper()
	return recorder.Run(t, recorder.Options{Preview: preview, Invoke: func(function string, in map[string]any) (map[string]any, error) {
		value, found := map[string]string{
			contract.ParameterName("mesh", "shop"):              c.JSON(),
			contract.TokenParameterName("mesh", "shop", "cart"): bootstrapToken,
		}[fmt.Sprint(in["name"])]
		if !found || function != "aws:ssm/getParameter:getParameter" {
			return nil, errors.New("ParameterNotFound")
		}
		return map[string]any{"insecureValue": value, "value": value, "name": in["name"]}, nil
	}}, func(ctx *pulumi.Context) error {
		made, err := NewMeshService(ctx, "cart", args, opts...)
		if err != nil {
			return err
		}
		ctx.Export("hostname", made.Hostname)
		ctx.Export("taskRoleArn", made.TaskRoleArn)
		ctx.Export("service", made.Service)
		return nil
	})
}

// unknown is a text that only an update knows.
func unknown() pulumi.StringOutput {
	return pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" }).(pulumi.StringOutput)
}

func one(t *testing.T, r *recorder.Recording, typ string) *recorder.Resource {
	t.Helper()
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	all := r.OfType(typ)
	if len(all) != 1 {
		t.Fatalf("%d resources of type %s", len(all), typ)
	}
	return all[0]
}

const (
	ecsService     = "aws:ecs/service:Service"
	taskDefinition = "aws:ecs/taskDefinition:TaskDefinition"
)

func TestAServiceInTheShortFormJoinsTheMesh(t *testing.T) {
	args := valid()
	args.Environment = pulumi.StringMap{"GREETING": pulumi.String("hello")}
	r := recorded(t, platform(), args)
	service, definition := one(t, r, ecsService), one(t, r, taskDefinition)
	tags := service.Inputs["tags"].(map[string]any)
	for key, want := range map[string]string{
		"ecs.solo.io/namespace": "mesh-shop", "ecs.solo.io/service-account": "cart", "ecs.solo.io/hostname": "cart.mesh-shop.ecs.home", "ecs.solo.io/ports": "http:8080",
	} {
		if tags[key] != want {
			t.Errorf("the tag %s is %v, want %s", key, tags[key], want)
		}
	}
	if network := fmt.Sprint(service.Inputs["networkConfiguration"]); !strings.Contains(network, "sg-client sg-server") || !strings.Contains(network, "subnet-1 subnet-2") {
		t.Errorf("the tasks are attached to %s", network)
	}
	if service.Inputs["cluster"] != platform().Cluster.ARN || definition.Inputs["taskRoleArn"] != taskRole || definition.Inputs["executionRoleArn"] != platform().Cluster.ExecutionRoleARN {
		t.Errorf("the service is %v, its tasks are %v", service.Inputs, definition.Inputs)
	}
	containers := definition.Inputs["containerDefinitions"].(string)
	for _, want := range []string{`"ztunnel"`, bootstrapToken, `"GREETING"`, `"ALL_PROXY"`, "registry.example/cart:1", "/ecs/mesh-shop"} {
		if !strings.Contains(containers, want) {
			t.Errorf("the containers have no %s: %s", want, containers)
		}
	}
	if r.Outputs["hostname"] != "cart.mesh-shop.ecs.home" || r.Outputs["taskRoleArn"] != taskRole || r.Outputs["service"].(map[string]any)["port"] != 8080.0 {
		t.Errorf("the outputs are %v", r.Outputs)
	}
	for _, res := range r.Resources {
		if res.Custom && res.Provider != "" {
			t.Errorf("%s has the provider %s, and none is given", res.Name, res.Provider)
		}
	}
}

func TestWhoOnlyCallsAdmitsNobody(t *testing.T) {
	args := valid()
	args.Ports = nil
	service := one(t, recorded(t, platform(), args), ecsService)
	if network := fmt.Sprint(service.Inputs["networkConfiguration"]); strings.Contains(network, "sg-server") {
		t.Errorf("the tasks are attached to %s", network)
	}
}

func TestATaskDefinitionKeepsWhatItSaysAndGetsWhatIsGiven(t *testing.T) {
	args := withDefinition()
	args.Image, args.Environment = pulumi.String("registry.example/app:2"), pulumi.StringMap{"A": pulumi.String("2")}
	args.Secrets, args.ExecutionRoleArn = pulumi.StringMap{"B": pulumi.String("/team/b")}, pulumi.String("arn:aws:iam::111122223333:role/team-execution")
	r := recorded(t, platform(), args)
	definition := one(t, r, taskDefinition)
	containers := definition.Inputs["containerDefinitions"].(string)
	for _, want := range []string{`"registry.example/app:2"`, `{"name":"A","value":"2"}`, `{"name":"B","valueFrom":"/team/b"}`, `"registry.example/helper:1"`, `"ztunnel"`} {
		if !strings.Contains(containers, want) {
			t.Errorf("the containers have no %s: %s", want, containers)
		}
	}
	if strings.Contains(containers, `{"name":"B","value":"1"}`) || strings.Contains(containers, "registry.example/app:1") {
		t.Errorf("the containers keep what is replaced: %s", containers)
	}
	if definition.Inputs["cpu"] != "512" || definition.Inputs["executionRoleArn"] != "arn:aws:iam::111122223333:role/team-execution" {
		t.Errorf("the definition is %v", definition.Inputs)
	}
	if tags := one(t, r, ecsService).Inputs["tags"].(map[string]any); tags["ecs.solo.io/ports"] != "grpc:8080" {
		t.Errorf("the ports are %v, want those of the definition", tags["ecs.solo.io/ports"])
	}
}

func TestTheProviderOfTheComponentMakesEverything(t *testing.T) {
	r := recorder.Run(t, recorder.Options{Invoke: func(_ string, in map[string]any) (map[string]any, error) {
		if fmt.Sprint(in["name"]) == contract.ParameterName("mesh", "shop") {
			return map[string]any{"insecureValue": platform().JSON()}, nil
		}
		return map[string]any{"insecureValue": bootstrapToken}, nil
	}}, func(ctx *pulumi.Context) error {
		theirs, err := aws.NewProvider(ctx, "theirs", &aws.ProviderArgs{Region: pulumi.String("eu-central-1")})
		if err != nil {
			return err
		}
		args := valid()
		args.Scaling, args.ManagedPolicyArns = &Scaling{Max: 3, Cpu: pointer(60)}, []string{"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
		_, err = NewMeshService(ctx, "cart", args, pulumi.Providers(theirs))
		return err
	})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	made := 0
	for _, res := range r.Resources {
		if res.Custom && !strings.HasPrefix(res.Type, "pulumi:") {
			if made++; res.Provider != "theirs" {
				t.Errorf("%s %s has the provider %q", res.Type, res.Name, res.Provider)
			}
		}
	}
	if made != 5 {
		t.Errorf("%d resources, want the definition, the service, a target, a policy of the scaler and one of the role", made)
	}
}

func TestTheServiceComesAfterTheRightsOfItsRole(t *testing.T) {
	args := valid()
	args.Policy, args.ManagedPolicyArns = pulumi.String(`{"Version":"2012-10-17","Statement":[]}`), []string{"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
	r := recorded(t, platform(), args)
	service := one(t, r, ecsService)
	for _, typ := range []string{"aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"} {
		policy := one(t, r, typ)
		if replaced := slices.Equal(policy.ReplaceOnChanges, []string{"policy"}); replaced != (typ == "aws:iam/rolePolicy:RolePolicy") || policy.Inputs["name"] != nil {
			t.Errorf("the %s is replaced on changes of %v, and has the name %v", typ, policy.ReplaceOnChanges, policy.Inputs["name"])
		}
		if policy.Inputs["role"] != "mesh-shop-cart" || !r.Waits(service, policy) {
			t.Errorf("the %s is of role %v; the service waits for it: %v", typ, policy.Inputs["role"], r.Waits(service, policy))
		}
	}
}

// What only an update knows is unknown in a preview, and the rest of the service is planned.
func TestAPreviewDoesNotInventWhatOnlyAnUpdateKnows(t *testing.T) {
	args := valid()
	args.Image = unknown()
	r := run(t, true, platform(), args)
	definition := one(t, r, taskDefinition)
	if definition.Inputs["containerDefinitions"] != recorder.Unknown || definition.Inputs["cpu"] != "256" || one(t, r, ecsService).Inputs["desiredCount"] != 1.0 {
		t.Errorf("the preview has %v", definition.Inputs)
	}
}

func TestNoSecretsNeedNoRoleOfTheTeam(t *testing.T) {
	args := valid()
	args.Secrets = pulumi.StringMap{}
	if definition := one(t, recorded(t, platform(), args), taskDefinition); definition.Inputs["executionRoleArn"] != platform().Cluster.ExecutionRoleARN {
		t.Errorf("the execution role is %v", definition.Inputs["executionRoleArn"])
	}
}

func TestASecretOfTheInputsStaysOne(t *testing.T) {
	args := valid()
	args.Environment = pulumi.ToSecret(pulumi.StringMap{"PASSWORD": pulumi.String("x")}).(pulumi.StringMapOutput)
	if definition := one(t, recorded(t, platform(), args), taskDefinition); !slices.Contains(definition.Secrets, "containerDefinitions") {
		t.Errorf("the secrets are %v", definition.Secrets)
	}
}

// Each bad input is refused before anything is registered.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*MeshServiceArgs)
		words  []string
	}{
		{"no contract", func(a *MeshServiceArgs) { a.ContractParameter = "" }, []string{"contractParameter", "/ambient-ecs/INSTALL/v1/CLUSTER/contract"}},
		{"the parameter of a bootstrapToken", func(a *MeshServiceArgs) { a.ContractParameter = "/ambient-ecs/mesh/v1/shop/tokens/cart" }, []string{"contractParameter", "tokens/cart"}},
		{"a contract of a later version", func(a *MeshServiceArgs) { a.ContractParameter = "/ambient-ecs/mesh/v2/shop/contract" }, []string{"contractParameter", "/v1/"}},
		{"nobody", func(a *MeshServiceArgs) { a.ServiceAccount = "" }, []string{"serviceAccount is not set"}},
		{"a name with a blank", func(a *MeshServiceArgs) { a.Name = pointer("my cart") }, []string{`name = "my cart"`}},
		{"nothing to run", func(a *MeshServiceArgs) { a.Image = nil }, []string{"image is not set", "taskDefinition"}},
		{"an empty image", func(a *MeshServiceArgs) { a.Image = pulumi.String("") }, []string{"image is not set"}},
		{"a container of the short form", func(a *MeshServiceArgs) { a.Container = pointer("app") }, []string{"container", "one container"}},
		{"a size that Fargate lacks", func(a *MeshServiceArgs) { a.Memory = pointer(999) }, []string{"999"}},
		{"an architecture that ECS lacks", func(a *MeshServiceArgs) { a.Architecture = pointer("RISCV") }, []string{"RISCV"}},
		{"a port beyond all", func(a *MeshServiceArgs) { a.Ports[0].Port = 70000 }, []string{"ports[0].port = 70000"}},
		{"ztunnel's port", func(a *MeshServiceArgs) { a.Ports[0].Port = 15008 }, []string{"ports[0].port = 15008", "ztunnel"}},
		{"a port twice", func(a *MeshServiceArgs) { a.Ports = append(a.Ports, a.Ports[0]) }, []string{"ports[1].port", "twice"}},
		{"UDP", func(a *MeshServiceArgs) { a.Ports[0].Protocol = pointer("udp") }, []string{"ports[0].protocol", "http2"}},
		{"an unknown client", func(a *MeshServiceArgs) { a.Client = pointer("ruby") }, []string{"client", "ruby", "python"}},
		{"presets of the short form", func(a *MeshServiceArgs) { a.Clients = map[string]string{"cart": "ruby"} }, []string{"clients is set", `clients.cart = "ruby"`}},
		{"a preset of nobody", func(a *MeshServiceArgs) {
			a.Image, a.Ports, a.TaskDefinition, a.Clients = nil, nil, pointer(document), map[string]string{"nobody": "go", "ztunnel": "go"}
		}, []string{`clients.nobody = "go"`, `clients.ztunnel = "go"`}},
		{"two containers with ports", func(a *MeshServiceArgs) {
			a.Image, a.Ports, a.TaskDefinition = nil, nil, pointer(sidecar)
		}, []string{"ports is not set", "agent, app"}},
		{"fewer tasks than none", func(a *MeshServiceArgs) { a.DesiredCount = pointer(-1) }, []string{"desiredCount = -1"}},
		{"bounds in the wrong order", func(a *MeshServiceArgs) { a.Scaling = &Scaling{Min: pointer(3), Max: 2, Cpu: pointer(50)} }, []string{"scaling", "3 to 2"}},
		{"a number beyond the bounds", func(a *MeshServiceArgs) {
			a.DesiredCount, a.Scaling = pointer(9), &Scaling{Max: 2, Cpu: pointer(50)}
		}, []string{"desiredCount = 9", "between 1 and 2"}},
		{"nothing to scale by", func(a *MeshServiceArgs) { a.Scaling = &Scaling{Max: 2} }, []string{"scaling.cpu is not set"}},
		{"more than all of the memory", func(a *MeshServiceArgs) { a.Scaling = &Scaling{Max: 2, Memory: pointer(120)} }, []string{"scaling.memory = 120"}},
		{"a role for a policy", func(a *MeshServiceArgs) { a.ManagedPolicyArns = []string{taskRole} }, []string{"managedPolicyArns[0]", taskRole}},
		{"a source that is none", func(a *MeshServiceArgs) {
			a.Secrets, a.ExecutionRoleArn = pulumi.StringMap{"A": pulumi.String("s3://a")}, pulumi.String(taskRole)
		}, []string{"s3://a"}},
		{"a file name for a definition", func(a *MeshServiceArgs) { a.Image, a.TaskDefinition = nil, pointer("task.json") }, []string{"taskDefinition is no JSON"}},
		{"a definition that ECS refuses", func(a *MeshServiceArgs) {
			a.Image, a.Ports, a.TaskDefinition = nil, nil, pointer(strings.Replace(document, "awsvpc", "bridge", 1))
		}, []string{"bridge"}},
		{"a container that is not there", func(a *MeshServiceArgs) { a.TaskDefinition, a.Container = pointer(document), pointer("web") }, []string{"container", "web"}},
		{"a share without a weight", func(a *MeshServiceArgs) {
			a.CapacityProviderStrategy = []CapacityProvider{{CapacityProvider: "FARGATE", Base: pointer(1)}}
		}, []string{"capacityProviderStrategy", "above 0"}},
		{"a provider of instances", func(a *MeshServiceArgs) {
			a.CapacityProviderStrategy = []CapacityProvider{{CapacityProvider: "ours", Weight: pointer(1)}}
		}, []string{`capacityProviderStrategy[0].capacityProvider = "ours"`, "Fargate only"}},
		{"a tag that steers Istio", func(a *MeshServiceArgs) { a.Tags = map[string]string{"istio.io/use-waypoint": "none"} }, []string{"tags.istio.io/use-waypoint", "steer Istio"}},
		{"users without a host", func(a *MeshServiceArgs) { a.Ingress = &Ingress{} }, []string{"ingress.hosts is not set"}},
		{"a wildcard", func(a *MeshServiceArgs) { a.Ingress = &Ingress{Hosts: []string{"*.example.com"}} }, []string{`ingress.hosts[0] = "*.example.com"`, "nobody granted"}},
		{"a host twice", func(a *MeshServiceArgs) { a.Ingress = &Ingress{Hosts: []string{"a.b", "a.b"}} }, []string{"ingress.hosts[1]", "twice"}},
		{"a pattern for a path", func(a *MeshServiceArgs) {
			a.Ingress = &Ingress{Hosts: []string{"a.b"}, PathPrefix: pointer("/pay/*")}
		}, []string{"ingress.pathPrefix", "without *"}},
		{"users at another port", func(a *MeshServiceArgs) { a.Ingress = &Ingress{Hosts: []string{"a.b"}, Port: pointer(9090)} }, []string{"ingress.port = 9090", "no port of the service"}},
		{"users at a port without HTTP", func(a *MeshServiceArgs) {
			a.Ports[0].Protocol, a.Ingress = pointer("tcp"), &Ingress{Hosts: []string{"a.b"}}
		}, []string{"ingress.port = 8080", "is tcp"}},
		{"users of what serves nothing", func(a *MeshServiceArgs) { a.Ports, a.Ingress = nil, &Ingress{Hosts: []string{"a.b"}} }, []string{"ingress is set", "no port"}},
		{"a name that no route has", func(a *MeshServiceArgs) { a.Name, a.Ingress = pointer("My_Cart"), &Ingress{Hosts: []string{"a.b"}} }, []string{`name = "My_Cart"`, "route"}},
		{"two sizes", func(a *MeshServiceArgs) { a.TaskDefinition, a.Cpu = pointer(document), pointer(256) }, []string{"cpu", "taskDefinition says it"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := valid()
			c.change(args)
			refused(t, recorded(t, platform(), args), c.words)
		})
	}
}

// refused fails unless the error has the words, and nothing is registered.
func refused(t *testing.T, r *recorder.Recording, words []string) {
	t.Helper()
	if r.Err == nil {
		t.Fatal("it is accepted")
	}
	for _, word := range words {
		if !strings.Contains(r.Err.Error(), word) {
			t.Errorf("the refusal does not say %q: %v", word, r.Err)
		}
	}
	for _, res := range r.Resources {
		if res.Type != "pulumi:pulumi:Stack" {
			t.Errorf("%s %s is registered before the refusal", res.Type, res.Name)
		}
	}
}

func TestEveryProblemIsNamedAtOnce(t *testing.T) {
	args := &MeshServiceArgs{
		Name: pointer("a b"), Client: pointer("ruby"), Ports: []Port{{Port: 0}}, DesiredCount: pointer(-1),
		Scaling: &Scaling{}, ManagedPolicyArns: []string{"x"},
	}
	refused(t, recorded(t, platform(), args), []string{
		"MeshService cart", "contractParameter", "serviceAccount", "name", "image", "client", "ports[0].port", "desiredCount", "scaling", "scaling.cpu", "managedPolicyArns[0]",
	})
}

// What only the contract shows is found when nothing but the component itself is registered.
func TestTheContractRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*MeshServiceArgs, *contract.Contract)
		words  []string
	}{
		{"secrets that the account's role may not read", func(a *MeshServiceArgs, _ *contract.Contract) {
			a.Secrets = pulumi.StringMap{"A": pulumi.String("/a")}
		}, []string{"executionRoleArn is not set: the account's execution role may read no secret"}},
		{"a parameter that is not there", func(a *MeshServiceArgs, _ *contract.Contract) {
			a.ContractParameter = contract.ParameterName("mesh", "other")
		}, []string{"has published no /ambient-ecs/mesh/v1/other/contract"}},
		{"another version", func(_ *MeshServiceArgs, c *contract.Contract) { c.Version = 2 }, []string{"version 2"}},
		{"an identity that is not there, and a long name", func(a *MeshServiceArgs, _ *contract.Contract) {
			a.ServiceAccount, a.Name = "order", pointer(strings.Repeat("n", 60))
		}, []string{"serviceAccount", "cart", "name", "63"}},
		{"another's task role", func(a *MeshServiceArgs, _ *contract.Contract) {
			a.Image, a.Ports, a.TaskDefinition = nil, nil, pointer(strings.Replace(document, `"ours",`, `"ours", "taskRoleArn": "arn:aws:iam::111122223333:role/other",`, 1))
		}, []string{"taskDefinition.taskRoleArn", "role/other", taskRole}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args, published := valid(), platform()
			c.change(args, &published)
			r := recorded(t, published, args)
			if r.Err == nil {
				t.Fatal("it is accepted")
			}
			for _, word := range c.words {
				if !strings.Contains(r.Err.Error(), word) {
					t.Errorf("the refusal does not say %q: %v", word, r.Err)
				}
			}
			if kinds := slices.Sorted(maps.Keys(made(r))); slices.ContainsFunc(kinds, func(k string) bool { return strings.HasPrefix(k, "aws:") }) {
				t.Errorf("registered are %v", kinds)
			}
		})
	}
}

func made(r *recorder.Recording) map[string]bool {
	all := map[string]bool{}
	for _, res := range r.Resources {
		all[res.Type] = true
	}
	return all
}

func TestASidecarsPortIsNotTheServices(t *testing.T) {
	for name, change := range map[string]func(*MeshServiceArgs){
		"the container of the inputs":         func(a *MeshServiceArgs) { a.Container = pointer("app") },
		"the container of the service's name": func(a *MeshServiceArgs) { a.Name = pointer("app") },
		"the ports of the inputs": func(a *MeshServiceArgs) {
			a.Ports = []Port{{Port: 8080, Protocol: pointer("tcp")}, {Port: 8126, Protocol: pointer("tcp")}}
		},
	} {
		args := valid()
		args.Image, args.Ports, args.TaskDefinition, args.Clients = nil, nil, pointer(sidecar), map[string]string{"agent": "none"}
		change(args)
		d := &design{args: args, name: "cart", values: values{known: true}}
		if args.Name != nil {
			d.name = *args.Name
		}
		if err := d.Validate(); err != nil {
			t.Fatal(name, err)
		}
		if got := d.ports(); len(got) != 2 || got[0].Number != 8080 || got[1].Number != 8126 {
			t.Errorf("%s: the ports are %v", name, got)
		}
		if m := d.task().Mesh; m.Clients["agent"] != "none" {
			t.Errorf("%s: the presets are %v", name, m.Clients)
		}
	}
}
