package policy

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/quota"
)

func TestNoActionIsAPattern(t *testing.T) {
	for name, document := range allDocuments("aws", "eu-central-1") {
		for _, statement := range document.Statements {
			if statement.Deny {
				continue // what denies may be wide, and covers what AWS adds
			}
			for _, action := range statement.Actions {
				if strings.ContainsAny(action, "*?") {
					t.Errorf("%s/%s allows %q: name the actions", name, statement.Sid, action)
				}
			}
		}
	}
}

func TestNoPolicyWithFullAccessIsNamed(t *testing.T) {
	for name, document := range allDocuments("aws", "eu-central-1") {
		for _, words := range []string{"FullAccess", "AdministratorAccess", "PowerUser"} {
			if strings.Contains(document.JSON(), words) {
				t.Errorf("%s mentions %s", name, words)
			}
		}
	}
}

func TestEveryWildcardResourceHasAReason(t *testing.T) {
	used := map[string]bool{}
	for name, document := range allDocuments("aws", "eu-central-1") {
		for _, statement := range document.Statements {
			if !slices.Contains(statement.Resources, "*") || statement.Deny {
				continue // what denies may be wide
			}
			if len(statement.Resources) > 1 {
				t.Errorf("%s/%s: beside \"*\" every other resource is idle", name, statement.Sid)
			}
			for _, action := range statement.Actions {
				used[action] = true
				if Wildcards[action] == "" {
					t.Errorf("%s/%s: %s on \"*\" without a reason in Wildcards", name, statement.Sid, action)
				}
			}
		}
	}
	for action := range Wildcards {
		if !used[action] {
			t.Errorf("Wildcards has a reason for %s, which no document allows on \"*\"", action)
		}
	}
}

func TestPermissionsHaveResourcesAndTrustsHavePrincipals(t *testing.T) {
	sid := regexp.MustCompile(`^[A-Za-z0-9]+$`)
	for name, document := range allDocuments("aws", "eu-central-1") {
		seen := map[string]bool{}
		for _, statement := range document.Statements {
			if trust := strings.Contains(name, "-trust"); trust != (statement.Principal != nil) || trust == (len(statement.Resources) > 0) {
				t.Errorf("%s/%s: a trust has principals and no resources, permissions the reverse", name, statement.Sid)
			}
			if !sid.MatchString(statement.Sid) || seen[statement.Sid] {
				t.Errorf("%s: Sid %q is not unique letters and digits", name, statement.Sid)
			}
			seen[statement.Sid] = true
			if len(statement.Actions) == 0 {
				t.Errorf("%s/%s allows no action", name, statement.Sid)
			}
		}
	}
}

// The test names what the roles of the mesh must never be able to do, as words in action names.
func TestRolesNeverChangeAnything(t *testing.T) {
	may := map[string]bool{
		"sts:AssumeRole": true, "sts:TagSession": true,
		"logs:CreateLogStream": true, "logs:PutLogEvents": true,
		"ssmmessages:CreateControlChannel": true, "ssmmessages:CreateDataChannel": true,
		"ssmmessages:OpenControlChannel": true, "ssmmessages:OpenDataChannel": true,
		"sns:Publish": true, "logs:DescribeLogStreams": true,
		// Flow logs, and ECS Exec with session logging, look for their log group. Exec opens its key's envelope.
		"logs:DescribeLogGroups": true, "kms:Decrypt": true,
	}
	// Scheduler's role starts one task, which takes its two roles, and keeps what it could not start.
	starts := map[string]bool{"ecs:RunTask": true, "ecs:TagResource": true, "iam:PassRole": true, "sqs:SendMessage": true}
	// The notifier's messages are encrypted in its name, for its topic only.
	encrypts := map[string]bool{"kms:GenerateDataKey": true}
	reads := regexp.MustCompile(`^(ec2|ecs|ecr):(Get|List|Describe|BatchGet|BatchCheck)[A-Za-z]+$|^secretsmanager:GetSecretValue$`)
	for name, document := range roleGoldens() {
		for _, statement := range document.Statements {
			for _, action := range statement.Actions {
				if !may[action] && !reads.MatchString(action) && !(name == "schedule-permissions" && starts[action]) && !(name == "notifier-permissions-key" && encrypts[action]) {
					t.Errorf("%s/%s allows %s", name, statement.Sid, action)
				}
			}
		}
	}
}

func TestOnlyThePodsOfIstiodGetItsRole(t *testing.T) {
	cluster := homePlace.ARN("eks", "cluster/mesh")
	trust := IstiodTrust(homePlace.Account, cluster, []string{"istiod", "istiod-1-29-1"})
	good := map[string]string{
		"aws:SourceAccount":                         homePlace.Account,
		"aws:SourceArn":                             cluster,
		"aws:RequestTag/kubernetes-namespace":       "istio-system",
		"aws:RequestTag/kubernetes-service-account": "istiod",
	}
	for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
		if !allows(t, trust, request{service: "pods.eks.amazonaws.com", action: action, context: good}) {
			t.Errorf("istiod itself is refused %s", action)
		}
		if !allows(t, trust, request{service: "pods.eks.amazonaws.com", action: action, context: with(good, "aws:RequestTag/kubernetes-service-account", "istiod-1-29-1")}) {
			t.Errorf("istiod of a revision is refused %s", action)
		}
		for key, value := range map[string]string{
			"aws:SourceAccount":                         "999999999999",
			"aws:SourceArn":                             homePlace.ARN("eks", "cluster/mesh-2"),
			"aws:RequestTag/kubernetes-namespace":       "default",
			"aws:RequestTag/kubernetes-service-account": "default",
		} {
			if allows(t, trust, request{service: "pods.eks.amazonaws.com", action: action, context: with(good, key, value)}) {
				t.Errorf("%s is allowed with %s=%s", action, key, value)
			}
			if allows(t, trust, request{service: "pods.eks.amazonaws.com", action: action, context: with(good, key, "")}) {
				t.Errorf("%s is allowed without %s", action, key)
			}
		}
		if allows(t, trust, request{service: "ec2.amazonaws.com", action: action, context: good}) {
			t.Errorf("%s is allowed to another service", action)
		}
		if allows(t, trust, request{account: homePlace.Account, action: action, context: good}) {
			t.Errorf("%s is allowed to a principal of the account", action)
		}
	}
}

func TestIstiodMayAssumeTheDiscoveryRolesAndNothingElse(t *testing.T) {
	document := roleGoldens()["istiod-permissions"]
	for resource, want := range map[string]bool{
		homePlace.IAM("role/mesh-discovery-home"):         true,
		externalPlace.IAM("role/mesh-discovery-external"): true,
		homePlace.IAM("role/mesh-discovery-external"):     false,
		homePlace.IAM("role/mesh-istiod"):                 false,
		homePlace.IAM("role/admin"):                       false,
	} {
		if got := allows(t, document, request{action: "sts:AssumeRole", resource: resource}); got != want {
			t.Errorf("sts:AssumeRole on %s: %v", resource, got)
		}
	}
	if n := len(document.Statements); n != 1 {
		t.Errorf("%d statements", n)
	}
}

func TestOnlyIstiodOfTheHomeClusterMayDiscover(t *testing.T) {
	istiod, cluster := homePlace.IAM("role/mesh-istiod"), homePlace.ARN("eks", "cluster/mesh")
	trust := DiscoveryTrust(homePlace, istiod, cluster, []string{"istiod", "istiod-1-29-1"})
	// AWS documents the tags of a chained session under both keys.
	for _, tag := range []string{"aws:PrincipalTag/", "aws:RequestTag/"} {
		good := map[string]string{
			"aws:PrincipalArn":                 istiod,
			tag + "eks-cluster-arn":            cluster,
			tag + "kubernetes-namespace":       "istio-system",
			tag + "kubernetes-service-account": "istiod",
		}
		for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
			if !allows(t, trust, request{account: homePlace.Account, action: action, context: good}) {
				t.Errorf("istiod is refused %s by %s", action, tag)
			}
			if !allows(t, trust, request{account: homePlace.Account, action: action, context: with(good, tag+"kubernetes-service-account", "istiod-1-29-1")}) {
				t.Errorf("istiod of a revision is refused %s by %s", action, tag)
			}
			for key, value := range map[string]string{
				"aws:PrincipalArn":                 homePlace.IAM("role/mesh-istiod-2"),
				tag + "eks-cluster-arn":            homePlace.ARN("eks", "cluster/other"),
				tag + "kubernetes-namespace":       "default",
				tag + "kubernetes-service-account": "other",
			} {
				if allows(t, trust, request{account: homePlace.Account, action: action, context: with(good, key, value)}) {
					t.Errorf("%s is allowed with %s=%s", action, key, value)
				}
				if allows(t, trust, request{account: homePlace.Account, action: action, context: with(good, key, "")}) {
					t.Errorf("%s is allowed without %s", action, key)
				}
			}
			if allows(t, trust, request{account: externalPlace.Account, action: action, context: good}) {
				t.Errorf("%s is allowed to another account", action)
			}
		}
	}
}

// IAM replaces a role that is named as principal by the role's unique id, and forgets the name. A role that is
// deleted and made again no longer matches. An account as principal, with the role's name in a condition, still
// matches.
func TestARecreatedIstiodRoleIsNotLockedOut(t *testing.T) {
	for name, document := range roleGoldens() {
		for _, statement := range document.Statements {
			if statement.Principal == nil {
				continue
			}
			for _, arn := range statement.Principal.AWS {
				if !strings.HasSuffix(arn, ":root") {
					t.Errorf("%s/%s names %s as principal", name, statement.Sid, arn)
				}
				if statement.Condition["ArnEquals"]["aws:PrincipalArn"] == nil {
					t.Errorf("%s/%s trusts a whole account", name, statement.Sid)
				}
			}
		}
	}
}

func TestDiscoveryReadsEveryClusterOfTheAccountInTheRegion(t *testing.T) {
	document := DiscoveryPermissions(externalPlace)
	elsewhere := externalPlace.in("aws", "us-east-1")
	region := map[string]string{"aws:RequestedRegion": externalPlace.Region}
	for _, c := range []struct {
		what string
		request
		want bool
	}{
		{"list clusters", request{action: "ecs:ListClusters", resource: "*", context: region}, true},
		{"list clusters elsewhere", request{action: "ecs:ListClusters", resource: "*", context: map[string]string{"aws:RequestedRegion": "us-east-1"}}, false},
		{"describe ours", request{action: "ecs:DescribeClusters", resource: externalPlace.ARN("ecs", "cluster/mesh-3")}, true},
		{"describe a foreign cluster", request{action: "ecs:DescribeClusters", resource: externalPlace.ARN("ecs", "cluster/legacy")}, true},
		{"describe elsewhere", request{action: "ecs:DescribeClusters", resource: elsewhere.ARN("ecs", "cluster/legacy")}, false},
		{"describe in another account", request{action: "ecs:DescribeClusters", resource: homePlace.ARN("ecs", "cluster/mesh-1")}, false},
		{"list tasks", request{action: "ecs:ListTasks", resource: "*", context: map[string]string{"ecs:cluster": externalPlace.ARN("ecs", "cluster/mesh-3")}}, true},
		{"list services", request{action: "ecs:ListServices", resource: "*", context: map[string]string{"ecs:cluster": externalPlace.ARN("ecs", "cluster/mesh-3")}}, true},
		{"list services elsewhere", request{action: "ecs:ListServices", resource: "*", context: map[string]string{"ecs:cluster": elsewhere.ARN("ecs", "cluster/mesh-3")}}, false},
		{"describe a service", request{action: "ecs:DescribeServices", resource: externalPlace.ARN("ecs", "service/mesh-3/echo")}, true},
		{"describe a task", request{action: "ecs:DescribeTasks", resource: externalPlace.ARN("ecs", "task/mesh-3/0123456789abcdef")}, true},
		{"stop a task", request{action: "ecs:StopTask", resource: externalPlace.ARN("ecs", "task/mesh-3/0123456789abcdef")}, false},
	} {
		if got := allows(t, document, c.request); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
	actions := map[string]bool{}
	for _, statement := range document.Statements {
		for _, action := range statement.Actions {
			actions[action] = true
		}
	}
	if len(actions) != 6 {
		t.Errorf("istiod makes six calls, the policy allows %d", len(actions))
	}
}

func TestECSUsesRolesForItsOwnAccountAndRegionOnly(t *testing.T) {
	good := map[string]string{"aws:SourceAccount": externalPlace.Account, "aws:SourceArn": externalPlace.ARN("ecs", "task/mesh-3/0123")}
	ask := func(d Document, context map[string]string) bool {
		return allows(t, d, request{service: "ecs-tasks.amazonaws.com", action: "sts:AssumeRole", context: context})
	}
	checked, unchecked := TaskTrust(externalPlace, true), TaskTrust(externalPlace, false)
	if !ask(checked, good) {
		t.Error("ECS of the account is refused")
	}
	if ask(checked, with(good, "aws:SourceAccount", homePlace.Account)) {
		t.Error("another account's ECS is allowed")
	}
	if ask(checked, with(good, "aws:SourceArn", externalPlace.in("aws", "us-east-1").ARN("ecs", "task/x/1"))) {
		t.Error("another region's ECS is allowed")
	}
	if ask(checked, nil) || !ask(unchecked, nil) {
		t.Error("without a source the checked trust must refuse and the unchecked allow")
	}
}

func TestExecutionWritesOnlyToTheLogGroupsOfTheInstall(t *testing.T) {
	document := roleGoldens()["execution-permissions"]
	stream := func(group string) string {
		return externalPlace.ARN("logs", "log-group:"+group+":log-stream:echo/echo/0123")
	}
	for _, c := range []struct {
		action, resource string
		want             bool
	}{
		{"logs:PutLogEvents", stream("/ecs/mesh-3"), true},
		{"logs:CreateLogStream", stream("/ecs/mesh-3"), true},
		{"logs:PutLogEvents", stream("/ecs/mesh-33"), false},
		{"logs:PutLogEvents", stream("/ecs/other"), false},
		{"logs:CreateLogGroup", externalPlace.ARN("logs", "log-group:/ecs/mesh-3"), false},
		{"ecr:GetAuthorizationToken", "*", false},
		{"secretsmanager:GetSecretValue", externalPlace.ARN("secretsmanager", "secret:registry-AbCdEf"), false},
	} {
		if got := allows(t, document, request{action: c.action, resource: c.resource}); got != c.want {
			t.Errorf("%s on %s: %v", c.action, c.resource, got)
		}
	}
}

func TestExecutionWritesToAGroupInItsRegionOnly(t *testing.T) {
	far := LogGroup{Region: "us-west-2", Name: "/teams/a"}
	document := ExecutionPermissions(Execution{Place: externalPlace, LogGroups: []LogGroup{far, {Name: "/ecs/mesh-3"}}, CreatedGroups: []LogGroup{far}})
	there := externalPlace.in(externalPlace.Partition, "us-west-2")
	for _, c := range []struct {
		action string
		place  Place
		group  string
		want   bool
	}{
		{"logs:PutLogEvents", there, "/teams/a:log-stream:s", true},
		{"logs:PutLogEvents", externalPlace, "/teams/a:log-stream:s", false},
		{"logs:PutLogEvents", externalPlace, "/ecs/mesh-3:log-stream:s", true},
		{"logs:PutLogEvents", there, "/ecs/mesh-3:log-stream:s", false},
		{"logs:CreateLogGroup", there, "/teams/a:x", true},
		{"logs:CreateLogGroup", externalPlace, "/teams/a:x", false},
	} {
		if got := allows(t, document, request{action: c.action, resource: c.place.ARN("logs", "log-group:"+c.group)}); got != c.want {
			t.Errorf("%s on %s in %s: %v", c.action, c.group, c.place.Region, got)
		}
	}
}

func TestExecutionReadsTheGivenSecretAndRepositoriesOnly(t *testing.T) {
	document := roleGoldens()["execution-permissions-private"]
	registry := Place{Partition: "aws", Region: "eu-central-1", Account: "333333333333"}
	for _, c := range []struct {
		action, resource string
		want             bool
	}{
		{"secretsmanager:GetSecretValue", externalPlace.ARN("secretsmanager", "secret:registry-AbCdEf"), true},
		{"secretsmanager:GetSecretValue", externalPlace.ARN("secretsmanager", "secret:database-AbCdEf"), false},
		{"ecr:GetAuthorizationToken", "*", true},
		{"ecr:BatchGetImage", registry.ARN("ecr", "repository/shop/cart"), true},
		{"ecr:BatchGetImage", registry.ARN("ecr", "repository/shop/cart2"), false},
		{"ecr:PutImage", registry.ARN("ecr", "repository/shop/cart"), false},
	} {
		if got := allows(t, document, request{action: c.action, resource: c.resource}); got != c.want {
			t.Errorf("%s on %s: %v", c.action, c.resource, got)
		}
	}
}

// For every image and prefix: the two rights of a first pull are on the repositories under a prefix, and on no others; without
// prefixes the document is the same as it was.
func TestOnlyRepositoriesUnderAPrefixArePulledThrough(t *testing.T) {
	registry := Place{Partition: "aws", Region: "eu-central-1", Account: "333333333333"}
	repositories := []string{"quay/argo", "quay", "quayx/argo", "team/quay/argo", "docker-hub/library/nginx", "docker-hub-2/nginx", "app"}
	var images []string
	for _, repository := range repositories {
		images = append(images, "333333333333.dkr.ecr.eu-central-1.amazonaws.com/"+repository+":1")
	}
	images = append(images, "quay.io/quay/argo:1", "public.ecr.aws/quay/argo:1")
	execution := Execution{Place: externalPlace, LogGroups: LogGroupsHere("/ecs/mesh-3"), Images: images}
	without := ExecutionPermissions(execution)
	for _, prefixes := range [][]string{nil, {"quay"}, {"team/quay"}, {"docker-hub", "quay"}, {"docker-hub-2"}, {"nothing"}, {"ROOT"}} {
		execution.PullThroughPrefixes = prefixes
		document, under := ExecutionPermissions(execution), 0
		for _, repository := range repositories {
			want := false
			for _, prefix := range prefixes {
				want = want || prefix == "ROOT" || strings.HasPrefix(repository, prefix+"/")
			}
			if want {
				under++
			}
			for _, action := range []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"} {
				for _, at := range []struct {
					place Place
					want  bool
				}{{registry, want}, {externalPlace, false}} {
					if got := allows(t, document, request{action: action, resource: at.place.ARN("ecr", "repository/"+repository)}); got != at.want {
						t.Errorf("%v: %s on %s of %s: %v", prefixes, action, repository, at.place.Account, got)
					}
				}
			}
		}
		if (under == 0) != (document.JSON() == without.JSON()) {
			t.Errorf("%v: %d repositories are under a prefix, and the document is %s", prefixes, under, document.JSON())
		}
	}
}

func TestDocumentsFitIntoARole(t *testing.T) {
	for name, document := range roleDocuments(homePlace.in("aws-us-gov", "us-gov-west-1"), externalPlace.in("aws-us-gov", "us-gov-west-1")) {
		most := quota.InlinePolicy.Default
		if strings.Contains(name, "-trust") {
			most = MaxTrust
		}
		if size := document.Size(); size > most {
			t.Errorf("%s has %d characters, IAM allows %d", name, size, most)
		}
	}
}

// with is the context with one value changed, or without it when the value is empty.
func with(context map[string]string, key, value string) map[string]string {
	changed := map[string]string{}
	for k, v := range context {
		changed[k] = v
	}
	changed[key] = value
	if value == "" {
		delete(changed, key)
	}
	return changed
}

func TestPrometheusFindsTheTasksOfTheMeshAndNothingElse(t *testing.T) {
	document := roleGoldens()["scrape-permissions"]
	in := func(cluster string) map[string]string {
		return map[string]string{"ecs:cluster": externalPlace.ARN("ecs", "cluster/"+cluster)}
	}
	for _, c := range []struct {
		what string
		request
		want bool
	}{
		{"describe ours", request{action: "ecs:DescribeClusters", resource: externalPlace.ARN("ecs", "cluster/mesh-3")}, true},
		{"the call that says no cluster", request{action: "ecs:DescribeClusters", resource: externalPlace.ARN("ecs", "cluster/default")}, true},
		{"describe a foreign cluster", request{action: "ecs:DescribeClusters", resource: externalPlace.ARN("ecs", "cluster/legacy")}, false},
		{"list our tasks", request{action: "ecs:ListTasks", resource: "*", context: in("mesh-4")}, true},
		{"list foreign tasks", request{action: "ecs:ListTasks", resource: "*", context: in("legacy")}, false},
		{"list tasks of no cluster", request{action: "ecs:ListTasks", resource: "*"}, false},
		{"describe our task", request{action: "ecs:DescribeTasks", resource: externalPlace.ARN("ecs", "task/mesh-3/0123456789abcdef")}, true},
		{"describe a foreign task", request{action: "ecs:DescribeTasks", resource: externalPlace.ARN("ecs", "task/legacy/0123456789abcdef")}, false},
		{"look up interfaces elsewhere", request{action: "ec2:DescribeNetworkInterfaces", resource: "*", context: map[string]string{"aws:RequestedRegion": "us-east-1"}}, false},
		{"stop a task", request{action: "ecs:StopTask", resource: externalPlace.ARN("ecs", "task/mesh-3/0123456789abcdef")}, false},
	} {
		if got := allows(t, document, c.request); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
	trust := roleGoldens()["scrape-trust"]
	good := map[string]string{
		"aws:PrincipalArn":                            homePlace.IAM("role/mesh-prometheus"),
		"aws:PrincipalTag/eks-cluster-arn":            homePlace.ARN("eks", "cluster/mesh"),
		"aws:PrincipalTag/kubernetes-namespace":       "observability",
		"aws:PrincipalTag/kubernetes-service-account": "prometheus",
	}
	if !allows(t, trust, request{account: homePlace.Account, action: "sts:AssumeRole", context: good}) {
		t.Error("Prometheus is refused")
	}
	for key := range good {
		if allows(t, trust, request{account: homePlace.Account, action: "sts:AssumeRole", context: with(good, key, "other")}) {
			t.Errorf("another %s is accepted", key)
		}
	}
}

// The configuration cannot import this package, and reserves room for the policy of ECS Exec.
func TestThePolicyOfECSExecFitsIntoWhatTheConfigurationReserves(t *testing.T) {
	long := Place{Partition: "aws-us-gov", Region: "ap-southeast-99", Account: "111111111111"}
	exec := &TaskExec{LogGroup: "/ecs/" + strings.Repeat("x", 63) + "/exec", KeyARN: long.ARN("kms", "key/mrk-"+strings.Repeat("0", 32))}
	if size := TaskPermissions(long, exec).Size(); size > config.ExecPolicySize || size < config.ExecPolicySize/2 {
		t.Errorf("the policy has %d characters, and config.ExecPolicySize is %d", size, config.ExecPolicySize)
	}
}
