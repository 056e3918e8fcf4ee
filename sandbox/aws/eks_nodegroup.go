package aws

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"ambient-ecs/sandbox/world"
)

const (
	eksNodeGroupKind = "aws:eks/nodeGroup:NodeGroup"
	// instanceKind is an EC2 instance, which only node groups make here.
	instanceKind = "aws:ec2/instance:Instance"
)

// Durations of a node group: until nodes are there, until EKS gives up on them, and a rolling update.
const (
	nodesStart   = 2 * time.Minute
	nodesGiveUp  = 5 * time.Minute
	nodesReplace = 4 * time.Minute
)

var instanceTypePattern = regexp.MustCompile(`^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|(\d+)?xlarge|metal(-\d+xl)?)$`)

func eksNodeGroupType() *resourceType {
	return &resourceType{
		token: eksNodeGroupKind, service: "EKS", noun: "EKS Node Group",
		inputs: map[string]input{
			"amiType":             {replace: true, computed: true, check: oneOf("AL2_x86_64", "AL2_ARM_64", "AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD", "BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64", "CUSTOM")},
			"capacityType":        {replace: true, computed: true, check: oneOf("ON_DEMAND", "SPOT")},
			"clusterName":         {required: true, replace: true},
			"diskSize":            {replace: true, computed: true},
			"forceUpdateVersion":  {},
			"instanceTypes":       {replace: true, computed: true},
			"labels":              {},
			"launchTemplate":      {inner: []string{"id", "name"}},
			"nodeGroupName":       {replace: true, auto: 63},
			"nodeGroupNamePrefix": {replace: true},
			"nodeRoleArn":         {required: true, replace: true},
			"releaseVersion":      {computed: true},
			"scalingConfig":       {required: true},
			"subnetIds":           {required: true, replace: true, same: sameSet},
			"tags":                tags,
			"taints":              {same: sameSet},
			"updateConfig":        {computed: true},
			"version":             {computed: true},
		},
		outputs: []string{"arn", "resources", "status"},
		create:  createNodeGroup,
		update:  updateNodeGroup,
		remove:  removeNodeGroup,
		ready: func(_ *call, res *world.Resource) (bool, error) {
			if res.String("status") == "CREATE_FAILED" {
				return false, fmt.Errorf("unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: %s", res.String("_issue"))
			}
			return res.String("status") == "ACTIVE" && !flag(res.Props, "_updating"), nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			cluster, name, _ := strings.Cut(id, ":")
			return c.get(eksNodeGroupKind, c.arn("eks", "nodegroup/"+cluster+"/"+name))
		},
		id: func(res *world.Resource) string { return res.String("clusterName") + ":" + res.String("nodeGroupName") },
	}
}

func createNodeGroup(c *call, res *world.Resource) error {
	const operation = "CreateNodegroup"
	invalid := func(format string, args ...any) error {
		return c.refuse(operation, "InvalidParameterException", format, args...)
	}
	cluster, err := c.cluster(operation)
	if err != nil {
		return err
	}
	name := text(c.in, "nodeGroupName")
	res.ID = c.arn("eks", "nodegroup/"+cluster.String("name")+"/"+name)
	if c.get(eksNodeGroupKind, res.ID) != nil {
		return c.refuse(operation, "ResourceInUseException", "NodeGroup already exists with name %s and cluster name %s", name, cluster.String("name"))
	}
	role := roleByARN(c.Tx, text(c.in, "nodeRoleArn"))
	if role == nil || role.Account != c.account {
		return invalid("The role with name %s cannot be found. (Service: AmazonIdentityManagement; Status Code: 404; Error Code: NoSuchEntity)", nameOf(text(c.in, "nodeRoleArn")))
	}
	if MayAssume(c.Tx, Principal{Service: "ec2.amazonaws.com"}, role.String("arn"), nil) != nil {
		return invalid("Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole %s", role.String("arn"))
	}
	for _, id := range texts(c.in, "subnetIds") {
		subnet := c.get(subnetKind, id)
		if subnet == nil || subnet.String("vpcId") != text(cluster.Props, "vpcConfig", "vpcId") {
			return invalid("The subnet ID '%s' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidSubnetID.NotFound)", id)
		}
	}
	if err := c.checkScaling(operation); err != nil {
		return err
	}
	if err := c.checkNodes(operation, cluster); err != nil {
		return err
	}
	c.completeNodeGroup(res, cluster, role)
	return nil
}

func (c *call) checkScaling(operation string) error {
	low, want, high := number(c.in, "scalingConfig", "minSize"), number(c.in, "scalingConfig", "desiredSize"), number(c.in, "scalingConfig", "maxSize")
	switch {
	case high < 1:
		return c.refuse(operation, "InvalidParameterException", "Maximum capacity should be at least 1")
	case low > want:
		return c.refuse(operation, "InvalidParameterException", "Minimum capacity %d can't be greater than desired size %d", low, want)
	case want > high:
		return c.refuse(operation, "InvalidParameterException", "desired capacity %d can't be greater than max size %d", want, high)
	}
	return nil
}

// checkNodes refuses combinations of image, instance types, disk, version and launch template.
func (c *call) checkNodes(operation string, cluster *world.Resource) error {
	invalid := func(format string, args ...any) error {
		return c.refuse(operation, "InvalidParameterException", format, args...)
	}
	types := texts(c.in, "instanceTypes")
	for _, t := range types {
		if !instanceTypePattern.MatchString(t) {
			return invalid("The following supplied instance types do not exist: [%s]", t)
		}
	}
	version, minor := text(c.in, "version"), cluster.String("version")
	if version != "" && slices.Index(kubernetesVersions, version) > slices.Index(kubernetesVersions, minor) {
		return invalid("Nodegroup Kubernetes version %s must not be newer than the cluster's version %s", version, minor)
	}
	if strings.HasPrefix(text(c.in, "amiType"), "AL2_") && slices.Index(kubernetesVersions, minor) >= slices.Index(kubernetesVersions, "1.33") {
		return invalid("Requested AMI type %s is not supported for Kubernetes version %s", text(c.in, "amiType"), minor)
	}
	if at(c.in, "launchTemplate") == nil {
		return nil
	}
	template := c.templateOf(c.in)
	if template == nil {
		return c.refuse(operation, "InvalidRequestException", "The launch template %s does not exist", text(c.in, "launchTemplate", "id")+text(c.in, "launchTemplate", "name"))
	}
	if v, ok := parseNumber(text(c.in, "launchTemplate", "version")); ok && (v < 1 || v > number(template.Props, "latestVersion")) {
		return c.refuse(operation, "InvalidRequestException", "Could not find the specified version %d for the launch template with ID %s.", v, template.ID)
	}
	switch {
	case number(c.in, "diskSize") != 0:
		return invalid("Disk size must be specified within the launch template.")
	case template.String("instanceType") != "" && len(types) > 0:
		return invalid("Cannot specify instance types in launch template and API request")
	case at(template.Props, "iamInstanceProfile") != nil:
		return invalid("Launch template %s should not specify an instance profile. The noderole in your request will be used to construct an instance profile.", template.ID)
	}
	return nil
}

func (c *call) templateOf(in map[string]any) *world.Resource {
	if id := text(in, "launchTemplate", "id"); id != "" {
		return c.get(launchTemplateKind, id)
	}
	found := c.each(launchTemplateKind, func(r *world.Resource) bool { return r.String("name") == text(in, "launchTemplate", "name") })
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

func (c *call) completeNodeGroup(res, cluster, role *world.Resource) {
	name, uuid := res.String("nodeGroupName"), newUUID(c.Tx, "nodegroup")
	for k, v := range map[string]any{
		"amiType": "AL2023_x86_64_STANDARD", "capacityType": "ON_DEMAND", "instanceTypes": []any{"t3.medium"}, "version": cluster.String("version"),
		"releaseVersion": cluster.String("version") + ".0-20251101", "updateConfig": map[string]any{"maxUnavailable": 1.0},
	} {
		if _, ok := res.Props[k]; !ok {
			res.Props[k] = v
		}
	}
	groups := []any{text(cluster.Props, "vpcConfig", "clusterSecurityGroupId")}
	if template := c.templateOf(c.in); template != nil {
		block := object(res.Props, "launchTemplate")
		block["id"], block["name"] = template.ID, template.String("name")
		res.Props["diskSize"] = 0.0
		if own := list(template.Props, "vpcSecurityGroupIds"); len(own) > 0 {
			groups = own
		}
	} else if _, ok := res.Props["diskSize"]; !ok {
		res.Props["diskSize"] = 20.0
	}
	res.Props["_groups"], res.Props["_since"] = groups, c.Now.Format(time.RFC3339Nano)
	res.Props["arn"], res.Props["status"] = res.ID+"/"+uuid, "CREATING"
	res.Props["resources"] = []any{map[string]any{"autoscalingGroups": []any{map[string]any{"name": "eks-" + name + "-" + uuid}}, "remoteAccessSecurityGroupId": ""}}
	profile := c.make(instanceProfileKind, "eks-"+uuid, "eks", map[string]any{"role": role.ID, "name": "eks-" + uuid, "nodeGroupArn": res.ID})
	profile.Region = ""
	// In the API modes EKS lets the nodes in by an access entry of its own.
	c.makeAccessEntry(cluster, role.String("arn"), "EC2_LINUX")
}

func updateNodeGroup(c *call, res *world.Resource) error {
	if err := c.checkScaling("UpdateNodegroupConfig"); err != nil {
		return err
	}
	cluster, err := c.cluster("UpdateNodegroupVersion")
	if err != nil {
		return err
	}
	if err := c.checkNodes("UpdateNodegroupVersion", cluster); err != nil {
		return err
	}
	if res.String("status") == "CREATE_FAILED" {
		// A real group that failed stays so and has to be made anew. Here an update tries again.
		res.Props["status"], res.Props["_since"] = "CREATING", c.Now.Format(time.RFC3339Nano)
		return nil
	}
	if text(c.in, "version") != res.String("version") && text(c.in, "version") != "" || text(c.in, "launchTemplate", "version") != text(res.Props, "launchTemplate", "version") {
		res.Props["_updating"] = true
		c.after(res, nodesReplace, map[string]any{"_updating": false})
	}
	return nil
}

func removeNodeGroup(c *call, res *world.Resource) error {
	if res.String("status") == "DELETING" {
		return errStillGoing
	}
	res.Props["status"] = "DELETING"
	c.after(res, 2*time.Minute, map[string]any{"_gone": true})
	return errStillGoing
}
