package aws

import (
	"slices"
	"strconv"

	"ambient-ecs/sandbox/world"
)

const launchTemplateKind = "aws:ec2/launchTemplate:LaunchTemplate"

func launchTemplateType() *resourceType {
	return &resourceType{
		token: launchTemplateKind, service: "EC2", noun: "EC2 Launch Template", creates: "CreateLaunchTemplate", updates: "CreateLaunchTemplateVersion",
		inputs: map[string]input{
			"blockDeviceMappings": {},
			"defaultVersion":      {chosen: 1},
			"description":         {},
			"ebsOptimized":        {},
			"iamInstanceProfile":  {},
			"imageId":             {},
			"instanceType":        {},
			"metadataOptions": {computed: true, inner: values{
				"httpEndpoint": "enabled", "httpProtocolIpv6": "", "httpPutResponseHopLimit": 1, "httpTokens": "optional", "instanceMetadataTags": "",
			}},
			"monitoring":           {},
			"name":                 {replace: true, auto: 125},
			"namePrefix":           {replace: true},
			"networkInterfaces":    {},
			"tagSpecifications":    {},
			"tags":                 tags,
			"updateDefaultVersion": {},
			"userData":             {},
			"vpcSecurityGroupIds":  {same: sameSet, refers: securityGroupKind},
		},
		recomputes: planVersions,
		outputs:    values{"arn": arn("ec2", "launch-template/${id}"), "latestVersion": nil},
		fresh:      []string{"latestVersion"},
		newID:      ec2ID("lt"),
		check:      checkTemplate,
		create: func(c *call, res *world.Resource) error {
			if len(c.each(launchTemplateKind, Has("name", res.String("name")))) > 0 {
				return c.refuse("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
			}
			res.Props["latestVersion"] = 1.0
			return nil
		},
		update: func(c *call, res *world.Resource) error {
			// Every change but one of tags is a new version.
			old, now := cloneMap(res.Props), cloneMap(c.in)
			for _, k := range sortedKeys(now) {
				if k != "tags" && k != "updateDefaultVersion" && !covers(now[k], old[k]) {
					res.Props["latestVersion"] = float64(number(res.Props, "latestVersion") + 1)
					break
				}
			}
			if flag(c.in, "updateDefaultVersion") {
				res.Props["defaultVersion"] = res.Props["latestVersion"]
			}
			return nil
		},
	}
}

// planVersions says which versions the provider expects to be others after an update. It expects so for a change of tags too, which makes none.
// (CustomizeDiff of aws_launch_template, https://github.com/hashicorp/terraform-provider-aws, internal/service/ec2/ec2_launch_template.go, 2026-11-29)
func planVersions(changed []string, in map[string]any) (versions []string) {
	other := func(unless ...string) bool {
		return slices.ContainsFunc(changed, func(k string) bool { return !slices.Contains(append(unless, "name", "namePrefix", "description"), k) })
	}
	if other() && flag(in, "updateDefaultVersion") {
		versions = append(versions, "defaultVersion")
	}
	if other("defaultVersion", "updateDefaultVersion") {
		versions = append(versions, "latestVersion")
	}
	return versions
}

func checkTemplate(c *call, _ *world.Resource) error {
	if hops := number(c.in, "metadataOptions", "httpPutResponseHopLimit"); at(c.in, "metadataOptions", "httpPutResponseHopLimit") != nil && (hops < 1 || hops > 64) {
		return c.refuse("InvalidParameterValue", "HttpPutResponseHopLimit must be between 1 and 64, got %d", hops)
	}
	for _, m := range list(c.in, "blockDeviceMappings") {
		device, _ := m.(map[string]any)
		if text(device, "deviceName") == "" {
			return c.refuse("MissingParameter", "The request must contain the parameter DeviceName")
		}
	}
	return nil
}

func parseNumber(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil
}
