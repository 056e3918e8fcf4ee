package compare_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/tests/stackfile"
)

const (
	homeID  = "111122223333"
	otherID = "444455556666"
	person  = "arn:aws:iam::" + homeID + ":user/person"
	ci      = "arn:aws:iam::" + homeID + ":role/ci/deployer"
	auditor = "arn:aws:iam::" + homeID + ":role/auditor"
)

// dev returns the configuration of the stack file dev with a change.
func dev(t testing.TB, change func(*config.Config)) config.Config {
	t.Helper()
	raw, err := stackfile.Load("../..", "dev")
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.StackFile{}.LoadIn("../..", raw)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&cfg)
	}
	return cfg
}

func trust(region, home string) string {
	return fmt.Sprintf(`{"Condition":{"StringEquals":{"aws:PrincipalTag/eks-cluster-arn":"arn:aws:eks:%s:%s:cluster/ambient"}}}`, region, home)
}

// lives returns the world after an `up` of the configuration by the person.
func lives(cfg config.Config) compare.World {
	tags := cfg.ResourceTags()
	role := compare.Role{Tags: tags, Trust: trust(cfg.Region, cfg.Accounts[cfg.Home].ID), Path: cfg.IAMPathOrDefault()}
	w := compare.World{
		Accounts: map[string]compare.Account{}, Remembered: true, Caller: person, CallerPath: true,
		Cluster: &compare.Cluster{Version: cfg.KubernetesVersion, Status: "ACTIVE", Tags: tags},
		Entries: map[string]compare.Entry{person: {}},
		Nodes: []compare.Nodes{{Name: "nodes", Version: cfg.KubernetesVersion, InstanceTypes: cfg.NodeInstanceTypes, Desired: cfg.NodeCount, DiskGiB: cfg.NodeDiskGiB,
			Tags: with(tags, "Name", cfg.Install+"-node")}},
		Services: map[string]compare.Service{}, Unseen: map[string]string{},
	}
	for _, arn := range slices.Concat(cfg.AdminPrincipals, cfg.ReaderPrincipals) {
		w.Entries[arn] = compare.Entry{Tags: tags}
	}
	for _, key := range cfg.AccountKeys() {
		account := compare.Account{Roles: map[string]compare.Role{cfg.DiscoveryRoleName(key): role}, Installs: map[string]string{"vpc-" + key: cfg.Install}, Peerings: map[string]compare.Peering{}}
		if key == cfg.Home {
			account.Roles[cfg.IstiodRoleName()] = role
		}
		for _, pair := range cfg.Pairs() {
			account.Peerings[cfg.Install+"-"+pair.Requester+"-"+pair.Accepter] = compare.Peering{
				Requester: compare.Side{Account: cfg.Accounts[pair.Requester].ID, Region: cfg.RegionOf(pair.Requester)},
				Accepter:  compare.Side{Account: cfg.Accounts[pair.Accepter].ID, Region: cfg.RegionOf(pair.Accepter)},
			}
		}
		w.Accounts[key] = account
	}
	for _, cluster := range cfg.ClusterKeys() {
		for _, service := range cfg.Clusters[cluster].ServiceKeys() {
			w.Services[cluster+"/"+service] = compare.Service{Desired: cfg.Clusters[cluster].Services[service].DesiredCountOrDefault(), LaunchType: "FARGATE", Tags: tags}
		}
	}
	return w
}

func with(tags map[string]string, key, value string) map[string]string {
	all := maps.Clone(tags)
	all[key] = value
	return all
}

// remote returns the key of the account that is not the home account.
func remote(t testing.TB, cfg config.Config) string {
	for _, key := range cfg.AccountKeys() {
		if key != cfg.Home {
			return key
		}
	}
	t.Fatal("there is one account only")
	return ""
}

func TestWhatLivesAsConfiguredAndWhatDoesNotLiveAreSilence(t *testing.T) {
	cfg := dev(t, func(c *config.Config) { c.AdminPrincipals = []string{ci}; c.ReaderPrincipals = []string{auditor} })
	scaled := lives(cfg)
	asked(&scaled, 7)
	for name, w := range map[string]compare.World{
		"nothing": {}, "nothing yet, before a first update": {Caller: person, CallerPath: true}, "all of it": lives(cfg),
		"another number of tasks, which the engine compares": scaled,
	} {
		if warnings, err := compare.Compare(cfg, w); err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v, %v", name, warnings, err)
		}
	}
}

func TestTheRangeOfKubernetesServicesIsForLife(t *testing.T) {
	cfg := dev(t, func(c *config.Config) { c.ServiceIPv4CIDR = "10.8.0.0/20" })
	for services, refused := range map[string]bool{"10.8.0.0/20": false, "": false, "172.20.0.0/16": true} {
		w := lives(cfg)
		w.Cluster.Services = services
		if _, err := compare.Compare(cfg, w); (err != nil && strings.Contains(err.Error(), "serviceIpv4Cidr") && strings.Contains(err.Error(), services+" again")) != refused {
			t.Errorf("%q: %v", services, err)
		}
	}
}

// A half-made stack lacks some parts. An update makes the rest, so Compare reports nothing.
func TestAHalfMadeStackIsSilence(t *testing.T) {
	cfg := dev(t, func(c *config.Config) { c.AdminPrincipals = []string{ci} })
	random := rand.New(rand.NewSource(1))
	for range 300 {
		w := lives(cfg)
		w.Remembered = false
		maps.DeleteFunc(w.Accounts, func(string, compare.Account) bool { return random.Intn(3) == 0 })
		for _, account := range w.Accounts {
			maps.DeleteFunc(account.Roles, func(string, compare.Role) bool { return random.Intn(2) == 0 })
			maps.DeleteFunc(account.Installs, func(string, string) bool { return random.Intn(2) == 0 })
			maps.DeleteFunc(account.Peerings, func(string, compare.Peering) bool { return random.Intn(2) == 0 })
		}
		maps.DeleteFunc(w.Services, func(string, compare.Service) bool { return random.Intn(2) == 0 })
		maps.DeleteFunc(w.Entries, func(arn string, _ compare.Entry) bool { return arn != person && random.Intn(2) == 0 })
		switch random.Intn(4) {
		case 0:
			w.Cluster, w.Nodes = nil, nil
		case 1:
			w.Cluster.Status, w.Nodes, w.Entries = "CREATING", nil, nil
		case 2:
			w.Nodes = nil
		}
		if warnings, err := compare.Compare(cfg, w); err != nil || len(warnings) > 0 {
			t.Fatalf("%+v: %v, %v", w, warnings, err)
		}
	}
}

// inRegion puts the account that is not home into a region.
func inRegion(t *testing.T, c *config.Config, region string) {
	t.Helper()
	key := remote(t, *c)
	account := c.Accounts[key]
	account.Region = region
	c.Accounts[key] = account
}

// The roles of two entries of one AWS account are all seen in both regions.
func TestASecondRegionOfTheHomeAccountIsNoOtherHome(t *testing.T) {
	cfg := dev(t, func(c *config.Config) {
		inRegion(t, c, "us-east-1")
		account := c.Accounts[remote(t, *c)]
		account.ID = homeID
		c.Accounts[remote(t, *c)] = account
	})
	w := lives(cfg)
	w.Accounts[remote(t, cfg)].Roles[cfg.IstiodRoleName()] = w.Accounts[cfg.Home].Roles[cfg.IstiodRoleName()]
	if warnings, err := compare.Compare(cfg, w); err != nil || len(warnings) > 0 {
		t.Errorf("%v, %v", warnings, err)
	}
}

func TestWhatAWSWouldRefuseIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*config.Config)
		world  func(*compare.World, config.Config)
		words  []string
	}{
		{"another region", func(c *config.Config) { c.Region = "eu-west-1" }, nil,
			[]string{`region = "eu-west-1"`, "lives in eu-central-1", "choose another installName", "set region to eu-central-1 again"}},
		{"another region of an account", func(c *config.Config) { inRegion(t, c, "us-east-1") }, nil,
			[]string{`.region = "us-east-1"`, "the peering ambient-local-external joins eu-central-1", "Set it to eu-central-1 again", "add a second entry with the same id"}},
		{"another region of an account whose tasks run", func(c *config.Config) { inRegion(t, c, "us-east-1") }, func(w *compare.World, c config.Config) {
			key := remote(t, c)
			w.Accounts[key].Roles[c.ExecutionRoleName(key)] = compare.Role{Tags: c.ResourceTags(), Path: c.IAMPathOrDefault(), Trust: `{"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:eu-west-1:` + c.Accounts[key].ID + `:*"}}}`}
		}, []string{`.region = "us-east-1"`, "starts tasks in eu-west-1", "Set it to eu-west-1 again"}},
		{"another home", func(c *config.Config) { c.Home = remote(t, *c) }, nil, []string{"home = ", "life of a stack", "account " + homeID, "Set it to local again"}},
		{"another id of the home account", func(c *config.Config) { a := c.Accounts[c.Home]; a.ID = "999988887777"; c.Accounts[c.Home] = a }, nil,
			[]string{`accounts.local.id = "999988887777"`, "Set it to " + homeID + " again"}},
		{"another id of another account", func(c *config.Config) {
			key := remote(t, *c)
			a := c.Accounts[key]
			a.ID = "999988887777"
			c.Accounts[key] = a
		}, func(w *compare.World, c config.Config) { delete(w.Accounts, remote(t, c)) }, []string{`.id = "999988887777"`, "Set it to " + otherID + " again"}},
		{"another install name", func(c *config.Config) { c.Install = "mesh" }, func(w *compare.World, _ config.Config) {
			w.Cluster = nil
			for key, account := range w.Accounts {
				account.Roles, account.Peerings = nil, nil
				w.Accounts[key] = account
			}
		}, []string{`installName = "mesh"`, "as the install ambient", "Set it to ambient again"}},
		{"another path", func(c *config.Config) { c.IAMPath = "/platform/" }, nil,
			[]string{`iamPath = "/platform/"`, "has the path /", "life of a stack", "Set it to / again"}},
		{"roles of somebody else", nil, func(w *compare.World, c config.Config) {
			w.Accounts[c.Home].Roles[c.DiscoveryRoleName(c.Home)] = compare.Role{Tags: map[string]string{}}
		}, []string{`installName = "ambient"`, "ambient-discovery-local", "do not belong to this install"}},
		{"a cluster of somebody else", nil, func(w *compare.World, _ config.Config) { w.Cluster.Tags = nil }, []string{"EKS cluster of this name"}},
		{"two versions up", func(c *config.Config) { c.KubernetesVersion = "1.35" }, func(w *compare.World, _ config.Config) { w.Cluster.Version = "1.33" },
			[]string{`kubernetesVersion = "1.35"`, "has 1.33", "bring up 1.34 first"}},
		{"a version down", func(c *config.Config) { c.KubernetesVersion = "1.32" }, func(w *compare.World, _ config.Config) { w.Cluster.Version = "1.33" },
			[]string{`kubernetesVersion = "1.32"`, "never goes back"}},
		{"who makes the cluster is listed", func(c *config.Config) { c.AdminPrincipals = []string{ci} }, func(w *compare.World, _ config.Config) {
			*w = compare.World{Caller: "arn:aws:iam::" + homeID + ":role/deployer", CallerPath: false}
		}, []string{"clusterAdmins[0]", "about to make the cluster", "Take it out"}},
		{"who made the cluster is listed later", func(c *config.Config) { c.AdminPrincipals = []string{person} }, func(w *compare.World, _ config.Config) {
			w.Entries[person] = compare.Entry{}
		}, []string{"clusterAdmins[0]", "access entry that this stack did not make", "keeps its access"}},
		{"who made the cluster, as its tag says, is listed later", func(c *config.Config) { c.AdminPrincipals = []string{person} }, func(w *compare.World, _ config.Config) {
			w.Cluster.Creator = person
		}, []string{"clusterAdmins[0]", "it made the cluster", "keeps its access"}},
		{"a principal that somebody else let in is listed", func(c *config.Config) { c.AdminPrincipals = []string{ci} }, func(w *compare.World, _ config.Config) {
			w.Cluster.Creator, w.Entries[ci] = person, compare.Entry{}
		}, []string{"clusterAdmins[0]", "somebody added it (" + person + " made the cluster)", "aws eks delete-access-entry --region eu-central-1 --cluster-name ambient --principal-arn " + ci}},
		{"the caller takes itself out", nil, func(w *compare.World, c config.Config) {
			w.Caller = ci
			w.Entries[ci] = compare.Entry{Tags: c.ResourceTags()}
		}, []string{"clusterAdmins is not set", "must list " + ci, "let another administrator run"}},
		{"the caller has no entry", nil, func(w *compare.World, _ config.Config) { w.Caller = ci },
			[]string{"no access entry of the EKS cluster ambient", "clusterAdmins", "aws eks create-access-entry --region eu-central-1 --cluster-name ambient --principal-arn " + ci}},
		{"scaling around another number", scales, func(w *compare.World, _ config.Config) { asked(w, 7) },
			[]string{`clusters.ecs-1.services.echo-service.scaling = "min 1, max 4"`, "AWS is asked for 7 tasks", "without scaling"}},
		{"scaling that leaves another number", nil, func(w *compare.World, _ config.Config) { asked(w, 7, config.ScalingTag) },
			[]string{"clusters.ecs-1.services.echo-service.desiredCount = 1", "the scaler left 7 tasks", "Set desiredCount to 7"}},
		{"a strategy for a service with a launch type", spots, nil,
			[]string{"echo-service.capacityProviderStrategy is new for a service that lives", "aws ecs put-cluster-capacity-providers", "aws ecs update-service --region eu-central-1 --cluster ambient-ecs-1 --service echo-service --force-new-deployment --capacity-provider-strategy capacityProvider=FARGATE,base=1,weight=0 capacityProvider=FARGATE_SPOT,base=0,weight=1", "pulumi refresh"}},
		{"a launch type for a service with a strategy", nil, func(w *compare.World, _ config.Config) {
			w.Services["ecs-1/echo-service"] = compare.Service{Desired: 1}
		}, []string{"echo-service.capacityProviderStrategy is gone from a service that lives", "--capacity-provider-strategy '[]'", "pulumi refresh"}},
		{"the caller only reads", func(c *config.Config) { c.ReaderPrincipals = []string{ci} }, func(w *compare.World, c config.Config) {
			w.Caller, w.Entries[ci] = ci, compare.Entry{Tags: c.ResourceTags()}
		}, []string{"clusterReaders[0]", "can change nothing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := dev(t, nil)
			w := lives(before)
			after := dev(t, c.change)
			if c.world != nil {
				c.world(&w, after)
			}
			_, err := compare.Compare(after, w)
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, word := range c.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the refusal does not say %q:\n%v", word, err)
				}
			}
			if n := strings.Count(err.Error(), "\n"); n > 0 {
				t.Errorf("%d problems for one change:\n%v", n+1, err)
			}
		})
	}
}

// asked changes the number of tasks that AWS is asked for, and the tags of the service.
func asked(w *compare.World, tasks int, tags ...string) {
	living := compare.Service{Desired: tasks, LaunchType: "FARGATE", Tags: map[string]string{}}
	for _, tag := range tags {
		living.Tags[tag] = "true"
	}
	w.Services["ecs-1/echo-service"] = living
}

// echoes changes the service of the dev stack that these tests are about.
func echoes(c *config.Config, change func(*config.Service)) {
	s := c.Clusters["ecs-1"].Services["echo-service"]
	change(&s)
	c.Clusters["ecs-1"].Services["echo-service"] = s
}

func scales(c *config.Config) {
	one, four, half := 1, 4, 50
	echoes(c, func(s *config.Service) { s.Scaling = &config.Scaling{Min: &one, Max: &four, CPU: &half} })
}

func spots(c *config.Config) {
	echoes(c, func(s *config.Service) {
		s.CapacityProviderStrategy = []config.CapacityProvider{{CapacityProvider: config.OnDemand, Base: 1}, {CapacityProvider: config.Spot, Weight: 1}}
	})
}

func TestWhatTheScalerChoosesIsSilence(t *testing.T) {
	scaling, fixed := dev(t, scales), dev(t, nil)
	for _, c := range []struct {
		name string
		cfg  config.Config
		do   func(*compare.World)
	}{
		{"switched on within the bounds", scaling, func(w *compare.World) { asked(w, 3) }},
		{"scaled", scaling, func(w *compare.World) { asked(w, 4, config.ScalingTag) }},
		{"beyond bounds that are new", scaling, func(w *compare.World) { asked(w, 9, config.ScalingTag) }},
		{"switched off at the number that it left", fixed, func(w *compare.World) { asked(w, 1, config.ScalingTag) }},
		{"on strategies already", dev(t, spots), func(w *compare.World) { w.Services["ecs-1/echo-service"] = compare.Service{Desired: 1} }},
	} {
		w := lives(fixed)
		c.do(&w)
		if warnings, err := compare.Compare(c.cfg, w); err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v, %v", c.name, warnings, err)
		}
	}
}

func TestAllIsToldAtOnce(t *testing.T) {
	w := lives(dev(t, nil))
	w.Cluster.Version, w.Caller = "1.31", ci
	_, err := compare.Compare(dev(t, func(c *config.Config) { c.Region = "eu-west-1" }), w)
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("want region, version and caller: %v", err)
	}
}

// The person hands over to CI, and back. Only a caller with an access entry can run.
func TestPersonAndCITakeTurns(t *testing.T) {
	listed := dev(t, func(c *config.Config) { c.AdminPrincipals = []string{ci} })
	w := lives(listed)
	for _, caller := range []string{person, ci, person} {
		w.Caller = caller
		if warnings, err := compare.Compare(listed, w); err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v, %v", caller, warnings, err)
		}
	}
	// The person may remove CI's entry. CI may not.
	unlisted := dev(t, nil)
	for caller, want := range map[string]bool{person: true, ci: false} {
		w.Caller = caller
		if _, err := compare.Compare(unlisted, w); (err == nil) != want {
			t.Errorf("%s takes CI out of the list: %v", caller, err)
		}
	}
}

// encrypt gives the nodes' volumes a key.
func encrypt(c *config.Config, key string) {
	c.Accounts = maps.Clone(c.Accounts)
	account := c.Accounts[c.Home]
	account.Keys.Volumes = key
	c.Accounts[c.Home] = account
}

func TestNodesWhoseVolumesHaveTheirKeyStay(t *testing.T) {
	for living, wanted := range map[string]string{"": "", "arn:aws:kms:eu-central-1:111122223333:key/a": config.OwnKey, "arn:aws:kms:eu-central-1:111122223333:key/b": "arn:aws:kms:eu-central-1:111122223333:key/b"} {
		w, after := lives(dev(t, nil)), dev(t, func(c *config.Config) { encrypt(c, wanted) })
		w.Nodes[0].VolumeKey = living
		if warnings, err := compare.Compare(after, w); err != nil || len(warnings) > 0 {
			t.Errorf("%q for %q: %v %v", living, wanted, warnings, err)
		}
	}
}

// moreNodes is one more node group with a disk of its own.
func moreNodes(disk int) map[string]config.NodeGroup {
	return map[string]config.NodeGroup{"big-one": {InstanceTypes: []string{"m7i.large"}, DiskGiB: disk}}
}

// What an autoscaler does within its bounds is its own business. A group that is to go is nobody's any more.
func TestAnAutoscalerOwnsTheNumberOfNodes(t *testing.T) {
	cfg := dev(t, func(c *config.Config) { c.NodeAutoscaling = true })
	for desired, refused := range map[int]bool{cfg.NodeCount - 1: true, cfg.NodeCount: false, cfg.NodeCount + 1: false, cfg.NodeCountMax: false, cfg.NodeCountMax + 1: true} {
		w := lives(cfg)
		w.Nodes[0].Desired = desired
		w.Nodes = append(w.Nodes, compare.Nodes{Name: "eks-nodes-gone-0a1b2c3", Version: "1.30", Desired: 9})
		warnings, err := compare.Compare(cfg, w)
		if (err != nil) != refused || len(warnings) > 0 || refused && !strings.Contains(err.Error(), fmt.Sprintf("the autoscaler left %d nodes", desired)) {
			t.Errorf("%d nodes: %v %q", desired, err, warnings)
		}
	}
}

func TestWhatHappensWithoutAWordIsWarnedOf(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*config.Config)
		world  func(*compare.World, config.Config)
		words  []string
	}{
		{"a tag more", func(c *config.Config) { c.Tags = map[string]string{"team": "mesh"} }, nil, []string{"Every node", "the tag team"}},
		{"a larger disk", func(c *config.Config) { c.NodeDiskGiB += 10 }, nil, []string{"Every node", "nodeDiskGiB"}},
		{"a key for volumes", func(c *config.Config) { encrypt(c, config.OwnKey) }, nil, []string{"Every node", "accounts.local.keys.volumes, now AWS's own key"}},
		{"another key for volumes", func(c *config.Config) { encrypt(c, "arn:aws:kms:eu-central-1:111122223333:key/b") }, func(w *compare.World, _ config.Config) {
			w.Nodes[0].VolumeKey = "arn:aws:kms:eu-central-1:111122223333:key/a"
		}, []string{"Every node", "keys.volumes, now arn:aws:kms:eu-central-1:111122223333:key/a"}},
		{"AWS's own key for volumes again", nil, func(w *compare.World, _ config.Config) {
			w.Nodes[0].VolumeKey = "arn:aws:kms:eu-central-1:111122223333:key/a"
		}, []string{"Every node", "keys.volumes"}},
		{"a version up", func(c *config.Config) { c.KubernetesVersion = "1.34" }, func(w *compare.World, _ config.Config) {
			w.Cluster.Version, w.Nodes[0].Version = "1.33", "1.33"
		}, []string{"Every node", "kubernetesVersion, now 1.33"}},
		{"another release of the image", func(c *config.Config) { c.NodeReleaseVersion = "1.34.2-20251120" }, func(w *compare.World, _ config.Config) {
			w.Nodes[0].ReleaseVersion = "1.34.1-20251016"
		}, []string{"Every node", "nodeReleaseVersion, now 1.34.1-20251016"}},
		{"a larger disk of one more group", func(c *config.Config) { c.NodeGroups = moreNodes(50) }, func(w *compare.World, c config.Config) {
			w.Nodes = append(w.Nodes, compare.Nodes{Name: "eks-nodes-big-one-0a1b2c3", Version: c.KubernetesVersion, InstanceTypes: []string{"m7i.large"}, Desired: 1, DiskGiB: 40})
		}, []string{"Every node of the group eks-nodes-big-one-0a1b2c3", "nodeGroups.big-one.diskGiB, now 40"}},
		{"one more group scaled from outside", func(c *config.Config) { c.NodeGroups = moreNodes(50) }, func(w *compare.World, c config.Config) {
			w.Nodes = append(w.Nodes, compare.Nodes{Name: "eks-nodes-big-one-0a1b2c3", InstanceTypes: []string{"m7i.large"}, Desired: 4})
		}, []string{"eks-nodes-big-one-0a1b2c3 has 4 nodes and nodeGroups.big-one.desired says 1"}},
		{"far fewer nodes", nil, func(w *compare.World, c config.Config) { w.Nodes[0].Desired = c.NodeCount + 2 }, []string{"ends the others at once", "one at a time"}},
		{"an old image that nobody pins", func(c *config.Config) { c.NodeReleaseVersion = "" }, func(w *compare.World, _ config.Config) {
			w.Nodes[0].ReleaseVersion = "1.34.1-20250101"
		}, []string{"nodeReleaseVersion: the nodes of the group nodes have an image of ", " days ago, 1.34.1-20250101"}},
		{"nodes scaled from outside", nil, func(w *compare.World, c config.Config) { w.Nodes[0].Desired = c.NodeCount + 3 }, []string{"nodeCount", "5 nodes"}},
		{"what may not be looked at", nil, func(w *compare.World, _ config.Config) {
			w.Unseen["IAM roles"] = "AccessDenied"
		}, []string{"Not compared", "IAM roles", "AccessDenied", "deployer-policy"}},
		{"a state of what is nowhere", nil, func(w *compare.World, _ config.Config) {
			*w = compare.World{Remembered: true}
		}, []string{"Pulumi has a state", homeID, "for life"}},
		{"nobody else may reach the cluster", nil, func(w *compare.World, _ config.Config) {
			*w = compare.World{Caller: person, CallerPath: true}
		}, []string{person, "only administrator", "clusterAdmins"}},
		{"nobody else may reach a cluster that lives", func(c *config.Config) { c.Protect = true }, func(w *compare.World, _ config.Config) { w.Cluster.Creator = person },
			[]string{person, "which made the EKS cluster", "only administrator", "clusterAdmins"}},
		{"a caller that neither made the cluster nor is listed, and may not read the entries", func(c *config.Config) { c.AdminPrincipals = []string{auditor} }, func(w *compare.World, _ config.Config) {
			w.Caller, w.Cluster.Creator, w.Entries = ci, person, nil
			w.Unseen[compare.EntriesSubject] = "AccessDenied"
		}, []string{ci, "did not make the cluster", "clusterAdmins does not list it", "create-access-entry"}},
		{"a role whose path nobody tells", nil, func(w *compare.World, _ config.Config) {
			w.Caller, w.CallerPath = "arn:aws:iam::"+homeID+":role/deployer", false
		}, []string{"its path is not known", "create-access-entry"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, after := lives(dev(t, nil)), dev(t, c.change)
			if c.world != nil {
				c.world(&w, after)
			}
			warnings, err := compare.Compare(after, w)
			if w.Unseen[compare.EntriesSubject] != "" { // "not compared" stands beside it
				warnings = slices.DeleteFunc(warnings, func(s string) bool { return strings.HasPrefix(s, "Not compared") })
			}
			if err != nil || len(warnings) != 1 {
				t.Fatalf("want one warning: %q, %v", warnings, err)
			}
			for _, word := range c.words {
				if !strings.Contains(warnings[0], word) {
					t.Errorf("the warning does not say %q:\n%s", word, warnings[0])
				}
			}
		})
	}
}

// From any living version an update goes to the same version or to the next one.
func TestVersionsGoUpOneByOne(t *testing.T) {
	for is := 29; is < 36; is++ {
		for want := 29; want < 36; want++ {
			w := lives(dev(t, nil))
			w.Nodes, w.Cluster.Version = nil, fmt.Sprintf("1.%d", is)
			cfg := dev(t, nil)
			cfg.KubernetesVersion = fmt.Sprintf("1.%d", want)
			if _, err := compare.Compare(cfg, w); (err == nil) != (want == is || want == is+1) {
				t.Errorf("1.%d after 1.%d: %v", want, is, err)
			}
		}
	}
}

func FuzzARoleIsTheSameWithAndWithoutItsPath(f *testing.F) {
	f.Add("team/ops", "me")
	f.Add("deployer", "aws-go-sdk-1700000000")
	f.Add("aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_Admin_0123456789abcdef", "me@example.com")
	f.Fuzz(func(t *testing.T, resource, session string) {
		if resource == "" || strings.HasSuffix(resource, "/") || strings.ContainsAny(resource, ":") || strings.ContainsAny(session, "/:") || session == "" {
			return
		}
		name := resource[strings.LastIndex(resource, "/")+1:]
		role, got := compare.RoleOfSession("arn:aws:sts::" + homeID + ":assumed-role/" + name + "/" + session)
		if got != name || !compare.Same(role, "arn:aws:iam::"+homeID+":role/"+resource) {
			t.Errorf("the session of %s is of %s", resource, role)
		}
		for _, other := range []string{"arn:aws:iam::" + otherID + ":role/" + resource, "arn:aws:iam::" + homeID + ":user/" + resource, "arn:aws:iam::" + homeID + ":role/" + resource + "x"} {
			if compare.Same(role, other) {
				t.Errorf("%s and %s are taken for the same", role, other)
			}
		}
	})
}

// refuses asserts that an error says all of the words, or that there is none without words. It reports whether there is one as wanted.
func refuses(t *testing.T, name string, err error, words []string) bool {
	t.Helper()
	if (err != nil) != (words != nil) {
		t.Errorf("%s: %v", name, err)
		return false
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v does not say %q", name, err, word)
		}
	}
	return true
}

// says asserts that a comparison refuses and warns with the words, and does neither without.
func says(t *testing.T, cfg config.Config, w compare.World, refused, warned []string) {
	t.Helper()
	warnings, err := compare.Compare(cfg, w)
	refuses(t, t.Name(), err, refused)
	if (len(warnings) > 0) != (warned != nil) {
		t.Errorf("it warns %q", warnings)
	}
	for _, word := range warned {
		if !strings.Contains(strings.Join(warnings, "\n"), word) {
			t.Errorf("%q is not in %q", word, warnings)
		}
	}
}

// A preview of a stack whose state was lost shows creations only, as one of a new stack does.
func TestAnInstallThatTheStateDoesNotKnowIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		forgotten, imports, others, said bool
	}{"a new stack": {true, false, true, false}, "a state that was lost": {true, false, false, true}, "what is imported": {true, true, false, false}, "a stack that lives": {false, false, false, false}} {
		cfg := dev(t, func(cfg *config.Config) {
			if c.imports {
				cfg.Imports = map[string]string{"aws:ec2/vpc:Vpc::vpc-local": "vpc-1"}
			}
		})
		w := lives(cfg)
		w.Remembered, w.Forgotten = !c.forgotten, c.forgotten
		if c.others {
			w.Accounts, w.Cluster = map[string]compare.Account{}, nil
		}
		warnings, _ := compare.Compare(cfg, w)
		if said := strings.Contains(strings.Join(warnings, "\n"), "Pulumi has no state of it in this stack"); said != c.said {
			t.Errorf("%s: %q", name, warnings)
		}
	}
}
