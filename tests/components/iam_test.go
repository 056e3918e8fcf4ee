package components

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam"
	"ambient-ecs/iam/policy"
	"ambient-ecs/network"
	"ambient-ecs/tests/recorder"
)

// oneRole records a role of any kind, with a probe behind its policy and a probe that takes its ARN.
func oneRole(t *testing.T, kind string, options ...func(*recorder.Options)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		var ready component.Dependency
		var arn pulumi.StringOutput
		switch kind {
		case iam.IstiodRoleType:
			made, err := iam.NewIstiodRole(ctx, "role", validIstiod(f))
			if err != nil {
				return err
			}
			ready, arn = made.Ready, made.RoleARN
		case iam.DiscoveryRoleType:
			made, err := iam.NewDiscoveryRole(ctx, "role", validDiscovery(f))
			if err != nil {
				return err
			}
			ready, arn = made.Ready, made.RoleARN
		case iam.ExecutionRoleType:
			made, err := iam.NewExecutionRole(ctx, "role", validExecution(f))
			if err != nil {
				return err
			}
			ready, arn = made.Ready, made.RoleARN
		case iam.TaskRoleType:
			made, err := iam.NewTaskRole(ctx, "role", validTask(f))
			if err != nil {
				return err
			}
			ready, arn = made.Ready, made.RoleARN
		}
		if err := probe(ctx, ready); err != nil {
			return err
		}
		return taker(ctx, arn)
	}, options...)
}

// taker registers a resource that takes a value.
func taker(ctx *pulumi.Context, value pulumi.StringOutput) error {
	var p struct{ pulumi.CustomResourceState }
	return ctx.RegisterResource(takerType, "taker", pulumi.Map{"value": value}, &p)
}

const takerType = "test:index:Taker"

// roleKinds are the kinds of roles with the account that each of the valid arguments is for.
var roleKinds = map[string]string{
	iam.IstiodRoleType: localProvider, iam.DiscoveryRoleType: externalProvider, iam.ExecutionRoleType: externalProvider, iam.TaskRoleType: externalProvider,
}

func TestARoleAndItsPolicyAreMadeInTheirAccount(t *testing.T) {
	for kind, provider := range roleKinds {
		r := oneRole(t, kind)
		component := only(t, r, kind)
		for _, res := range []*recorder.Resource{only(t, r, role), only(t, r, rolePolicy)} {
			if res.Parent != component.URN || res.Provider != provider {
				t.Errorf("%s: %s is under %s and made with %q", kind, res.Type, res.Parent, res.Provider)
			}
		}
		if n := len(r.OfType(roleAttachment)); n != 0 {
			t.Errorf("%s: %d managed policies are attached", kind, n)
		}
	}
}

// A resource with a role's ARN uses the role. It must find the policy, and be deleted before the policy.
func TestWhoTakesARoleWaitsForItsPolicy(t *testing.T) {
	for kind := range roleKinds {
		r := oneRole(t, kind)
		policy := only(t, r, rolePolicy)
		needs(t, r, policy, only(t, r, role))
		needs(t, r, only(t, r, probeType), policy)
		needs(t, r, only(t, r, takerType), policy)
	}
}

func TestPathAndBoundaryReachEveryRole(t *testing.T) {
	guardrails := policy.Guardrails{Path: "/platform/", Boundary: "arn:aws:iam::aws:policy/PowerUserAccess"}
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		istiod, discovery, execution, task, flows := validIstiod(f), validDiscovery(f), validExecution(f), validTask(f), validFlowLog(f)
		for _, one := range []*policy.Guardrails{&istiod.Guardrails, &discovery.Guardrails, &execution.Guardrails, &task.Guardrails, &flows.Guardrails} {
			*one = guardrails
		}
		_, a := iam.NewIstiodRole(ctx, "istiod", istiod)
		_, b := iam.NewDiscoveryRole(ctx, "discovery", discovery)
		_, c := iam.NewExecutionRole(ctx, "execution", execution)
		_, d := iam.NewTaskRole(ctx, "task", task)
		_, e := network.NewFlowLog(ctx, "flows", flows)
		return errors.Join(a, b, c, d, e)
	})
	if n := len(r.OfType(role)); n != 5 {
		t.Errorf("%d roles", n)
	}
	for _, res := range r.OfType(role) {
		says(t, res, guardrails.Path, "path")
		says(t, res, guardrails.Boundary, "permissionsBoundary")
	}
}

func TestATaskRoleHasWhatItsServiceMayDoBeforeAnybodyTakesIt(t *testing.T) {
	const inline = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["*"]}]}`
	attached := []string{"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "arn:aws:iam::444455556666:policy/team/queues", "arn:aws:iam::444455556666:policy/AmazonS3ReadOnlyAccess"}
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validTask(f)
		args.Inline, args.Attached = inline, attached
		made, err := iam.NewTaskRole(ctx, "task-shop-cart", args)
		if err != nil {
			return err
		}
		return errors.Join(probe(ctx, made.Ready), taker(ctx, made.RoleARN))
	})
	says(t, r.Get(t, rolePolicy, "task-shop-cart/permissions"), inline, "policy")
	says(t, r.Get(t, roleAttachment, "task-shop-cart-AmazonS3ReadOnlyAccess"), attached[0], "policyArn")
	says(t, r.Get(t, roleAttachment, "task-shop-cart-policy/team/queues"), attached[1], "policyArn")
	policies := slices.Concat(r.OfType(rolePolicy), r.OfType(roleAttachment))
	says(t, r.Get(t, roleAttachment, "task-shop-cart-policy/AmazonS3ReadOnlyAccess"), attached[2], "policyArn")
	if len(policies) != 5 {
		t.Errorf("%d policies, want that of ECS Exec too", len(policies))
	}
	for _, res := range policies {
		if res.Provider != externalProvider || res.Parent != only(t, r, iam.TaskRoleType).URN {
			t.Errorf("%s is under %s and made with %q", res.Name, res.Parent, res.Provider)
		}
		needs(t, r, res, only(t, r, role))
		needs(t, r, only(t, r, probeType), res)
		needs(t, r, only(t, r, takerType), res)
	}
}

func TestARoleOfAnotherStackGetsPoliciesBeforeAServiceTakesIt(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		made, err := iam.NewPermissions(ctx, "cart", validPermissions(f))
		if err != nil {
			return err
		}
		return probe(ctx, made.Ready)
	})
	says(t, only(t, r, rolePolicy), "shop-cart-", "namePrefix")
	if got := only(t, r, rolePolicy); len(got.ReplaceOnChanges) != 1 || got.ReplaceOnChanges[0] != "policy" {
		t.Errorf("the policy is replaced on changes of %v", got.ReplaceOnChanges)
	}
	says(t, only(t, r, roleAttachment), "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "policyArn")
	for _, res := range []*recorder.Resource{only(t, r, rolePolicy), only(t, r, roleAttachment)} {
		says(t, res, "mesh-shop-cart", "role")
		if res.Provider != externalProvider || res.Parent != only(t, r, iam.PermissionsType).URN {
			t.Errorf("%s is under %s and made with %q", res.Name, res.Parent, res.Provider)
		}
		needs(t, r, only(t, r, probeType), res)
	}
	if n := len(r.OfType(role)); n != 0 {
		t.Errorf("%d roles are made", n)
	}
}

func TestATaskRoleOfTheTeamIsNotMade(t *testing.T) {
	const team = "arn:aws:iam::444455556666:role/team/cart"
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		made, err := iam.NewTaskRole(ctx, "task-shop-cart", &iam.TaskRoleArgs{Place: externalPlace, Namespace: "mesh-shop", ServiceAccount: "cart", Existing: team, Provider: f.external})
		if err != nil {
			return err
		}
		return taker(ctx, made.RoleARN)
	})
	if n := len(r.OfType(role)) + len(r.OfType(rolePolicy)); n != 0 {
		t.Errorf("%d resources of IAM", n)
	}
	says(t, only(t, r, takerType), team, "value")
}

func TestAnExecutionRoleThatExistsIsNotMade(t *testing.T) {
	const theirs = "arn:aws:iam::444455556666:role/team/execution"
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		made, err := iam.NewExecutionRole(ctx, "execution-external", &iam.ExecutionRoleArgs{Place: externalPlace, Existing: theirs, Provider: f.external})
		if err != nil {
			return err
		}
		return taker(ctx, made.RoleARN)
	})
	if n := len(r.OfType(role)) + len(r.OfType(rolePolicy)); n != 0 {
		t.Errorf("%d resources of IAM", n)
	}
	says(t, only(t, r, takerType), theirs, "value")
}

func TestARoleWithAFixedNameIsDeletedBeforeItIsReplaced(t *testing.T) {
	for kind := range roleKinds {
		res := only(t, oneRole(t, kind), role)
		name, _ := at(t, res, "name").(string)
		if !strings.HasPrefix(name, "mesh-") || !res.DeleteBeforeReplace {
			t.Errorf("%s: role %q, deleted before it is replaced: %v", kind, name, res.DeleteBeforeReplace)
		}
	}
}

func TestTheARNOfARoleIsNotKnownBeforeItExists(t *testing.T) {
	for kind := range roleKinds {
		says(t, only(t, oneRole(t, kind, preview), takerType), recorder.Unknown, "value")
	}
}

func TestTheSourceCheckOfAnExecutionRoleCanBeSwitchedOff(t *testing.T) {
	for _, checked := range []bool{true, false} {
		r := made(t, func(ctx *pulumi.Context, f *fixture) error {
			args := validExecution(f)
			args.SourceCheck = checked
			_, err := iam.NewExecutionRole(ctx, "role", args)
			return err
		})
		trust, _ := at(t, only(t, r, role), "assumeRolePolicy").(string)
		if strings.Contains(trust, "aws:SourceArn") != checked {
			t.Errorf("SourceCheck %v: trust %s", checked, trust)
		}
	}
}

// IAM stores the unique id of a role that a trust policy names, and then locks out the role that replaces it. So a
// discovery role must take nothing from the istiod role: neither its id nor a value that waits for it.
func TestAReplacedIstiodRoleLeavesTheDiscoveryRolesAlone(t *testing.T) {
	both := func(uniqueID string) *recorder.Recording {
		return made(t, func(ctx *pulumi.Context, f *fixture) error {
			if _, err := iam.NewIstiodRole(ctx, "istiod", validIstiod(f)); err != nil {
				return err
			}
			_, err := iam.NewDiscoveryRole(ctx, "discovery", validDiscovery(f))
			return err
		}, answering(role, map[string]any{"uniqueId": uniqueID}))
	}
	before, after := both("AROABEFORE"), both("AROAAFTER")
	discovery := before.Get(t, role, "discovery")
	if changed := differing(discovery, after.Get(t, role, "discovery")); len(changed) > 0 {
		t.Errorf("the discovery role changes %v", changed)
	}
	if before.Waits(discovery, before.Get(t, role, "istiod")) {
		t.Error("the discovery role waits for the istiod role")
	}
	trust, _ := at(t, discovery, "assumeRolePolicy").(string)
	var document struct {
		Statement []struct{ Principal map[string]any }
	}
	if err := json.Unmarshal([]byte(trust), &document); err != nil {
		t.Fatal(err)
	}
	for _, statement := range document.Statement {
		// The principal is the home account, narrowed by a condition on the role's ARN. The next role of that name
		// has the same ARN.
		if got := text(t, statement.Principal); got != `{"AWS":"arn:aws:iam::111122223333:root"}` {
			t.Errorf("the principal is %s", got)
		}
	}
	if !strings.Contains(trust, `"aws:PrincipalArn":"`+istiodRoleARN+`"`) {
		t.Errorf("the trust is not narrowed to istiod's role: %s", trust)
	}
}

func TestWhoSeesTheIstiodRoleReplacedIsToldByItsUniqueId(t *testing.T) {
	seen := map[any]bool{}
	for _, id := range []string{"AROABEFORE", "AROAAFTER"} {
		r := made(t, func(ctx *pulumi.Context, f *fixture) error {
			made, err := iam.NewIstiodRole(ctx, "istiod", validIstiod(f))
			if err != nil {
				return err
			}
			return taker(ctx, made.UniqueID)
		}, answering(role, map[string]any{"uniqueId": id}))
		seen[at(t, only(t, r, takerType), "value")] = true
	}
	if len(seen) != 2 {
		t.Errorf("the unique ids are %v", seen)
	}
}

func TestIstiodMayOnlyAssumeTheDiscoveryRoles(t *testing.T) {
	policy := only(t, oneRole(t, iam.IstiodRoleType), rolePolicy)
	var document struct {
		Statement []struct {
			Effect           string
			Action, Resource []string
		}
	}
	text, _ := at(t, policy, "policy").(string)
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	want := []string{"arn:aws:iam::111122223333:role/mesh-discovery-local", "arn:aws:iam::444455556666:role/mesh-discovery-external"}
	if len(document.Statement) != 1 || !slices.Equal(document.Statement[0].Action, []string{"sts:AssumeRole", "sts:TagSession"}) ||
		!slices.Equal(document.Statement[0].Resource, want) {
		t.Errorf("the policy is %s", text)
	}
}

// The role of one service gets what ECS reads and writes for that service's definition. A right that nobody named is one too many.
func TestTheExecutionRoleOfAServiceMayReadWhatItsDefinitionNames(t *testing.T) {
	secret := "arn:aws:secretsmanager:eu-central-1:444455556666:secret:orders-AbCdEf"
	file := "arn:aws:s3:::orders-config/env/orders.env"
	key := "arn:aws:kms:eu-central-1:444455556666:key/11111111-2222-3333-4444-555555555555"
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validExecution(f)
		args.SecretARNs, args.Parameters, args.Files, args.KeyARNs = []string{secret}, []string{"/orders/url"}, []string{file}, []string{key}
		args.CreatedGroups = policy.LogGroupsHere("/ecs/orders")
		_, err := iam.NewExecutionRole(ctx, "role", args)
		return err
	})
	text, _ := at(t, only(t, r, rolePolicy), "policy").(string)
	var document struct {
		Statement []struct {
			Effect           string
			Action, Resource any
		}
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	list := func(value any) (texts []string) {
		if one, ok := value.(string); ok {
			return []string{one}
		}
		all, _ := value.([]any)
		for _, one := range all {
			s, _ := one.(string)
			texts = append(texts, s)
		}
		return texts
	}
	got := map[string][]string{}
	for _, s := range document.Statement {
		for _, action := range list(s.Action) {
			got[s.Effect+" "+action] = append(got[s.Effect+" "+action], list(s.Resource)...)
		}
	}
	logs := "arn:aws:logs:eu-central-1:444455556666:log-group:"
	repository := []string{"arn:aws:ecr:eu-central-1:444455556666:repository/cart"}
	want := map[string][]string{
		"Allow logs:CreateLogStream":            {logs + "/ecs/mesh-shop:log-stream:*"},
		"Allow logs:PutLogEvents":               {logs + "/ecs/mesh-shop:log-stream:*"},
		"Allow logs:CreateLogGroup":             {logs + "/ecs/orders:*"},
		"Allow ecr:GetAuthorizationToken":       {"*"},
		"Allow ecr:BatchCheckLayerAvailability": repository,
		"Allow ecr:BatchGetImage":               repository,
		"Allow ecr:GetDownloadUrlForLayer":      repository,
		"Allow secretsmanager:GetSecretValue":   {secret},
		"Allow ssm:GetParameters":               {"arn:aws:ssm:eu-central-1:444455556666:parameter/orders/url"},
		"Allow s3:GetObject":                    {file},
		"Allow s3:GetBucketLocation":            {"arn:aws:s3:::orders-config"},
		"Allow kms:Decrypt":                     {key},
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("the role may\n%v\nand should\n%v", got, want)
	}
}

// Policies that cannot stand side by side are changed in place, and the preview says so.
func TestPoliciesOfTasksStandSideBySideWhereThreeOfThemFit(t *testing.T) {
	const limit = 10240 / 3
	statement := func(size int) string {
		const frame = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-central-1:444455556666:"}]}`
		return strings.Replace(frame, `6666:`, `6666:`+strings.Repeat("q", size-len(frame)), 1)
	}
	for size, beside := range map[int]bool{200: true, limit: true, limit + 1: false} {
		roles := map[string]func(*pulumi.Context, *fixture) error{
			"task": func(ctx *pulumi.Context, f *fixture) error {
				args := validTask(f)
				args.Exec, args.Inline = nil, statement(size)
				_, err := iam.NewTaskRole(ctx, "task-shop-cart", args)
				return err
			},
			"permissions": func(ctx *pulumi.Context, f *fixture) error {
				args := validPermissions(f)
				args.Inline, args.Text = pulumi.String(statement(size)), statement(size)
				_, err := iam.NewPermissions(ctx, "cart", args)
				return err
			},
		}
		for kind, build := range roles {
			r := made(t, build)
			one := only(t, r, rolePolicy)
			if got := slices.Contains(one.ReplaceOnChanges, "policy"); got != beside || one.DeleteBeforeReplace || one.Inputs["name"] != nil {
				t.Errorf("%s of %d characters: replaced on changes of %v, with the inputs %v", kind, size, one.ReplaceOnChanges, one.Inputs)
			}
			if warned := strings.Contains(strings.Join(r.Warnings, " "), "takes the place of the old ones"); warned == beside {
				t.Errorf("%s of %d characters: the warnings are %v", kind, size, r.Warnings)
			}
		}
	}
}

// What the stack file imports has its name, and the engine replaces none while it does.
func TestAnImportedPolicyKeepsItsName(t *testing.T) {
	for _, name := range []string{"execution-external", "execution-shop/cart"} {
		r := made(t, func(ctx *pulumi.Context, f *fixture) error {
			args := validExecution(f)
			args.Imports = component.Imports{"aws:iam/rolePolicy:RolePolicy::" + name: "mesh-execution-external:theirs"}
			_, err := iam.NewExecutionRole(ctx, name, args)
			return err
		})
		one := only(t, r, rolePolicy)
		if one.Inputs["name"] != "theirs" || one.Inputs["namePrefix"] != nil || len(one.ReplaceOnChanges) > 0 || one.Import != "mesh-execution-external:theirs" {
			t.Errorf("%s: the import %q has the inputs %v and is replaced on changes of %v", name, one.Import, one.Inputs, one.ReplaceOnChanges)
		}
	}
}
