package policy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/iam/actions"
	"ambient-ecs/tests/golden"
)

const root = "../.."

var deployer = Deployer{Place: homePlace, Install: "mesh"}

// mayDeploy tells whether one of a deployer's policies allows the request.
func mayDeploy(t *testing.T, kind AccountKind, r request) bool {
	t.Helper()
	for _, document := range deployer.Policies(kind) {
		if allows(t, document, r) {
			return true
		}
	}
	return false
}

func TestTheDeployerFilesEqualTheCode(t *testing.T) {
	golden.Check(t, filepath.Join(root, "docs", "deployer-policy.json"), DeployerFile(Placeholders, PolicyNames()), "It is what a deployer may do.")
	golden.Check(t, filepath.Join(root, "docs", "deployer-policy-bounded.json"), DeployerFile(BoundedPlaceholders, BoundedParts), "It is what a deployer may do within a boundary.")
}

func TestEveryDeployerPolicyFitsIntoAManagedPolicy(t *testing.T) {
	long := Deployer{Place: homePlace.in("aws-us-gov", "ap-southeast-99"), Install: strings.Repeat("x", 40),
		Guardrails: Guardrails{Path: "/" + strings.Repeat("p", 126) + "/", Boundary: homePlace.IAM("policy/" + strings.Repeat("b", 128))}}
	for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
		for name, document := range long.Policies(kind) {
			if size := document.Size(); size > MaxManaged {
				t.Errorf("%s/%s has %d characters, IAM allows %d: split it", kind, name, size, MaxManaged)
			}
		}
	}
}

func TestTheDeployerMayDoWhatTheTypesNeedAndNothingElse(t *testing.T) {
	for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
		var allowed []string
		for _, document := range deployer.Policies(kind) {
			for _, statement := range document.Statements {
				allowed = append(allowed, statement.Actions...)
			}
		}
		slices.Sort(allowed)
		if got, want := slices.Compact(allowed), Actions(kind); !slices.Equal(got, want) {
			t.Errorf("%s: allowed %v\nneeded %v", kind, got, want)
		}
	}
}

func TestEveryTypeCanBeCreatedAndRead(t *testing.T) {
	seen := map[string]bool{}
	for _, need := range actions.All {
		if seen[need.Type] {
			t.Errorf("%s occurs twice", need.Type)
		}
		seen[need.Type] = true
		function := strings.Contains(need.Type, ":get") || strings.Contains(need.Type, "/get")
		if len(need.Read) == 0 && need.Type != actions.CallerIdentity || !function && len(need.Create) == 0 {
			t.Errorf("%s: a refresh reads and an up creates", need.Type)
		}
		for _, action := range need.All() {
			if strings.Contains(action, ":*") || !strings.Contains(action, ":") {
				t.Errorf("%s: %q", need.Type, action)
			}
		}
	}
}

// ofPulumiEKS are the AWS types that pulumi-eks registers below the components that this program uses.
var ofPulumiEKS = []string{
	"aws:eks/accessEntry:AccessEntry",
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
	"aws:eks/addon:Addon",
	"aws:eks/cluster:Cluster",
	"aws:eks/nodeGroup:NodeGroup",
	"aws:ec2/launchTemplate:LaunchTemplate",
	"aws:iam/role:Role",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment",
}

// The test reads the list of registered types from the program's own source.
func TestEveryTypeOfTheProgramIsCovered(t *testing.T) {
	covered := map[string]bool{}
	for _, need := range actions.All {
		covered[need.Type] = true
	}
	used := awsTypes(t)
	for _, kind := range ofPulumiEKS {
		used[kind] = "pulumi-eks"
	}
	for kind, file := range used {
		if !covered[kind] {
			t.Errorf("%s uses %s, which Needs does not have", file, kind)
		}
	}
	if len(used) < 20 {
		t.Errorf("only %d types were found in the source", len(used))
	}
}

// awsTypes are the tokens of the AWS resources and functions in the program's source, each with a file
// that uses it.
func awsTypes(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name := entry.Name(); file != root && (name == "sandbox" || name == "tests" || name == "ci" || name == "examples" || name == "plugin" || strings.HasPrefix(name, ".")) {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		return typesOfFile(file, found)
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func typesOfFile(file string, found map[string]string) error {
	const sdk = "github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	modules := map[string]string{}
	for _, spec := range parsed.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		if path != sdk && !strings.HasPrefix(path, sdk+"/") {
			continue
		}
		module := strings.TrimPrefix(strings.TrimPrefix(path, sdk), "/")
		name := filepath.Base(path)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if module == "" {
			module = "index"
		}
		modules[name] = module
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := selector.X.(*ast.Ident)
		if !ok || modules[pkg.Name] == "" {
			return true
		}
		if kind := tokenOf(modules[pkg.Name], selector.Sel.Name); kind != "" {
			found[kind] = file
		}
		return true
	})
	return nil
}

// tokenOf returns the token of a constructor (NewVpc) or function (GetAvailabilityZones) of an SDK module. For every
// other name it returns the empty string.
func tokenOf(module, name string) string {
	lower := func(s string) string { return strings.ToLower(s[:1]) + s[1:] }
	if kind, ok := strings.CutPrefix(name, "New"); ok && kind != "Provider" {
		return "aws:" + module + "/" + lower(kind) + ":" + kind
	}
	name = strings.Replace(name, "Lookup", "Get", 1)
	if strings.HasPrefix(name, "Get") {
		call := lower(strings.TrimSuffix(name, "Output"))
		return "aws:" + module + "/" + call + ":" + call
	}
	return ""
}

func TestTheProgramsNamesAreWithinTheDeployersReach(t *testing.T) {
	if InstallTag != config.InstallTag {
		t.Errorf("the policies ask for the tag %s, the program sets %s", InstallTag, config.InstallTag)
	}
	cfg := config.Config{
		StackSettings:   config.StackSettings{Install: "mesh", Region: homePlace.Region},
		AccountSettings: config.AccountSettings{Home: "home", Accounts: map[string]config.Account{"home": {ID: homePlace.Account}}},
		ClusterSettings: config.ClusterSettings{Clusters: map[string]config.Cluster{"one": {Account: "home"}}},
	}
	passed := map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"}
	for _, name := range []string{cfg.IstiodRoleName(), cfg.DiscoveryRoleName("home"), cfg.ExecutionRoleName("home"), cfg.TaskRoleName("one", "ecs"),
		cfg.PrometheusRoleName(), cfg.ScrapeRoleName("home"), cfg.NotifierRoleName(), cfg.ClusterLogsRoleName()} {
		for _, action := range []string{"iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole"} {
			if !mayDeploy(t, HomeAccount, request{action: action, resource: cfg.RoleARN("home", name), context: passed}) {
				t.Errorf("%s on role %s is refused", action, name)
			}
		}
	}
	for resource, action := range map[string]string{
		cfg.AlarmTopicARN("home"): "sns:CreateTopic",
		homePlace.ARN("cloudwatch", "alarm:"+cfg.Install+"-eks-api-errors"): "cloudwatch:PutMetricAlarm",
		homePlace.ARN("logs", "log-group:"+cfg.MeshLogGroup()):              "logs:PutMetricFilter",
		homePlace.ARN("logs", "log-group:"+cfg.TaskLogGroup("one")):         "logs:DeleteMetricFilter",
		cfg.EKSClusterARN(): "eks:DescribeCluster",
		homePlace.ARN("eks", "nodegroup/"+cfg.EKSName()+"/nodes/0123"):                                               "eks:CreateNodegroup",
		homePlace.ARN("ecs", "cluster/"+cfg.ECSName("one")):                                                          "ecs:CreateCluster",
		homePlace.ARN("ecs", "service/"+cfg.ECSName("one")+"/echo"):                                                  "ecs:CreateService",
		homePlace.ARN("ecs", "task-definition/"+cfg.ECSName("one")+"-echo:1"):                                        "ecs:RegisterTaskDefinition",
		homePlace.ARN("logs", "log-group:/ecs/"+cfg.ECSName("one")):                                                  "logs:CreateLogGroup",
		homePlace.ARN("logs", "log-group:/aws/ecs/containerinsights/"+cfg.ECSName("one")+"/performance:log-stream:"): "logs:PutRetentionPolicy",
		homePlace.ARN("logs", "log-group:/aws/eks/"+cfg.EKSName()+"/cluster"):                                        "logs:DeleteLogGroup",
		homePlace.ARN("kms", "alias/eks/"+cfg.EKSName()):                                                             "kms:CreateAlias",
		homePlace.IAM("oidc-provider/oidc.eks." + cfg.Region + ".amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"): "iam:CreateOpenIDConnectProvider",
		homePlace.IAM("role/aws-service-role/eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup"):       "iam:GetRole",
	} {
		if !mayDeploy(t, HomeAccount, request{action: action, resource: resource}) {
			t.Errorf("%s on %s is refused", action, resource)
		}
	}
}
