package aws

import (
	"regexp"
	"strings"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

// ParameterKind is a parameter of Systems Manager's Parameter Store.
const ParameterKind = "aws:ssm/parameter:Parameter"

// The tiers of parameters. With the last one SSM chooses one of the others.
const (
	tierStandard    = "Standard"
	tierAdvanced    = "Advanced"
	tierIntelligent = "Intelligent-Tiering"
)

var (
	parameterName = regexp.MustCompile(`^[a-zA-Z0-9_.\-/]+$`)
	// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html, 2026-11-29.
	reservedName = regexp.MustCompile(`^/?(?i:aws|ssm)`)
)

const parameterLevels = 15

func parameterType() *resourceType {
	return &resourceType{
		token: ParameterKind, service: "SSM", noun: "SSM Parameter", creates: "PutParameter", updates: "PutParameter",
		inputs: map[string]input{
			"dataType":      {computed: true, chosen: "text", check: oneOf("text")},
			"description":   {},
			"insecureValue": {required: true},
			"name":          {required: true, replace: true},
			"tags":          tags,
			"tier": {computed: true, chosen: tierStandard, check: oneOf(tierStandard, tierAdvanced, tierIntelligent), same: func(a, b any) bool {
				return a == b || a == tierIntelligent || b == tierIntelligent
			}},
			"type": {required: true, check: oneOf("String")},
		},
		outputs: values{"arn": nil, "version": nil},
		fresh:   []string{"version"},
		key:     "${name}",
		taken:   refusal{"ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."},
		check:   checkParameter,
		show: func(_ *call, res *world.Resource, state map[string]any) {
			if state["tier"] == tierIntelligent {
				state["tier"] = tierStandard
				if flag(res.Props, "_advanced") {
					state["tier"] = tierAdvanced
				}
			}
		},
	}
}

// checkParameter refuses what PutParameter refuses. SSM never makes an advanced parameter a standard one again.
func checkParameter(c *call, res *world.Resource) error {
	name, value, tier := text(c.in, "name"), text(c.in, "insecureValue"), text(c.in, "tier")
	refuse := func(format string, args ...any) error { return c.refuse("ValidationException", format, args...) }
	switch {
	case reservedName.MatchString(name):
		return refuse(`Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`)
	case !parameterName.MatchString(name):
		return refuse("Parameter name: If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_")
	case strings.Contains(name, "/") && !strings.HasPrefix(name, "/"):
		return refuse("Parameter name must be a fully qualified name.")
	case strings.Count(name, "/") > parameterLevels:
		return c.refuse("HierarchyLevelLimitExceededException", "A hierarchy can have a maximum of %d levels.", parameterLevels)
	case value == "":
		return refuse("1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case len(value) > quota.AdvancedParameter:
		return refuse("Advanced tier parameters support a maximum parameter value of %d characters.", quota.AdvancedParameter)
	case len(value) > quota.StandardParameter && (tier == "" || tier == tierStandard):
		return refuse("Standard tier parameters support a maximum parameter value of %d characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. "+
			"For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html", quota.StandardParameter)
	}
	res.Props["_advanced"] = flag(res.Props, "_advanced") || tier == tierAdvanced || len(value) > quota.StandardParameter
	res.Props["version"] = float64(number(res.Props, "version") + 1)
	res.Props["arn"] = c.arn("ssm", "parameter/"+strings.TrimPrefix(name, "/"))
	return nil
}
