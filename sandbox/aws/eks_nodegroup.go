package aws

import (
	"cmp"
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

// nodesGiveUp is how long EKS waits for nodes to join.
const nodesGiveUp = 5 * time.Minute

var instanceTypePattern = regexp.MustCompile(`^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|(\d+)?xlarge|metal(-\d+xl)?)$`)

func eksNodeGroupType() *resourceType {
	return &resourceType{
		token: eksNodeGroupKind, service: "EKS", noun: "EKS Node Group", creates: "CreateNodegroup", updates: "UpdateNodegroupConfig",
		inputs: map[string]input{
			"amiType":             {replace: true, chosen: defaultImage, check: oneOf("AL2_x86_64", "AL2_ARM_64", "AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD", "BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64", "CUSTOM")},
			"capacityType":        {replace: true, chosen: "ON_DEMAND", check: oneOf("ON_DEMAND", "SPOT")},
			"clusterName":         {required: true, replace: true, refers: eksClusterKind},
			"diskSize":            {replace: true, computed: true},
			"forceUpdateVersion":  {},
			"instanceTypes":       {replace: true, chosen: []any{"t3.medium"}},
			"labels":              {},
			"launchTemplate":      {inner: values{"id": nil, "name": nil}},
			"nodeGroupName":       {replace: true, auto: 63},
			"nodeGroupNamePrefix": {replace: true},
			"nodeRoleArn":         {required: true, replace: true},
			"nodeRepairConfig":    {computed: true},
			"releaseVersion":      {computed: true},
			"scalingConfig":       {required: true},
			"subnetIds":           {required: true, replace: true, same: sameSet},
			"tags":                tags,
			"taints":              {same: sameSet, check: taintsIssue},
			"updateConfig":        {chosen: map[string]any{"maxUnavailable": 1}},
			"version":             {computed: true},
		},
		outputs: values{"arn": nil, "resources": nil, "status": nil},
		key:     arn("eks", "nodegroup/${clusterName}/${nodeGroupName}"),
		known:   "${clusterName}:${nodeGroupName}",
		taken:   refusal{"ResourceInUseException", "NodeGroup already exists with name ${nodeGroupName} and cluster name ${clusterName}"},
		life: &life{
			property: "status", making: "CREATING", ready: "ACTIVE", failed: "CREATE_FAILED", deleting: "DELETING", deletes: Latencies[eksNodeGroupKind].Delete,
			gone: map[string]any{"_gone": true},
		},
		create: createNodeGroup,
		update: updateNodeGroup,
		ready: func(_ *call, res *world.Resource) (bool, error) {
			if why := res.String("_failure"); why != "" {
				return false, fmt.Errorf("unexpected state 'Failed', wanted target 'Successful'. last error: %s", why)
			}
			return res.Props[updateKey] == nil, nil
		},
		busy: func(tx *world.Tx, res *world.Resource) bool {
			return res.Props[updateKey] != nil || res.String("status") == "DELETING" && len(instancesOf(tx, res)) > 0
		},
	}
}

func createNodeGroup(c *call, res *world.Resource) error {
	cluster, err := c.cluster()
	if err != nil {
		return err
	}
	role := roleByARN(c.Tx, text(c.in, "nodeRoleArn"))
	if role == nil || role.Account != c.account {
		return c.invalid("The role with name %s cannot be found. (Service: AmazonIdentityManagement; Status Code: 404; Error Code: NoSuchEntity)", NameOf(text(c.in, "nodeRoleArn")))
	}
	if MayAssume(c.Tx, Principal{Service: "ec2.amazonaws.com"}, role.String("arn"), nil) != nil {
		return c.invalid("Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole %s", role.String("arn"))
	}
	for _, id := range texts(c.in, "subnetIds") {
		subnet := c.get(subnetKind, id)
		if subnet == nil || subnet.String("vpcId") != text(cluster.Props, "vpcConfig", "vpcId") {
			return c.invalid("The subnet ID '%s' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidSubnetID.NotFound)", id)
		}
	}
	if err := c.checkScaling(); err != nil {
		return err
	}
	if err := c.checkNodes(cluster); err != nil {
		return err
	}
	c.completeNodeGroup(res, cluster, role)
	return nil
}

func (c *call) checkScaling() error {
	low, want, high := number(c.in, "scalingConfig", "minSize"), number(c.in, "scalingConfig", "desiredSize"), number(c.in, "scalingConfig", "maxSize")
	switch {
	case high < 1:
		return c.invalid("Maximum capacity should be at least 1")
	case low > want:
		return c.invalid("Minimum capacity %d can't be greater than desired size %d", low, want)
	case want > high:
		return c.invalid("desired capacity %d can't be greater than max size %d", want, high)
	}
	return nil
}

// checkNodes refuses combinations of image, instance types, disk, version and launch template.
func (c *call) checkNodes(cluster *world.Resource) error {
	types := texts(c.in, "instanceTypes")
	for _, t := range types {
		if !instanceTypePattern.MatchString(t) {
			return c.invalid("The following supplied instance types do not exist: [%s]", t)
		}
	}
	if err := c.checkImage(types); err != nil {
		return err
	}
	version, minor := text(c.in, "version"), cluster.String("version")
	if version != "" && slices.Index(kubernetesVersions, version) > slices.Index(kubernetesVersions, minor) {
		return c.invalid("Nodegroup Kubernetes version %s must not be newer than the cluster's version %s", version, minor)
	}
	if strings.HasPrefix(text(c.in, "amiType"), "AL2_") && slices.Index(kubernetesVersions, minor) >= slices.Index(kubernetesVersions, "1.33") {
		return c.invalid("Requested AMI type %s is not supported for Kubernetes version %s", text(c.in, "amiType"), minor)
	}
	if at(c.in, "launchTemplate") == nil {
		return nil
	}
	template := c.templateOf(c.in)
	if template == nil {
		by := "ID"
		if text(c.in, "launchTemplate", "id") == "" {
			by = "name"
		}
		return c.refuse("InvalidRequestException", "The specified launch template, with template %s %s, does not exist.", by, text(c.in, "launchTemplate", "id")+text(c.in, "launchTemplate", "name"))
	}
	if v, ok := parseNumber(text(c.in, "launchTemplate", "version")); ok && (v < 1 || v > number(template.Props, "latestVersion")) {
		return c.refuse("InvalidRequestException", "Could not find the specified version %d for the launch template with ID %s.", v, template.ID)
	}
	switch {
	case number(c.in, "diskSize") != 0:
		return c.invalid("Disk size must be specified within the launch template.")
	case template.String("instanceType") != "" && len(types) > 0:
		return c.invalid("Cannot specify instance types in launch template and API request")
	case at(template.Props, "iamInstanceProfile") != nil:
		return c.invalid("Launch template %s should not specify an instance profile. The noderole in your request will be used to construct an instance profile.", template.ID)
	}
	return nil
}

// defaultImage is the image that EKS takes by itself.
const defaultImage = "AL2023_x86_64_STANDARD"

// newestRelease is the release of an image that EKS takes by itself. AWS releases images every few weeks: that of Amazon Linux is of the
// first day of the month.
func newestRelease(now time.Time, kubernetes, image string) string {
	if strings.HasPrefix(image, "BOTTLEROCKET_") {
		return "1.49.0-713f44ce"
	}
	return kubernetes + ".0-" + now.Format("200601") + "01"
}

// released orders the releases of one image: Amazon Linux by their day, Bottlerocket by the version of the system.
func released(image, release string) string {
	version, day, _ := strings.Cut(release, "-")
	if !strings.HasPrefix(image, "BOTTLEROCKET_") {
		return day
	}
	var key strings.Builder
	for _, part := range strings.Split(version, ".") {
		fmt.Fprintf(&key, "%06s", part)
	}
	return key.String()
}

// graviton are instance types with ARM processors.
var graviton = regexp.MustCompile(`^(a1|[a-z]+[0-9]+g[a-z0-9-]*)\.`)

// checkImage refuses instance types with processors that the image is not for, and releases that the image does not have.
func (c *call) checkImage(types []string) error {
	image, release, kubernetes := cmp.Or(text(c.in, "amiType"), defaultImage), text(c.in, "releaseVersion"), text(c.in, "version")
	for _, t := range types {
		if image != "CUSTOM" && graviton.MatchString(t) != strings.Contains(image, "_ARM_64") {
			return c.invalid("[%s] is not a valid instance type for requested amiType %s", t, image)
		}
	}
	if release != "" && strings.HasPrefix(image, "AL2023_") && kubernetes != "" && !strings.HasPrefix(release, kubernetes+".") {
		return c.invalid("Requested Nodegroup release version %s is invalid. Allowed release versions are of Kubernetes version %s", release, kubernetes)
	}
	return nil
}

// taintsIssue says what is wrong with the taints of a group.
func taintsIssue(v any) string {
	taints, _ := v.([]any)
	check := oneOf("NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE")
	for _, taint := range taints {
		block, _ := taint.(map[string]any)
		if reason := check(block["effect"]); reason != "" {
			return reason
		}
	}
	return ""
}

func (c *call) templateOf(in map[string]any) *world.Resource {
	if id := text(in, "launchTemplate", "id"); id != "" {
		return c.get(launchTemplateKind, id)
	}
	return first(c.each(launchTemplateKind, Has("name", text(in, "launchTemplate", "name"))))
}

func (c *call) completeNodeGroup(res, cluster, role *world.Resource) {
	name, uuid := res.String("nodeGroupName"), newUUID(c.Tx, "nodegroup")
	c.fill(res.Props, "version", cluster.String("version"), res)
	c.fill(res.Props, "releaseVersion", newestRelease(c.Now, cluster.String("version"), res.String("amiType")), res)
	groups := []any{text(cluster.Props, "vpcConfig", "clusterSecurityGroupId")}
	if template := c.templateOf(c.in); template != nil {
		block := object(res.Props, "launchTemplate")
		block["id"], block["name"] = template.ID, template.String("name")
		res.Props["diskSize"] = 0.0
		if own := list(template.Props, "vpcSecurityGroupIds"); len(own) > 0 {
			groups = own
		}
	}
	c.fill(res.Props, "diskSize", 20, res)
	res.Props["_groups"], res.Props["_since"] = groups, c.Now.Format(time.RFC3339Nano)
	res.Props["arn"] = res.ID + "/" + uuid
	res.Props["resources"] = []any{map[string]any{"autoscalingGroups": []any{map[string]any{"name": "eks-" + name + "-" + uuid}}, "remoteAccessSecurityGroupId": ""}}
	profile := c.make(instanceProfileKind, "eks-"+uuid, "eks", map[string]any{"role": role.ID, "name": "eks-" + uuid, "nodeGroupArn": res.ID})
	profile.Region = ""
	// In the API modes EKS lets the nodes in by an access entry of its own.
	c.makeAccessEntry(cluster, role.String("arn"), "EC2_LINUX")
}

func updateNodeGroup(c *call, res *world.Resource) error {
	if err := c.checkScaling(); err != nil {
		return err
	}
	c.operation = "UpdateNodegroupVersion"
	cluster, err := c.cluster()
	if err != nil {
		return err
	}
	if err := c.checkNodes(cluster); err != nil {
		return err
	}
	delete(res.Props, "_failure")
	if res.String("status") == "CREATE_FAILED" {
		// A real group that failed stays so and has to be made anew. Here an update tries again.
		res.Props["status"], res.Props["_since"] = "CREATING", c.Now.Format(time.RFC3339Nano)
		return nil
	}
	version, release := text(c.in, "version"), text(c.in, "releaseVersion")
	if version == "" {
		version = res.String("version")
	}
	if version != res.String("version") && release == "" {
		release = newestRelease(c.Now, version, res.String("amiType"))
		c.in["releaseVersion"] = release
	}
	if release == "" {
		release = res.String("releaseVersion")
	}
	if version == res.String("version") && release == res.String("releaseVersion") && text(c.in, "launchTemplate", "version") == text(res.Props, "launchTemplate", "version") {
		return nil
	}
	switch {
	case res.Props[updateKey] != nil:
		return c.refuse("ResourceInUseException", "Nodegroup cannot be updated as it is currently not in Active State")
	case slices.Index(kubernetesVersions, version) < slices.Index(kubernetesVersions, res.String("version")):
		return c.invalid("Nodegroup Kubernetes version %s is older than its version %s: a node group goes back to no earlier Kubernetes version", version, res.String("version"))
	case version == res.String("version") && released(res.String("amiType"), release) < released(res.String("amiType"), res.String("releaseVersion")):
		return c.invalid("Requested Nodegroup release version %s is older than its release version %s: a node group goes back to no earlier AMI version", release, res.String("releaseVersion"))
	}
	c.startUpdate(res)
	return nil
}
