package aws

import (
	"strconv"

	"ambient-ecs/sandbox/world"
)

const launchTemplateKind = "aws:ec2/launchTemplate:LaunchTemplate"

func launchTemplateType() *resourceType {
	return &resourceType{
		token: launchTemplateKind, service: "EC2", noun: "EC2 Launch Template",
		inputs: map[string]input{
			"blockDeviceMappings":  {},
			"defaultVersion":       {computed: true},
			"description":          {},
			"ebsOptimized":         {},
			"iamInstanceProfile":   {},
			"imageId":              {},
			"instanceType":         {},
			"metadataOptions":      {computed: true, inner: []string{"httpEndpoint", "httpProtocolIpv6", "httpPutResponseHopLimit", "httpTokens", "instanceMetadataTags"}},
			"monitoring":           {},
			"name":                 {replace: true, auto: 125},
			"namePrefix":           {replace: true},
			"networkInterfaces":    {},
			"tagSpecifications":    {},
			"tags":                 tags,
			"updateDefaultVersion": {},
			"userData":             {},
			"vpcSecurityGroupIds":  {same: sameSet},
		},
		outputs: []string{"arn", "latestVersion"},
		fresh:   []string{"latestVersion"},
		create: func(c *call, res *world.Resource) error {
			name := text(c.in, "name")
			if name == "" {
				name = text(c.in, "namePrefix") + digest(c.Tx, "template")[:26]
				res.Props["name"] = name
			}
			if len(c.each(launchTemplateKind, func(r *world.Resource) bool { return r.String("name") == name })) > 0 {
				return c.refuse("CreateLaunchTemplate", "InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
			}
			if err := c.checkTemplate("CreateLaunchTemplate"); err != nil {
				return err
			}
			res.ID = newID(c.Tx, "lt")
			res.Props["arn"] = c.arn("ec2", "launch-template/"+res.ID)
			res.Props["latestVersion"], res.Props["defaultVersion"] = 1.0, 1.0
			if block := object(res.Props, "metadataOptions"); block != nil {
				for k, v := range map[string]any{"httpProtocolIpv6": "", "instanceMetadataTags": "", "httpEndpoint": "enabled", "httpTokens": "optional", "httpPutResponseHopLimit": 1.0} {
					if _, ok := block[k]; !ok {
						block[k] = v
					}
				}
			}
			return nil
		},
		update: func(c *call, res *world.Resource) error {
			if err := c.checkTemplate("CreateLaunchTemplateVersion"); err != nil {
				return err
			}
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

func (c *call) checkTemplate(operation string) error {
	for _, id := range texts(c.in, "vpcSecurityGroupIds") {
		if c.get(securityGroupKind, id) == nil {
			return c.refuse(operation, "InvalidGroup.NotFound", "The security group '%s' does not exist", id)
		}
	}
	if hops := number(c.in, "metadataOptions", "httpPutResponseHopLimit"); at(c.in, "metadataOptions", "httpPutResponseHopLimit") != nil && (hops < 1 || hops > 64) {
		return c.refuse(operation, "InvalidParameterValue", "HttpPutResponseHopLimit must be between 1 and 64, got %d", hops)
	}
	for _, m := range list(c.in, "blockDeviceMappings") {
		device, _ := m.(map[string]any)
		if text(device, "deviceName") == "" {
			return c.refuse(operation, "MissingParameter", "The request must contain the parameter DeviceName")
		}
	}
	return nil
}

func parseNumber(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil
}
