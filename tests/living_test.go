package tests

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/iam/actions"
	"ambient-ecs/iam/policy"
	"ambient-ecs/quota"
	"ambient-ecs/tests/recorder"
)

const clusterLookup = "aws:eks/getCluster:getCluster"

// answering gives other answers to some look-ups. By default nothing exists.
func answering(answers map[string]func(args map[string]any) (map[string]any, error)) func(*recorder.Options) {
	return func(o *recorder.Options) {
		o.Invoke = func(token string, args map[string]any) (map[string]any, error) {
			if answer := answers[token]; answer != nil {
				return answer(args)
			}
			return invoke(token, args)
		}
	}
}

type answers = map[string]func(map[string]any) (map[string]any, error)

func gives(answer map[string]any) func(map[string]any) (map[string]any, error) {
	return func(map[string]any) (map[string]any, error) { return answer, nil }
}

func fails(text string) func(map[string]any) (map[string]any, error) {
	return func(map[string]any) (map[string]any, error) { return nil, errors.New(text) }
}

// living returns the answers of a home account in which the dev stack's cluster lives. The caller has no access
// entry.
func living() answers {
	install := map[string]any{config.InstallTag: "ambient"}
	return answers{
		clusterLookup:                           gives(map[string]any{"version": "1.35", "status": "ACTIVE", "tags": install, "vpcConfig": map[string]any{}}),
		"aws:eks/getAccessEntry:getAccessEntry": fails("invoking aws:eks/getAccessEntry:getAccessEntry: 1 error occurred:\n\t* reading EKS Access Entry: couldn't find resource\n\n"),
		"aws:eks/getNodeGroups:getNodeGroups":   gives(map[string]any{"names": []any{}}),
		"aws:ecs/getService:getService":         fails("no matching ECS Service found"),
	}
}

// A caller without access to the cluster gets an error before anything but the providers is registered.
func TestACallerWithoutAccessChangesNothing(t *testing.T) {
	for _, preview := range []bool{true, false} {
		r := Record(t, "dev", func(o *recorder.Options) {
			o.Preview = preview
			answering(living())(o)
		})
		if r.Err == nil || !strings.Contains(strings.Join(r.Errors, "\n"), Caller) || !strings.Contains(strings.Join(r.Errors, "\n"), "no access entry") {
			t.Errorf("preview %v: %v %q", preview, r.Err, r.Errors)
		}
		for _, res := range r.Resources {
			if res.Type != "pulumi:pulumi:Stack" && res.Type != "pulumi:providers:aws" {
				t.Errorf("preview %v: %s %s was registered", preview, res.Type, res.Name)
			}
		}
	}
}

// A lost state gives the previews of a new stack, and AWS still has the old one.
func TestAPreviewWithoutTheStateOfALivingInstallSaysSo(t *testing.T) {
	for _, owner := range []string{"ambient", ""} {
		r := Record(t, "dev", func(o *recorder.Options) {
			o.Preview = true
			answering(answers{"aws:iam/getRole:getRole": func(args map[string]any) (map[string]any, error) {
				if owner == "" || args["name"] != "ambient-istiod" {
					return fails("reading IAM Role: couldn't find resource")(args)
				}
				return map[string]any{"arn": "arn:aws:iam::111122223333:role/ambient-istiod", "path": "/", "tags": map[string]any{config.InstallTag: owner}}, nil
			}})(o)
		})
		if said := strings.Contains(strings.Join(r.Warnings, "\n"), "with the roles ambient-istiod, and Pulumi has no state of it in this stack"); said != (owner != "") {
			t.Errorf("a role of %q: %v %q", owner, r.Err, r.Warnings)
		}
	}
}

// In the first preview of a stack, another install may live in the account. It is none of this stack's.
func TestAFirstPreviewTakesNoVPCForItsOwn(t *testing.T) {
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		o.Preview = true
		answering(answers{"aws:ec2/getVpcs:getVpcs": func(args map[string]any) (map[string]any, error) {
			if tags, _ := args["tags"].(map[string]any); tags[config.StackTag] != nil {
				t.Errorf("the program looks for the VPCs of a stack that has none: %v", tags)
			}
			return map[string]any{"ids": []any{}}, nil
		}})(o)
	}))
	for _, warning := range r.Warnings {
		if strings.Contains(warning, "Pulumi has a state of this stack") {
			t.Error(warning)
		}
	}
}

// A caller who may not look something up goes on, with a warning for each kind of look-up.
func TestWhoMayNotLookIsWarned(t *testing.T) {
	all := living()
	all[clusterLookup] = fails("operation error EKS: DescribeCluster, https response error StatusCode: 403, api error AccessDeniedException: User: x is not authorized to perform: eks:DescribeCluster")
	all["aws:iam/getRole:getRole"] = fails("api error AccessDenied: User: x is not authorized to perform: iam:GetRole on resource: role r because no identity-based policy allows the action")
	all["aws:ec2/getVpcs:getVpcs"] = fails("api error UnauthorizedOperation: You are not authorized to perform this operation.")
	r := succeed(t, Record(t, "dev", answering(all)))
	for _, subject := range []string{"the EKS cluster", "IAM roles", "VPCs"} {
		if n := len(slices.DeleteFunc(slices.Clone(r.Warnings), func(w string) bool { return !strings.Contains(w, "Not compared with what lives: "+subject+".") })); n != 1 {
			t.Errorf("%d warnings of %s: %q", n, subject, r.Warnings)
		}
	}
}

// AWS says which zones there are. The nodes are compared with the zones that the program chooses, and zones of the stack file with those of the region.
func TestZonesAreThoseThatAWSOffers(t *testing.T) {
	const zones, offerings = "aws:index/getAvailabilityZones:getAvailabilityZones", "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"
	denied := fails("api error UnauthorizedOperation: You are not authorized to perform this operation.")
	for name, c := range map[string]struct {
		zoneIDs         string
		answers         answers
		refused, warned string
	}{
		"chosen":                           {"", nil, "", ""},
		"chosen, without the type":         {"", answers{offerings: gives(map[string]any{"instanceTypes": []any{"t3.large"}, "locations": []any{"euc1-az4"}})}, "in no zone of the group, only in euc1-az4", ""},
		"chosen, in some without the type": {"", answers{offerings: gives(map[string]any{"instanceTypes": []any{"t3.large"}, "locations": []any{"euc1-az2"}})}, "", "EC2 does not have t3.large in euc1-az1, euc1-az3"},
		"chosen by who may not look":       {"", answers{zones: denied}, "ec2:DescribeAvailabilityZones", ""},
		"named by who may not look":        {`["euc1-az1","euc1-az2","euc1-az9"]`, answers{zones: denied}, "", "Not compared with what lives: availability zones."},
		"named, and not there":             {`["euc1-az1","euc1-az2","euc1-az9"]`, nil, `zoneIds[2] = "euc1-az9"`, ""},
	} {
		r := Record(t, "dev", func(o *recorder.Options) {
			answering(c.answers)(o)
			if c.zoneIDs != "" {
				o.Config[config.Project+":zoneIds"] = c.zoneIDs
			}
		})
		if message := strings.Join(r.Errors, "\n"); (r.Err != nil) != (c.refused != "") || !strings.Contains(message, c.refused) {
			t.Errorf("%s: %v %s", name, r.Err, message)
		}
		if c.refused != "" && len(r.OfType("aws:ec2/vpc:Vpc")) > 0 {
			t.Errorf("%s: refused after a VPC was registered", name)
		}
		if warnings := strings.Join(r.Warnings, "\n"); !strings.Contains(warnings, c.warned) {
			t.Errorf("%s: warns %s", name, warnings)
		}
	}
}

// Service Quotas is asked only for what a stack needs beyond a default, and only where the deployer may and wants to.
func TestQuotasAreAskedForWhereADefaultIsNotEnough(t *testing.T) {
	const token = "aws:servicequotas/getServiceQuota:getServiceQuota"
	if !slices.ContainsFunc(actions.All, func(n actions.Need) bool { return n.Type == token }) {
		t.Errorf("the deployer's policies do not know %s", token)
	}
	var sixty []string
	for i := range 60 {
		sixty = append(sixty, fmt.Sprintf(`"10.200.%d.0/24"`, i))
	}
	raised := gives(map[string]any{"value": 200, "defaultValue": 60})
	for name, c := range map[string]struct {
		off, enough bool
		answer      func(map[string]any) (map[string]any, error)
		asked       int
		words       []string
	}{
		"defaults that are enough": {false, true, raised, 0, nil},
		"raised":                   {false, false, raised, 1, nil},
		"raised too little":        {false, false, gives(map[string]any{"value": 65.0}), 1, []string{"AWS allows account local 65 Inbound"}},
		"switched off":             {true, false, raised, 0, []string{"AWS allows 60 Inbound or outbound rules in each security group by default"}},
		"by who may not ask":       {false, false, fails("api error AccessDeniedException: User: x is not authorized to perform: servicequotas:GetAWSDefaultServiceQuota"), 1, []string{"Not compared with what lives: service quotas.", "60 Inbound or outbound rules in each security group by default"}},
	} {
		var lock sync.Mutex
		var asked []string
		r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
			answering(answers{token: func(args map[string]any) (map[string]any, error) {
				lock.Lock()
				asked = append(asked, fmt.Sprint(args["serviceCode"], "/", args["quotaCode"]))
				lock.Unlock()
				return c.answer(args)
			}})(o)
			if !c.enough {
				o.Config[config.Project+":apiPrivateCidrs"] = "[" + strings.Join(sixty, ",") + "]"
			}
			if c.off {
				o.Config[config.Project+":quotaLookUps"] = "false"
			}
		}))
		if len(asked) != c.asked || c.asked > 0 && asked[0] != quota.RulesPerGroup.Code {
			t.Errorf("%s: asked for %v", name, asked)
		}
		warnings := strings.Join(r.Warnings, "\n")
		for _, word := range c.words {
			if !strings.Contains(warnings, word) {
				t.Errorf("%s: %q does not say %q", name, warnings, word)
			}
		}
		if c.words == nil && strings.Contains(warnings, "AWS allows") {
			t.Errorf("%s: %s", name, warnings)
		}
	}
}

// An answer that is neither an absence nor a refusal stops the program: the credentials are wrong, or AWS cannot be
// reached.
func TestALookUpThatFailsStopsTheProgram(t *testing.T) {
	r := Record(t, "dev", answering(answers{clusterLookup: fails("AWS account ID not allowed: 999988887777")}))
	if r.Err == nil || !strings.Contains(strings.Join(r.Errors, "\n"), "look up the EKS cluster in account local") {
		t.Errorf("%v: %q", r.Err, r.Errors)
	}
	if n := len(r.OfType("aws:ec2/vpc:Vpc")); n != 0 {
		t.Errorf("%d VPCs were registered", n)
	}
}

// The deployer's policies cover each look-up of the program, and each look-up uses an account's own provider.
func TestEachLookUpIsInTheDeployersPolicy(t *testing.T) {
	known := map[string]bool{}
	for _, need := range actions.All {
		known[need.Type] = true
	}
	all := living()
	all["aws:eks/getNodeGroups:getNodeGroups"] = gives(map[string]any{"names": []any{"nodes"}})
	all["aws:eks/getNodeGroup:getNodeGroup"] = gives(map[string]any{"tags": map[string]any{config.InstallTag: "ambient"}, "scalingConfigs": []any{map[string]any{"desiredSize": 9}},
		"launchTemplates": []any{map[string]any{"id": "lt-1"}}})
	all["aws:ec2/getLaunchTemplate:getLaunchTemplate"] = gives(map[string]any{"tagSpecifications": []any{map[string]any{"resourceType": "instance", "tags": map[string]any{"gone": "x"}}},
		"blockDeviceMappings": []any{map[string]any{"ebs": []any{map[string]any{"volumeSize": 20}}}}})
	all["aws:ecs/getService:getService"] = gives(map[string]any{"desiredCount": 1, "launchType": "FARGATE"})
	all["aws:eks/getAccessEntry:getAccessEntry"] = gives(map[string]any{"tags": map[string]any{}})
	var asking sync.Mutex
	asked := map[string]bool{}
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		answering(all)(o)
		answer := o.Invoke
		o.Invoke = func(token string, args map[string]any) (map[string]any, error) {
			asking.Lock()
			asked[token] = true
			asking.Unlock()
			return answer(token, args)
		}
	}))
	for token := range asked {
		if !known[token] {
			t.Errorf("the deployer's policies do not know %s", token)
		}
	}
	for token := range all {
		if !asked[token] {
			t.Errorf("the program did not ask %s", token)
		}
	}
	warnings := strings.Join(r.Warnings, "\n")
	for _, words := range []string{"Every node of the group nodes is replaced", "the tag gone", "nodeDiskGiB, now 20", "has 9 nodes"} {
		if !strings.Contains(warnings, words) {
			t.Errorf("no warning says %q:\n%s", words, warnings)
		}
	}
}

// Every name that the program would take is looked for, whichever part of the configuration asks for the role.
func TestARoleOfSomebodyElseIsNotTaken(t *testing.T) {
	for _, name := range []string{"ambient-ecs-1-ecs", "ambient-prometheus", "ambient-load-balancer-controller", "ambient-flow-logs-external"} {
		made := false
		options := func(o *recorder.Options) {
			seeing(o)
			o.Config[config.Project+":gatewayLoadBalancers"] = `["controller"]`
			o.Config[config.Project+":flowLogs"] = `{"enabled": true}`
		}
		for _, role := range succeed(t, Record(t, "dev", options)).OfType("aws:iam/role:Role") {
			made = made || role.Inputs["name"] == name
		}
		r := Record(t, "dev", func(o *recorder.Options) {
			options(o)
			answering(answers{"aws:iam/getRole:getRole": func(args map[string]any) (map[string]any, error) {
				if args["name"] == name {
					return map[string]any{"name": name, "assumeRolePolicy": "{}", "tags": map[string]any{"owner": "somebody"}}, nil
				}
				return nil, fmt.Errorf("reading IAM Role (%v): couldn't find resource", args["name"])
			}})(o)
		})
		if message := strings.Join(r.Errors, "\n"); !made || r.Err == nil || !strings.Contains(message, name) || !strings.Contains(message, "Choose another installName") {
			t.Errorf("%s: made %t, %v: %s", name, made, r.Err, message)
		}
	}
}

// The region and the install of a role are read from the documents that the program itself writes.
func TestARoleOfAnotherRegionIsKnownByItsOwnTrust(t *testing.T) {
	written := Record(t, "dev", nil)
	trusts := map[string]string{}
	for _, role := range written.OfType("aws:iam/role:Role") {
		name, _ := role.Inputs["name"].(string)
		trusts[name], _ = role.Inputs["assumeRolePolicy"].(string)
	}
	r := Record(t, "dev", func(o *recorder.Options) {
		o.Config[config.Project+":region"] = "eu-west-1"
		answering(answers{"aws:iam/getRole:getRole": func(args map[string]any) (map[string]any, error) {
			name, _ := args["name"].(string)
			if trusts[name] == "" {
				return nil, fmt.Errorf("reading IAM Role (%s): couldn't find resource", name)
			}
			return map[string]any{"name": name, "assumeRolePolicy": trusts[name], "tags": map[string]any{config.InstallTag: "ambient"}}, nil
		}})(o)
	})
	message := strings.Join(r.Errors, "\n")
	for _, words := range []string{`region = "eu-west-1"`, "lives in eu-central-1", "ambient-discovery-", "ambient-execution-", "ambient-istiod"} {
		if r.Err == nil || !strings.Contains(message, words) {
			t.Errorf("the refusal does not say %q: %s", words, message)
		}
	}
}

// The program asks for the role of a living vpc-cni where the nodes are to lose its policy, and lets them lose it once vpc-cni has the
// role. EKS answers with the roles of the add-on's service accounts.
func TestTheNodesKeepThePolicyUntilTheLivingNetworkPluginHasItsRole(t *testing.T) {
	const own = "arn:aws:iam::111122223333:role/eks-ambient-nodes-vpc-cni"
	for name, c := range map[string]struct {
		role    string
		answer  []any
		refused bool
	}{
		"at once":          {"own", []any{}, true},
		"of another pod":   {"own", []any{map[string]any{"serviceAccount": "other", "roleArn": own}}, true},
		"after both":       {"own", []any{map[string]any{"serviceAccount": "aws-node", "roleArn": own}}, false},
		"the step between": {"both", []any{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			all := living()
			all["aws:eks/getAccessEntry:getAccessEntry"] = gives(map[string]any{"tags": map[string]any{}})
			all["aws:eks/getAddon:getAddon"] = func(args map[string]any) (map[string]any, error) {
				if args["addonName"] != "vpc-cni" || args["clusterName"] != "ambient" {
					t.Errorf("the program asks for %v", args)
				}
				return map[string]any{"addonName": "vpc-cni", "podIdentityAssociations": c.answer}, nil
			}
			r := Record(t, "dev", func(o *recorder.Options) {
				o.Config[config.Project+":vpcCniRole"] = c.role
				answering(all)(o)
			})
			if refused := r.Err != nil && strings.Contains(strings.Join(r.Errors, "\n"), "Set it to both"); refused != c.refused || (r.Err != nil) != c.refused {
				t.Fatalf("%v: %q", r.Err, r.Errors)
			}
			if c.refused {
				return
			}
			var policies []string
			for _, attachment := range r.OfType("aws:iam/rolePolicyAttachment:RolePolicyAttachment") {
				if arn := fmt.Sprint(attachment.Inputs["policyArn"]); strings.HasSuffix(arn, "/"+policy.CNIPolicy) {
					policies = append(policies, attachment.Name)
				}
			}
			slices.Sort(policies)
			want := []string{"vpc-cni-AmazonEKS_CNI_Policy"}
			if c.role == "both" {
				want = append([]string{"eks-ambient-nodes-AmazonEKS_CNI_Policy"}, want...)
			}
			if !slices.Equal(policies, want) {
				t.Errorf("the policy is attached by %v, want %v", policies, want)
			}
		})
	}
}
