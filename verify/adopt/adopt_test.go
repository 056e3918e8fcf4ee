package adopt_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
	"ambient-ecs/verify/adopt"
)

// The stack file passes the program's own checks once a person has filled in what is in no account.
func TestTheStackFileLoads(t *testing.T) {
	p, report := judged(t, options(), world())
	root := t.TempDir()
	if err := p.Write(root, false); err != nil {
		t.Fatal(err)
	}
	project, err := os.ReadFile("../../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "Pulumi.prod.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	values, err := adopt.Values(project, text)
	if err != nil {
		t.Fatal(err)
	}
	values["ambient-ecs:license"], values["ambient-ecs:apiAccessCidrs"] = "mine", `["203.0.113.7/32"]`
	cfg, err := config.ReadStackFile(root, "prod").LoadIn(root, values)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, text, report)
	}
	orders := cfg.Clusters["apps-prod"].Services["orders"]
	if cfg.Clusters["apps-prod"].Existing != "Apps-Prod" || orders.Import != config.ImportUnchanged || orders.DesiredCountOrDefault() != 2 || cfg.Connect != config.ConnectPeering {
		t.Errorf("the stack file means %+v", cfg.Clusters)
	}
	if n := cfg.Accounts["pay"].Network; n == nil || n.VPCID != "vpc-0000000b" || len(n.PrivateSubnetIDs) != 3 || len(n.RouteTableIDs) != 1 {
		t.Errorf("the network is %+v", n)
	}
	if !strings.Contains(string(text), "import: unchanged") || strings.Contains(string(text), marker) {
		t.Errorf("the stack file is\n%s", text)
	}
	for _, words := range []string{
		"clusters.apps-prod.services.orders: service orders of ECS cluster Apps-Prod, task definition in adopted/prod/apps-prod/orders.json",
		"license is not set", "apiAccessCidrs is not set", "security group sg-1 of account apps opens tcp 8080 to every address",
		"its tasks no longer have sg-1", "clientSecurityGroupIds.apps",
	} {
		if !strings.Contains(report, words) {
			t.Errorf("the report does not say %q:\n%s", words, report)
		}
	}
}

func TestAServiceThatCannotBeTakenOverIsListedWithTheReason(t *testing.T) {
	definedBy := func(change func(task, container map[string]any)) func(*adopt.Service) {
		return func(s *adopt.Service) { s.Definition = definition(change) }
	}
	for _, c := range []struct {
		name  string
		s     adopt.Service
		words []string
	}{
		{"EXTERNAL, which has no task definition", service("web", func(s *adopt.Service) { s.Controller, s.Definition = "EXTERNAL", nil }), []string{"its deployment controller is EXTERNAL", "ambient enrol"}},
		{"EC2", service("web", func(s *adopt.Service) { s.LaunchType = "EC2" }), []string{"its launch type is EC2"}},
		{"a capacity provider of EC2", service("web", func(s *adopt.Service) {
			s.LaunchType, s.Providers = "", []compare.Provider{{Name: "machines", Weight: 1}}
		}), []string{"its capacity provider \"machines\" is not one of Fargate's"}},
		{"a daemon", service("web", func(s *adopt.Service) { s.Scheduling = "DAEMON" }), []string{"its scheduling strategy is DAEMON"}},
		{"another install", service("web", func(s *adopt.Service) { s.Tags = map[string]string{config.InstallTag: "blue"} }), []string{"belongs to the install blue"}},
		{"bridge", service("web", definedBy(func(task, _ map[string]any) { task["networkMode"] = "bridge" })), []string{`networkMode = "bridge"`, "awsvpc"}},
		{"Windows", service("web", definedBy(func(task, _ map[string]any) {
			task["runtimePlatform"] = map[string]any{"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
		})), []string{"runtimePlatform.operatingSystemFamily"}},
		{"a privileged container", service("web", definedBy(func(_, container map[string]any) { container["privileged"] = true })), []string{"privileged"}},
		{"no JSON", service("web", func(s *adopt.Service) { s.Definition = []byte("x") }), []string{"its task definition cannot be read"}},
		{"everything at once", service("web", func(s *adopt.Service) { s.LaunchType, s.Connect, s.Balancers = "EC2", true, 1 }), []string{"launch type is EC2", "Service Connect", "1 load balancers"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := world()
			w["apps"].Clusters[0].Services = append(w["apps"].Clusters[0].Services, c.s)
			p, report := judged(t, options(), w)
			_, left, _ := strings.Cut(report, "Not taken over:")
			for _, words := range c.words {
				if !strings.Contains(left, words) {
					t.Errorf("the report does not say %q:\n%s", words, report)
				}
			}
			if len(p.Definitions) != 1 || strings.Contains(string(p.StackFile), c.s.Name+":\n") || !strings.Contains(string(p.StackFile), "orders:\n") {
				t.Errorf("the stack file has\n%s", p.StackFile)
			}
		})
	}
}

// What CloudFormation would put back, and what cannot be imported as it is, stays its owner's.
func TestAServiceThatIsNotImportedIsLeftToItsOwner(t *testing.T) {
	for _, c := range []struct {
		name  string
		s     adopt.Service
		key   string
		words []string
	}{
		{"CloudFormation", service("web", func(s *adopt.Service) { s.Stack = "shop-web" }), "web", []string{"the CloudFormation stack shop-web has it", "put the old definition back"}},
		{"CDK's name with a load balancer", service("Shop-WebServiceD69D759B-Zx1", func(s *adopt.Service) { s.Stack, s.Balancers = "Shop", 1 }), "shop-webserviced69d759b",
			[]string{"the CloudFormation stack Shop has it", "1 load balancers"}},
		{"CODE_DEPLOY", service("web", func(s *adopt.Service) { s.Controller = "CODE_DEPLOY" }), "web", []string{"its deployment controller is CODE_DEPLOY"}},
		{"Service Connect", service("web", func(s *adopt.Service) { s.Connect = true }), "web", []string{"it uses Service Connect"}},
		{"VPC Lattice", service("web", func(s *adopt.Service) { s.Lattices = 1 }), "web", []string{"1 target groups of VPC Lattice"}},
		{"Cloud Map", service("web", func(s *adopt.Service) { s.Registered = true }), "web", []string{"Cloud Map", "web.mesh-apps-prod.apps.ecs"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := world()
			w["apps"].Clusters[0].Services = append(w["apps"].Clusters[0].Services, c.s)
			p, report := judged(t, options(), w)
			_, yours, _ := strings.Cut(report, "Yours to fill in or decide:")
			for _, words := range append(c.words, "clusters.apps-prod.services."+c.key+".deployedBy is owner") {
				if !strings.Contains(yours, words) {
					t.Errorf("the report does not say %q:\n%s", words, report)
				}
			}
			if len(p.Definitions) != 1 || strings.Contains(report, "Not taken over") || !strings.Contains(report, "Left to their owners") {
				t.Errorf("the report is\n%s", report)
			}
			want := "      " + c.key + ":\n          deployedBy: owner\n          ports:\n            - port: 8080\n              protocol: tcp\n          serviceAccount: " + c.key + "\n          exec: false\n          owned:\n"
			if c.key != c.s.Name {
				want += "            serviceName: " + c.s.Name + "\n"
			}
			want += "            family: app\n"
			if !strings.Contains(string(p.StackFile), want) {
				t.Errorf("the stack file lacks\n%s\nand is\n%s", want, p.StackFile)
			}
		})
	}
}

// A name in ECS that is no label of a hostname is kept, beside a key that is one.
func TestAServiceKeepsItsNameBesideAnotherKey(t *testing.T) {
	w := world()
	w["apps"].Clusters[0].Services = append(w["apps"].Clusters[0].Services, service("Orders_API"), service("orders-api"), service("ztunnel"))
	p, report := judged(t, options(), w)
	for key, name := range map[string]string{"orders-api-2": "Orders_API", "ztunnel-2": "ztunnel"} {
		if want := "        " + key + ":\n          taskDefinition: adopted/prod/apps-prod/" + key + ".json\n          import: unchanged\n          serviceName: " + name + "\n"; !strings.Contains(string(p.StackFile), want) {
			t.Errorf("the stack file lacks\n%s\nand is\n%s", want, p.StackFile)
		}
	}
	if strings.Contains(report, "Not taken over") || strings.Contains(string(p.StackFile), "serviceName: orders") {
		t.Errorf("the report is\n%s\nand the file\n%s", report, p.StackFile)
	}
}

func TestWhatAPersonHasToFillInOrDecide(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(o *adopt.Options, w map[string]*adopt.Facts)
		title  string
		words  []string
	}{
		{"a credential in a variable", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			w["apps"].Clusters[0].Services[0].Definition = definition(func(_, container map[string]any) {
				container["environment"] = []any{map[string]any{"name": "DB_PASSWORD", "value": marker}}
			})
		}, "Yours", []string{"clusters.apps-prod.services.orders.taskDefinition", "DB_PASSWORD looks like a credential"}},
		{"a scaled service", func(_ *adopt.Options, w map[string]*adopt.Facts) { w["apps"].Scaled = []string{"Apps-Prod/orders"} },
			"Yours", []string{"clusters.apps-prod.services.orders.scaling"}},
		{"a role of two clusters", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			withRole := func(s *adopt.Service) {
				s.TaskRole = "arn:aws:iam::111122223333:role/apps"
			}
			w["apps"].Clusters = []adopt.Cluster{cluster("one", service("orders", withRole)), cluster("two", service("orders", withRole))}
		}, "Yours", []string{"arn:aws:iam::111122223333:role/apps is the task role of one/orders, two/orders", "one role is one identity"}},
		{"networks that overlap", func(_ *adopt.Options, w map[string]*adopt.Facts) { w["pay"].Networks[0].VPC.CIDR = "10.20.0.0/16" },
			"Yours", []string{"accounts.pay.vpcCidr"}},
		{"networks of which one way is missing", func(_ *adopt.Options, w map[string]*adopt.Facts) { lead(w["apps"], "10.21.0.0/16", "pcx-1") },
			"Yours", []string{"connect: some networks are joined already", "rtb-0000002b in pay to 10.20.0.0/16 of account apps"}},
		{"a service of a stack that nobody may ask for", func(_ *adopt.Options, w map[string]*adopt.Facts) { w["apps"].StacksUnseen = "AccessDenied" },
			"Yours", []string{"nobody could ask CloudFormation in account apps", "AccessDenied"}},
		{"a tool that AWS does not show", func(*adopt.Options, map[string]*adopt.Facts) {}, "Yours", []string{"whether Terraform, Pulumi or a script has a service"}},
		{"more private subnets than zones", func(_ *adopt.Options, w map[string]*adopt.Facts) { databases(&w["pay"].Networks[0]) },
			"Yours", []string{"accounts.pay.network.privateSubnetIds", "with those of databases", "subnet-0000040b (pay-db-1)"}},
		{"networks behind a transit gateway", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			lead(w["apps"], "10.0.0.0/8", "tgw-1")
			lead(w["pay"], "10.0.0.0/8", "tgw-1")
		},
			"Yours", []string{"connect: routes of private subnets lead to tgw-1", "Check that the hub lets"}},
		{"services in two VPCs", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			w["apps"].Networks = append(w["apps"].Networks, vpc("vpc-0c", "111122223333", "10.22.0.0/16"))
			w["apps"].Clusters[0].Services = append(w["apps"].Clusters[0].Services, service("web", func(s *adopt.Service) { s.Subnets = []string{"subnet-0000000c"} }))
		}, "Yours", []string{"services run in vpc-0000000a, vpc-0000000c", "one VPC in the mesh for each region"}},
		{"an installName that IAM does not take", func(o *adopt.Options, _ map[string]*adopt.Facts) { o.Install = "My Mesh" }, "Yours", []string{"installName"}},
		{"the tag of another istiod", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			w["apps"].Clusters[0].Tags["ecs.solo.io/discovery-enabled"] = "true"
		}, "To do in the accounts", []string{"clusters.apps-prod.existing", "another istiod may discover it"}},
		{"a role that every account's tasks may take", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			role := "arn:aws:iam::111122223333:role/apps"
			w["apps"].Clusters[0].Services[0].TaskRole = role
			w["apps"].Roles = map[string]compare.Role{role: {ARN: role, Trust: `{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`}}
		}, "To do in the accounts", []string{"clusters.apps-prod.services.orders.taskRoleArn", "add the condition StringEquals aws:SourceAccount 111122223333"}},
		{"a role that every account's tasks may take, beside what a check refuses", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			role := "arn:aws:iam::111122223333:role/apps"
			w["apps"].Clusters[0].Services[0].TaskRole = role
			w["apps"].Roles = map[string]compare.Role{role: {ARN: role, Trust: `{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`}}
			w["apps"].Clusters[0].Services[0].Definition = definition(func(_, container map[string]any) {
				container["environment"] = []any{map[string]any{"name": "DB_PASSWORD", "value": marker}}
			})
		}, "To do in the accounts", []string{"clusters.apps-prod.services.orders.taskRoleArn", "add the condition StringEquals aws:SourceAccount 111122223333"}},
		{"what an owner has to do, beside networks that overlap", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			w["pay"].Networks[0].VPC.CIDR = "10.20.0.0/16"
			w["apps"].Networks[0].VPC.DNSHostnames = false
		}, "To do in the accounts", []string{"accounts.apps.network.vpcId", "enableDnsHostnames is off"}},
		{"a name with a _", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			w["apps"].Clusters[0].Services[0] = service("Orders_API")
		}, "Good to know", []string{"clusters.apps-prod.services: the names in ECS of orders-api (Orders_API) have a _", "before you enrol"}},
		{"a role that is gone", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			w["apps"].Clusters[0].Services[0].TaskRole = "arn:aws:iam::111122223333:role/apps"
		}, "To do in the accounts", []string{"clusters.apps-prod.services.orders.taskRoleArn"}},
		{"a VPC without DNS hostnames", func(_ *adopt.Options, w map[string]*adopt.Facts) { w["apps"].Networks[0].VPC.DNSHostnames = false },
			"To do in the accounts", []string{"accounts.apps.network.vpcId", "enableDnsHostnames is off"}},
		{"a full subnet", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			for id, subnet := range w["apps"].Networks[0].Subnets {
				subnet.Free = 1
				w["apps"].Networks[0].Subnets[id] = subnet
			}
		}, "To do in the accounts", []string{"free addresses"}},
		{"a cluster of another install", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			w["apps"].Clusters[0].Tags[config.InstallTag] = "blue"
		},
			"Not taken over", []string{"ECS cluster Apps-Prod of account apps", "belongs to the install blue"}},
		{"private subnets in one zone", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			for id, subnet := range w["apps"].Networks[0].Subnets {
				subnet.ZoneID = "euc1-az1"
				w["apps"].Networks[0].Subnets[id] = subnet
			}
		}, "Good to know", []string{"account apps gets a VPC from the program, 10.64.0.0/16", "vpc-0000000a has no subnets in two zones"}},
		{"the default VPC alone", func(_ *adopt.Options, w map[string]*adopt.Facts) { w["pay"].Networks[0].Default = true },
			"Good to know", []string{"account pay gets a VPC from the program", "no VPC but the default one"}},
		{"two VPCs and no service", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			w["pay"].Networks = append(w["pay"].Networks, vpc("vpc-0c", "444455556666", "10.22.0.0/16"))
		}, "Good to know", []string{"vpc-0000000b, vpc-0000000c", "--network pay=ID"}},
		{"a VPC that is not there", func(o *adopt.Options, _ map[string]*adopt.Facts) { o.Accounts[1].VPC = "vpc-0123" }, "Good to know", []string{"it has no VPC vpc-0123"}},
		{"an EKS cluster", func(_ *adopt.Options, w map[string]*adopt.Facts) { w["apps"].ControlPlanes = []string{"platform"} }, "Good to know", []string{"EKS cluster platform of account apps stays"}},
		{"a task of another mesh", func(_ *adopt.Options, w map[string]*adopt.Facts) {
			w["apps"].Clusters[0].Services[0].Definition = definition(func(task, container map[string]any) {
				container["dependsOn"] = []any{map[string]any{"containerName": "ztunnel", "condition": "HEALTHY"}}
				task["containerDefinitions"] = []any{container, map[string]any{"name": "ztunnel", "image": "example.com/ztunnel:1.28.1", "environment": []any{map[string]any{"name": "BOOTSTRAP_TOKEN", "value": marker}},
					"healthCheck": map[string]any{"command": []any{"CMD", "ztunnel", "healthcheck"}}}}
			})
		}, "Good to know", []string{"has a ztunnel container of another mesh"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, w := options(), world()
			c.change(&o, w)
			p, report := judged(t, o, w)
			_, part, _ := strings.Cut(report, c.title)
			part, _, _ = strings.Cut(part, "\n\n")
			for _, words := range c.words {
				if !strings.Contains(part, words) {
					t.Errorf("%s does not say %q:\n%s", c.title, words, report)
				}
			}
			if strings.Contains(report, marker) || strings.Contains(string(p.StackFile), marker) {
				t.Errorf("the value of a variable got out:\n%s\n%s", report, p.StackFile)
			}
		})
	}
}

// attach attaches the network of an account to a transit gateway.
func attach(f *adopt.Facts, id, gateway string) {
	f.Networks[0].Attachments = map[string]compare.Attachment{id: {Gateway: gateway, Carries: true}}
}

// A network that every VPC has behind a transit gateway leads nowhere else.
func TestASecondaryNetworkThatAnotherVPCHasTooIsUnrouted(t *testing.T) {
	w := world()
	place(w, map[string]string{"subnet-0000010a": "100.65.0.0/24"}) // tasks are there, and nobody else has the network
	p, report := judged(t, options(), w)
	file := string(p.StackFile)
	for _, words := range []string{"secondaryCidrs: [100.65.0.0/16]\n        unroutedCidrs: [100.64.0.0/16, 100.66.0.0/16]", "unroutedCidrs: [100.64.0.0/16, 100.66.0.0/16]", "privateSubnetIds: [subnet-0000010a, subnet-0000020a, subnet-0000030a]"} {
		if !strings.Contains(file, words) {
			t.Errorf("the file does not say %q:\n%s", words, file)
		}
	}
	if !strings.Contains(report, "accounts.apps.network.unroutedCidrs: 100.64.0.0/16 is in the network of account pay too") {
		t.Errorf("the report does not say why:\n%s", report)
	}
}

// place gives two accounts secondary networks of which they share two, and puts subnets of the first account there.
func place(w map[string]*adopt.Facts, subnets map[string]string) {
	w["apps"].Networks[0].VPC.Secondary = []string{"100.64.0.0/16", "100.65.0.0/16", "100.66.0.0/16"}
	w["pay"].Networks[0].VPC.Secondary = []string{"100.64.0.0/16", "100.66.0.0/16"}
	for key, net := range map[string]string{"apps": "10.20.0.0/24", "pay": "10.21.0.0/24"} {
		for id, subnet := range w[key].Networks[0].Subnets {
			subnet.CIDR = cmp.Or(subnets[id], net)
			w[key].Networks[0].Subnets[id] = subnet
		}
	}
}

// Nobody calls a task in addresses that the callers' VPC has too.
func TestSubnetsOfANetworkThatAnotherVPCHasTooAreLeftOut(t *testing.T) {
	const left = "accounts.apps.network.privateSubnetIds: the file leaves out the subnets in 100.66.0.0/16, because account pay has the same addresses"
	for name, c := range map[string]struct {
		used    []string
		subnets map[string]string
		file    []string
		report  string
	}{
		"one of those of the tasks": {[]string{"subnet-0000010a", "subnet-0000020a", "subnet-0000030a"}, map[string]string{"subnet-0000010a": "100.66.0.0/24"},
			[]string{"privateSubnetIds: [subnet-0000020a, subnet-0000030a]", "secondaryCidrs: [100.65.0.0/16]", "unroutedCidrs: [100.64.0.0/16, 100.66.0.0/16]"}, left},
		"all of the tasks' in two zones": {[]string{"subnet-0000010a", "subnet-0000020a"}, map[string]string{"subnet-0000010a": "100.66.0.0/24", "subnet-0000020a": "100.66.1.0/24", "subnet-0000040a": "10.20.4.0/24"},
			[]string{"privateSubnetIds: [subnet-0000030a, subnet-0000040a, subnet-0000050a, subnet-0000060a]", "unroutedCidrs: [100.64.0.0/16, 100.66.0.0/16]"}, left},
		"every private one": {[]string{"subnet-0000010a", "subnet-0000020a"}, map[string]string{"subnet-0000010a": "100.66.0.0/24", "subnet-0000020a": "100.66.1.0/24", "subnet-0000030a": "100.66.2.0/24"},
			[]string{"privateSubnetIds: [subnet-0000010a, subnet-0000020a]", "secondaryCidrs: [100.65.0.0/16, 100.66.0.0/16]"}, "accounts.apps.network.privateSubnetIds: tasks cannot stay in 100.66.0.0/16, because account pay has the same addresses"},
	} {
		w := world()
		if c.subnets["subnet-0000040a"] != "" {
			databases(&w["apps"].Networks[0])
		}
		place(w, c.subnets)
		w["apps"].Clusters[0].Services[0].Subnets = c.used
		lead(w["apps"], "10.0.0.0/8", "tgw-1")
		lead(w["pay"], "10.0.0.0/8", "tgw-1")
		p, report := judged(t, options(), w)
		for _, words := range c.file {
			if !strings.Contains(string(p.StackFile), words) {
				t.Errorf("%s: the file does not say %q:\n%s", name, words, p.StackFile)
			}
		}
		if !strings.Contains(report, c.report) || c.report == left && !strings.Contains(report, "the tasks of apps-prod/orders run in the named subnets") || c.report == left && strings.Contains(report, "it overlaps") {
			t.Errorf("%s: the report does not say %q:\n%s", name, c.report, report)
		}
		if asked := strings.Contains(report, "with those of databases"); asked != (c.subnets["subnet-0000040a"] != "") {
			t.Errorf("%s: the report asks which subnets are for tasks: %v", name, asked)
		}
	}
}

// A missing way is named by the network to which it is missing.
func TestAMissingWayNamesTheNetwork(t *testing.T) {
	w := world()
	place(w, map[string]string{"subnet-0000010a": "100.65.0.0/24"})
	w["apps"].Clusters[0].Services[0].Subnets = []string{"subnet-0000010a", "subnet-0000020a"}
	lead(w["apps"], "10.0.0.0/8", "tgw-1")
	lead(w["pay"], "10.0.0.0/8", "tgw-1")
	if _, report := judged(t, options(), w); !strings.Contains(report, "rtb-0000002b in pay to 100.65.0.0/16 of account apps") {
		t.Errorf("the report is\n%s", report)
	}
}

// Networks that are attached to one transit gateway, and have no routes to each other, get the routes by it.
func TestAttachedNetworksAreJoinedByTheirTransitGateway(t *testing.T) {
	const gateway, first, second = "tgw-0123456789abcdef0", "tgw-attach-0123456789abcdef0", "tgw-attach-0123456789abcdef1"
	named := "connect: transit-gateway\n  ambient-ecs:transitGateway:\n    id: " + gateway
	for name, c := range map[string]struct {
		change func(w map[string]*adopt.Facts)
		words  []string
		absent string
	}{
		"both": {func(w map[string]*adopt.Facts) { attach(w["apps"], first, gateway); attach(w["pay"], second, gateway) },
			[]string{named, "attachmentId: " + first, "attachmentId: " + second, "routeTableIds: [rtb-0000002a]", "routeTableIds: [rtb-0000002b]"}, "none"},
		"one of them": {func(w map[string]*adopt.Facts) { attach(w["apps"], first, gateway) }, []string{named, "attachmentId: " + first, "routeTableIds: [rtb-0000002b]"}, second},
		"two gateways": {func(w map[string]*adopt.Facts) {
			attach(w["apps"], first, gateway)
			attach(w["pay"], second, "tgw-0123456789abcdef1")
		}, []string{"routeTableIds: [rtb-0000002a]"}, "transitGateway"},
		"an attachment that nobody has accepted": {func(w map[string]*adopt.Facts) {
			attach(w["apps"], first, gateway)
			w["apps"].Networks[0].Attachments[first] = compare.Attachment{Gateway: gateway}
		}, []string{"routeTableIds: [rtb-0000002a]"}, "transitGateway"},
		"routes of their owners": {func(w map[string]*adopt.Facts) {
			attach(w["apps"], first, gateway)
			attach(w["pay"], second, gateway)
			lead(w["apps"], "10.0.0.0/8", gateway)
			lead(w["pay"], "10.0.0.0/8", gateway)
		}, []string{"connect: none"}, "attachmentId"},
	} {
		w := world()
		c.change(w)
		p, report := judged(t, options(), w)
		for _, words := range c.words {
			if !strings.Contains(string(p.StackFile), words) {
				t.Errorf("%s: the file does not say %q:\n%s", name, words, p.StackFile)
			}
		}
		if strings.Contains(string(p.StackFile), c.absent) {
			t.Errorf("%s: the file says %q:\n%s", name, c.absent, p.StackFile)
		}
		if by := strings.Contains(report, "connect: networks are attached to "+gateway+" already"); by != strings.Contains(string(p.StackFile), "transit-gateway") {
			t.Errorf("%s: the report:\n%s", name, report)
		}
		// Nothing but what is always left stands in the way of a preview.
		if strings.Contains(report, "attachmentId") || strings.Contains(report, "routeTableIds") {
			t.Errorf("%s: the program would refuse the file:\n%s", name, report)
		}
	}
}

// One AWS account in two regions is two entries with one id.
func TestAnAccountIsAdoptedInTwoRegions(t *testing.T) {
	o, w := options(), world()
	o.Accounts[1].ID, o.Accounts[1].Profile, o.Accounts[1].Region = o.Accounts[0].ID, o.Accounts[0].Profile, "us-east-1"
	for id, subnet := range w["pay"].Networks[0].Subnets {
		subnet.ZoneID = strings.Replace(subnet.ZoneID, "euc1", "use1", 1)
		w["pay"].Networks[0].Subnets[id] = subnet
	}
	w["pay"].Networks[0].VPC.Owner = o.Accounts[0].ID
	w["pay"].Clusters = []adopt.Cluster{cluster("Apps-Prod", service("orders", func(s *adopt.Service) { s.Subnets = []string{"subnet-0000000b"} }))}
	w["pay"].Clusters[0].ARN = "arn:aws:ecs:us-east-1:111122223333:cluster/Apps-Prod"
	p, report := judged(t, o, w)
	file := string(p.StackFile)
	for _, words := range []string{"  ambient-ecs:region: eu-central-1\n", "    pay:\n      id: \"111122223333\"\n      region: us-east-1\n      profile: apps\n", "    apps-prod:\n      account: apps\n      existing: Apps-Prod", "    apps-prod-2:\n      account: pay\n      existing: Apps-Prod"} {
		if !strings.Contains(file, words) {
			t.Errorf("the file does not say %q:\n%s", words, file)
		}
	}
	if strings.Count(file, "      region: ") != 1 {
		t.Errorf("the account of the stack's region names it:\n%s", file)
	}
	// What only Solo knows is for a person to fill in, and nothing else is refused.
	if !strings.Contains(report, "accounts.pay.discoveryValues") || strings.Contains(report, "accounts.pay.id") || strings.Contains(report, "accounts.pay.profile") {
		t.Errorf("the report:\n%s", report)
	}
}

// lead adds a route to every private table of an account.
func lead(f *adopt.Facts, to, target string) {
	for id, table := range f.Networks[0].Tables {
		if !existing.IsInternet(table.WayOut()) {
			table.Routes = append(table.Routes, existing.Route{CIDR: to, Target: target})
			f.Networks[0].Tables[id] = table
		}
	}
}

// databases adds a subnet for databases to each zone, with the way out of the private ones, as modules for VPCs make them.
func databases(n *adopt.Network) {
	suffix := strings.TrimPrefix(n.VPC.ID, "vpc-000000")
	n.Names = map[string]string{}
	for i := 1; i <= 3; i++ {
		id := fmt.Sprintf("subnet-00000%d%s", i+3, suffix)
		n.Subnets[id] = existing.Subnet{ID: id, VPC: n.VPC.ID, ZoneID: fmt.Sprintf("euc1-az%d", i), Table: "rtb-0000002" + suffix[1:], Free: 200}
		n.Names[id] = fmt.Sprintf("pay-db-%d", i)
	}
}

// A route that covers the other network joins it, unless it leads to the Internet. The most specific one counts.
func TestNetworksThatAreJoinedStayAsTheyAre(t *testing.T) {
	const core = "arn:aws:networkmanager::111122223333:core-network/core-network-1"
	for _, c := range []struct {
		name            string
		apps, pay       [][2]string // route and target
		joined, hub     bool
		replacesDefault bool
	}{
		{"a peering", [][2]string{{"10.21.0.0/16", "pcx-1"}}, [][2]string{{"10.20.0.0/16", "pcx-1"}}, true, false, false},
		{"a transit gateway for everything private", [][2]string{{"10.0.0.0/8", "tgw-1"}}, [][2]string{{"10.0.0.0/8", "tgw-1"}}, true, true, false},
		{"a transit gateway for everything", [][2]string{{"0.0.0.0/0", "tgw-1"}}, [][2]string{{"0.0.0.0/0", "tgw-1"}}, true, true, true},
		{"Cloud WAN", [][2]string{{"10.0.0.0/8", core}}, [][2]string{{"10.0.0.0/8", core}}, true, true, false},
		{"a virtual private gateway", [][2]string{{"10.0.0.0/8", "vgw-1"}}, [][2]string{{"10.0.0.0/8", "vgw-2"}}, true, true, false},
		{"an appliance in front of the other network", [][2]string{{"10.21.0.0/16", "eni-1"}}, [][2]string{{"10.20.0.0/16", "eni-2"}}, true, false, false},
		{"a hub, and a more specific way to the Internet", [][2]string{{"10.0.0.0/8", "tgw-1"}, {"10.21.0.0/16", "nat-1"}}, [][2]string{{"10.0.0.0/8", "tgw-1"}, {"10.20.0.0/16", "nat-1"}}, false, false, false},
		{"a NAT gateway for everything", nil, nil, false, false, false},
		{"an appliance for everything", [][2]string{{"0.0.0.0/0", "eni-1"}}, [][2]string{{"0.0.0.0/0", "eni-2"}}, false, false, true},
		{"a hub for other networks", [][2]string{{"172.16.0.0/12", "tgw-1"}}, [][2]string{{"172.16.0.0/12", "tgw-1"}}, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := world()
			for key, routes := range map[string][][2]string{"apps": c.apps, "pay": c.pay} {
				if c.replacesDefault {
					for id, table := range w[key].Networks[0].Tables {
						if !existing.IsInternet(table.WayOut()) {
							table.Routes = nil
							w[key].Networks[0].Tables[id] = table
						}
					}
				}
				for _, route := range routes {
					lead(w[key], route[0], route[1])
				}
			}
			p, report := judged(t, options(), w)
			if text := string(p.StackFile); strings.Contains(text, "connect: none") != c.joined || strings.Contains(text, "routeTableIds") == c.joined {
				t.Errorf("the stack file is\n%s", text)
			}
			if strings.Contains(report, "go around what the hub does") != c.hub || c.joined && strings.Contains(report, "To do in the accounts") {
				t.Error(report)
			}
		})
	}
}

// Subnets for databases have the same way out as those for tasks, and only use tells them apart.
func TestSubnetsInWhichTasksOrNodesRunAreTaken(t *testing.T) {
	w := world()
	databases(&w["apps"].Networks[0])
	w["apps"].Clusters[0].Services[0].Subnets = []string{"subnet-0000010a", "subnet-0000020a"}
	p, report := judged(t, options(), w)
	if !strings.Contains(string(p.StackFile), "privateSubnetIds: [subnet-0000010a, subnet-0000020a]\n") || strings.Contains(report, "accounts.apps.network.privateSubnetIds") {
		t.Errorf("the stack file is\n%s\n%s", p.StackFile, report)
	}
	// Tasks in one zone say too little.
	w["apps"].Clusters[0].Services[0].Subnets = []string{"subnet-0000010a"}
	if p, report = judged(t, options(), w); !strings.Contains(string(p.StackFile), "subnet-0000060a]") || !strings.Contains(report, "accounts.apps.network.privateSubnetIds") {
		t.Errorf("the stack file is\n%s\n%s", p.StackFile, report)
	}
	plane := living()
	plane.NodeSubnets = []string{"subnet-0000020a", "subnet-0000030a"}
	if p, _ = judged(t, inside(t, plane, inCluster{}), w); !strings.Contains(string(p.StackFile), "privateSubnetIds: [subnet-0000010a, subnet-0000020a, subnet-0000030a]\n") {
		t.Errorf("the stack file is\n%s", p.StackFile)
	}
}

// One role of one cluster is one identity, and the services that have it share a service account.
func TestServicesOfOneRoleAreOneIdentity(t *testing.T) {
	w := world()
	withRole := func(s *adopt.Service) {
		s.TaskRole = "arn:aws:iam::111122223333:role/apps"
	}
	w["apps"].Clusters[0].Services = []adopt.Service{service("orders", withRole), service("web", withRole), service("search")}
	p, report := judged(t, options(), w)
	if strings.Count(string(p.StackFile), "serviceAccount: orders") != 2 || strings.Count(string(p.StackFile), "taskRoleArn: arn:aws:iam::111122223333:role/apps") != 2 {
		t.Errorf("the stack file is\n%s", p.StackFile)
	}
	if !strings.Contains(report, "apps-prod/orders, apps-prod/web have the task role") || strings.Contains(report, "clusters.apps-prod.services.web.taskRoleArn") {
		t.Error(report)
	}
}

// Whatever others call their things, a file has it as data and the terminal in quotes.
func TestForeignNamesAreData(t *testing.T) {
	for _, name := range []string{
		`$(reboot)`, "`reboot`", `a"b`, `a'b`, "a\nimport: enrolled", "a: b", "- a", "{a: b}", "&a", "*a", "!!int 1", "#a", "yes", "1e3", "0755", "2024-01-31", "~", "\x1b[2J", "\u202e", "../../etc", "-rf", "",
	} {
		t.Run(name, func(t *testing.T) {
			w := world()
			w["apps"].Clusters = append(w["apps"].Clusters, cluster(name, service("web"), service(name), service("taken", func(s *adopt.Service) { s.Tags = map[string]string{config.InstallTag: name + "\x1b" + marker} })))
			w["apps"].ControlPlanes = []string{name}
			w["apps"].Groups["sg-1"] = adopt.Group{Name: name, Open: []string{"tcp 1"}}
			w["apps"].Networks[0].Tags["Name"] = name
			p, report := judged(t, options(), w)
			values, err := adopt.Values([]byte("name: "+config.Project), p.StackFile)
			if err != nil {
				t.Fatalf("%v\n%s", err, p.StackFile)
			}
			if len(values) != 6 || strings.Contains(values["ambient-ecs:clusters"], `"import":"enrolled"`) {
				t.Errorf("the name became more than a name:\n%s", p.StackFile)
			}
			for file := range p.Definitions {
				if !filepath.IsLocal(file) || strings.ContainsAny(file, "$`\"'\n\x1b ") || !strings.HasPrefix(file, "adopted/prod/") {
					t.Errorf("there is a file %q", file)
				}
			}
			for _, line := range strings.Split(report, "\n") {
				if strings.ContainsAny(line, "\x1b\u202e") || strings.HasPrefix(line, marker) || strings.HasPrefix(line, "import:") {
					t.Errorf("the terminal gets %q", line)
				}
			}
		})
	}
}

func TestNothingIsOverwrittenUnasked(t *testing.T) {
	p, _ := judged(t, options(), world())
	root := t.TempDir()
	stack, definition := filepath.Join(root, "Pulumi.prod.yaml"), filepath.Join(root, "adopted", "prod", "apps-prod", "orders.json")
	if err := p.Write(root, false); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(definition); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the task definition: %v, %v", info.Mode(), err)
	}
	text, err := os.ReadFile(definition)
	if err != nil || !strings.Contains(string(text), marker) {
		t.Errorf("the task definition has lost a variable: %v\n%s", err, text)
	}
	// A file that is left, or a link where one would be, stops everything.
	for _, there := range []string{stack, definition} {
		other := filepath.Join(t.TempDir(), "other")
		if err := os.RemoveAll(filepath.Join(root, "adopted")); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(stack); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(there), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(other, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(other, there); err != nil {
			t.Fatal(err)
		}
		err := p.Write(root, false)
		if err == nil || !strings.Contains(err.Error(), "nothing was written") || !strings.Contains(err.Error(), filepath.Base(there)) || !strings.Contains(err.Error(), "--force") {
			t.Errorf("err = %v", err)
		}
		if err := p.Write(root, true); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(other); err != nil || string(text) != "mine" {
			t.Errorf("what a link led to was changed: %v %s", err, text)
		}
		if info, err := os.Lstat(there); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s: %v %v", there, info.Mode(), err)
		}
	}
}

func TestWrongOptionsAreRefusedAtOnce(t *testing.T) {
	err := adopt.Options{Stack: "../prod", Accounts: []adopt.Account{
		{Key: "Apps", ID: "111122223333", Profile: "a", Region: "us-east-1"}, {Key: "pay", ID: "12", Profile: "b"}, {Key: "again", ID: "111122223333", Profile: "a", VPC: "subnet-1", Region: "us-east-1"},
		{Key: "third", ID: "777788889999", Profile: "a"},
	}}.Check()
	if err == nil {
		t.Fatal("it was accepted")
	}
	for _, words := range []string{`--stack "../prod"`, "--region is not set", `--account "Apps"`, "--account pay=12: an AWS account id has 12 digits", "again=111122223333: Apps is the same account in the same region", "third: it is reached with the same credentials as again", "--region Apps=us-east-1: the first account gets EKS", "--network again=subnet-1"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("it does not say %q: %v", words, err)
		}
	}
	if err := (adopt.Options{Stack: "prod", Region: "eu-central-1"}).Check(); err == nil || !strings.Contains(err.Error(), "--account is not set") {
		t.Errorf("err = %v", err)
	}
}
