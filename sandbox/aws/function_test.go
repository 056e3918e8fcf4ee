package aws

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/quota"
)

// asked makes a look-up that must succeed.
func (u *user) asked(token string, args props) props {
	u.t.Helper()
	out, err := u.session.Invoke(u.t.Context(), token, args)
	if err != nil {
		u.t.Fatal(err)
	}
	return out
}

func TestLookUpsAnswerWhatIsThereAndSayWhatIsNot(t *testing.T) {
	u := newSandbox(t).login(home)
	vpc := u.create(vpcKind, "vpc", props{"cidrBlock": "10.0.0.0/16", "tags": props{"ambient-ecs-install": "a", "other": "b"}})
	u.create(roleKind, "role", props{"name": "role", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com"), "tags": props{"ambient-ecs-install": "a"}})
	for tag, want := range map[string]bool{"a": true, "b": false} {
		got := u.asked("aws:ec2/getVpcs:getVpcs", props{"tags": props{"ambient-ecs-install": tag}})
		if slices.Contains(texts(got, "ids"), vpc.ID) != want {
			t.Errorf("VPCs of %s: %v", tag, got)
		}
	}
	if got := u.asked("aws:ec2/getVpc:getVpc", props{"id": vpc.ID}); text(got, "tags", "other") != "b" {
		t.Errorf("tags are %v", got["tags"])
	}
	if got := u.asked("aws:iam/getRole:getRole", props{"name": "role"}); text(got, "tags", "ambient-ecs-install") != "a" || !strings.Contains(text(got, "assumeRolePolicy"), "ecs-tasks") {
		t.Errorf("the role is %v", got)
	}
	for token, args := range map[string]props{
		"aws:iam/getRole:getRole":                                 {"name": "nobody"},
		"aws:eks/getCluster:getCluster":                           {"name": "none"},
		"aws:eks/getAccessEntry:getAccessEntry":                   {"clusterName": "none", "principalArn": "arn:aws:iam::111122223333:user/x"},
		"aws:eks/getAddon:getAddon":                               {"clusterName": "none", "addonName": "vpc-cni"},
		"aws:ec2/getSecurityGroup:getSecurityGroup":               {"id": "sg-0"},
		"aws:vpc/getSecurityGroupRule:getSecurityGroupRule":       {"securityGroupRuleId": "sgr-0"},
		"aws:eks/getNodeGroup:getNodeGroup":                       {"clusterName": "none", "nodeGroupName": "none"},
		"aws:ec2/getVpc:getVpc":                                   {"id": "vpc-0"},
		"aws:ec2/getLaunchTemplate:getLaunchTemplate":             {"id": "lt-0"},
		"aws:ecs/getService:getService":                           {"clusterArn": "none", "serviceName": "none"},
		"aws:ec2/getVpcPeeringConnection:getVpcPeeringConnection": {"id": "pcx-0"},
		"aws:ssm/getParameter:getParameter":                       {"name": "/none"},
		"aws:cloudwatch/getLogGroup:getLogGroup":                  {"name": "/none"},
		"aws:kms/getAlias:getAlias":                               {"name": "alias/none"},
		"aws:ec2/getVpcEndpoint:getVpcEndpoint":                   {"vpcId": "vpc-0", "serviceName": "com.amazonaws.eu-central-1.logs", "filters": []any{props{"name": "vpc-endpoint-type", "values": []any{"Interface"}}}},
		"aws:ec2transitgateway/getVpcAttachment:getVpcAttachment": {"id": "tgw-attach-0"},
	} {
		_, err := u.session.Invoke(t.Context(), token, args)
		if err == nil || !strings.Contains(err.Error(), "couldn't find resource") && !strings.Contains(err.Error(), "no matching ") {
			t.Errorf("%s: %v", token, err)
		}
	}
}

func TestTheRulesOfAGroupAreListed(t *testing.T) {
	u := newSandbox(t).login(home)
	vpc := u.create(vpcKind, "v", props{"cidrBlock": "10.0.0.0/16"})
	group := func(name string) string {
		return u.create(securityGroupKind, name, props{"name": name, "description": name, "vpcId": vpc.ID}).ID
	}
	nodes, other := group("nodes"), group("other")
	rule := u.create(ingressRuleKind, "webhook", props{"securityGroupId": nodes, "ipProtocol": "tcp", "fromPort": 15017, "toPort": 15017, "referencedSecurityGroupId": other})
	u.create(ingressRuleKind, "other", props{"securityGroupId": other, "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/16"})
	got := texts(u.asked("aws:vpc/getSecurityGroupRules:getSecurityGroupRules", props{"filters": []any{props{"name": "group-id", "values": []any{nodes}}}}), "ids")
	if !slices.Equal(got, []string{rule.ID}) {
		t.Errorf("the rules are %v", got)
	}
	if one := u.asked("aws:vpc/getSecurityGroupRule:getSecurityGroupRule", props{"securityGroupRuleId": rule.ID}); text(one, "referencedSecurityGroupId") != other {
		t.Errorf("the rule is %v", one)
	}
}

func TestTheClustersOfAnAccountAreListed(t *testing.T) {
	s := newSandbox(t)
	u := s.login(home)
	cluster := u.create(ecsClusterKind, "apps", props{"name": "apps"})
	if got := texts(u.asked("aws:ecs/getClusters:getClusters", props{}), "clusterArns"); !slices.Equal(got, []string{text(cluster.State, "arn")}) {
		t.Errorf("the clusters are %v", got)
	}
	if got := texts(s.login(away).asked("aws:ecs/getClusters:getClusters", props{}), "clusterArns"); len(got) != 0 {
		t.Errorf("another account has %v", got)
	}
}

func TestALogGroupIsReadWithItsTags(t *testing.T) {
	u := newSandbox(t).login(home)
	u.create(logGroupKind, "group", props{"name": "/apps/prod", "tags": props{"team": "apps"}})
	if got := u.asked("aws:cloudwatch/getLogGroup:getLogGroup", props{"name": "/apps/prod"}); text(got, "tags", "team") != "apps" {
		t.Errorf("the log group is %v", got)
	}
}

func TestLogGroupsAreListedByTheBeginningOfTheirNames(t *testing.T) {
	u := newSandbox(t).login(home)
	for _, name := range []string{"/apps/prod", "/apps/production", "/other"} {
		u.create(logGroupKind, name, props{"name": name})
	}
	got := texts(u.asked("aws:cloudwatch/getLogGroups:getLogGroups", props{"logGroupNamePrefix": "/apps/prod"}), "logGroupNames")
	if slices.Sort(got); !slices.Equal(got, []string{"/apps/prod", "/apps/production"}) {
		t.Errorf("the groups are %v", got)
	}
	if got := texts(u.asked("aws:cloudwatch/getLogGroups:getLogGroups", props{"logGroupNamePrefix": "/none"}), "logGroupNames"); len(got) != 0 {
		t.Errorf("nothing is %v", got)
	}
}

func TestInstanceTypesWithAPossibleNameAreInEveryZone(t *testing.T) {
	u := newSandbox(t).login(home)
	const token = "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"
	args := props{"locationType": "availability-zone-id", "filters": []any{props{"name": "instance-type", "values": []any{"t3.large", "t3.enormous"}}}}
	got := u.asked(token, args)
	if types := texts(got, "instanceTypes"); !slices.Equal(types, []string{"t3.large", "t3.large", "t3.large"}) || !slices.Equal(slices.Sorted(slices.Values(texts(got, "locations"))), []string{"euc1-az1", "euc1-az2", "euc1-az3"}) {
		t.Errorf("%v", got)
	}
	for _, other := range []props{{"locationType": "region"}, {"locationType": "availability-zone-id", "filters": []any{props{"name": "location"}}}} {
		if _, err := u.session.Invoke(t.Context(), token, other); err == nil {
			t.Errorf("%v is answered", other)
		}
	}
}

// Nobody has raised a quota of the sandbox's accounts, so each has AWS's default, which the sandbox enforces.
func TestServiceQuotasAreAWSDefaults(t *testing.T) {
	u := newSandbox(t).login(home)
	const token = "aws:servicequotas/getServiceQuota:getServiceQuota"
	for _, q := range quota.All {
		if q.Code == "" {
			continue
		}
		got := u.asked(token, props{"serviceCode": q.Service(), "quotaCode": q.Number()})
		if got["value"] != float64(q.Default) || got["defaultValue"] != float64(q.Default) || got["adjustable"] != q.Adjustable {
			t.Errorf("%s: %v", q.Code, got)
		}
	}
	if _, err := u.session.Invoke(t.Context(), token, props{"serviceCode": "vpc", "quotaCode": "L-00000000"}); err == nil || !strings.Contains(err.Error(), "NoSuchResourceException") {
		t.Errorf("a quota that does not exist: %v", err)
	}
}

// GetCallerIdentity returns a user's own ARN. For a role it returns the ARN of a session, which lacks the role's
// path.
func TestTheCallerIsTheUserOrTheSession(t *testing.T) {
	for principal, want := range map[string]string{
		"arn:aws:iam::111122223333:user/person":      "arn:aws:iam::111122223333:user/person",
		"arn:aws:iam::111122223333:role/deployer":    "arn:aws:sts::111122223333:assumed-role/deployer/ci",
		"arn:aws:iam::111122223333:role/ci/deployer": "arn:aws:sts::111122223333:assumed-role/deployer/ci",
	} {
		s := &session{account: "111122223333", partition: "aws", principal: principal, sessionName: "ci"}
		if got := s.identity(); got != want {
			t.Errorf("%s is told as %s, want %s", principal, got, want)
		}
	}
}
