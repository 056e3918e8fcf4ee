package api

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apiserver/pkg/cel/environment"
)

// admitted asks the ValidatingAdmissionPolicies that are bound about a request. Controllers of the cluster are not asked about: none
// of the policies here is for them. A policy whose expression fails refuses, as failurePolicy Fail says.
func (c *Cluster) admitted(kind Kind, operation string, o, old Object) error {
	if c.user == nil {
		return nil
	}
	subject := o
	if subject == nil {
		subject = old
	}
	var groups []any
	for _, group := range c.user.Groups {
		groups = append(groups, group)
	}
	request := map[string]any{
		"operation": operation, "name": Name(subject), "namespace": Namespace(subject), "userInfo": map[string]any{"username": c.user.Name, "groups": groups},
	}
	facts := map[string]any{"request": request, "object": o, "oldObject": old}
	for _, binding := range c.List(ValidatingBindingKind, "") {
		policy := c.Get(ValidatingPolicyKind, "", String(binding, "spec", "policyName"))
		if policy == nil || !slices.Contains(texts(Map(binding, "spec"), "validationActions"), "Deny") || !constrains(policy, kind, operation) {
			continue
		}
		if why := refusal(policy, facts); why != "" {
			refused := apierrors.NewForbidden(kind.Resource(), Name(subject), fmt.Errorf("ValidatingAdmissionPolicy '%s' with binding '%s' denied request: %s", Name(policy), Name(binding), why))
			return refused
		}
	}
	return nil
}

// constrains reports whether a policy is about a kind and an operation.
func constrains(policy Object, kind Kind, operation string) bool {
	return slices.ContainsFunc(Maps(policy, "spec", "matchConstraints", "resourceRules"), func(rule Object) bool {
		return has(texts(rule, "apiGroups"), "*", kind.Group) && has(texts(rule, "apiVersions"), "*", kind.Version) &&
			has(texts(rule, "resources"), "*", kind.Plural) && has(texts(rule, "operations"), "*", operation)
	})
}

// refusal says why a policy refuses a request, or returns "".
func refusal(policy Object, facts map[string]any) string {
	for _, condition := range Maps(policy, "spec", "matchConditions") {
		if met, err := evaluate(String(condition, "expression"), facts); err != nil {
			return err.Error()
		} else if !met {
			return ""
		}
	}
	for _, validation := range Maps(policy, "spec", "validations") {
		expression := String(validation, "expression")
		met, err := evaluate(expression, facts)
		switch message := String(validation, "message"); {
		case err != nil:
			return err.Error()
		case met:
		case message != "":
			return message
		default:
			return "failed expression: " + expression
		}
	}
	return ""
}

// celEnvironment is what an expression of an admission policy sees, with Kubernetes' own library.
var celEnvironment = sync.OnceValues(func() (*cel.Env, error) {
	env, err := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).Env(environment.StoredExpressions)
	if err != nil {
		return nil, err
	}
	return env.Extend(cel.Variable("request", cel.DynType), cel.Variable("object", cel.DynType), cel.Variable("oldObject", cel.DynType))
})

// evaluate evaluates an expression that is true or false.
func evaluate(expression string, facts map[string]any) (bool, error) {
	env, err := celEnvironment()
	if err != nil {
		return false, err
	}
	ast, issues := env.Compile(expression)
	if issues.Err() != nil {
		return false, fmt.Errorf("expression '%s': %w", strings.TrimSpace(expression), issues.Err())
	}
	program, err := env.Program(ast)
	if err != nil {
		return false, err
	}
	result, _, err := program.Eval(facts)
	if err != nil {
		return false, fmt.Errorf("expression '%s' resulted in error: %w", expression, err)
	}
	met, _ := result.Value().(bool)
	return met, nil
}
