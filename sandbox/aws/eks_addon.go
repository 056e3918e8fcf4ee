package aws

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/sandbox/world"
)

const eksAddonKind = "aws:eks/addon:Addon"

// eksAddon is what the sandbox knows of an add-on: whether it needs nodes to become active, and by which
// minor versions EKS offers it, where that is narrow.
type eksAddon struct {
	needsNodes bool
	// ofCluster means that its minor version is the cluster's, or at most three older.
	ofCluster bool
	// fallback is the version that EKS takes by itself.
	fallback string
}

var eksAddons = map[string]eksAddon{
	"amazon-cloudwatch-observability": {fallback: "v4.5.0-eksbuild.1"},
	"aws-ebs-csi-driver":              {needsNodes: true, fallback: "v1.51.1-eksbuild.1"},
	"coredns":                         {needsNodes: true, fallback: "v1.12.4-eksbuild.1"},
	"eks-pod-identity-agent":          {fallback: "v1.3.8-eksbuild.2"},
	"kube-proxy":                      {ofCluster: true},
	"metrics-server":                  {needsNodes: true, fallback: "v0.8.0-eksbuild.2"},
	"vpc-cni":                         {fallback: "v1.20.1-eksbuild.3"},
}

var addonVersion = regexp.MustCompile(`^v(\d+)\.(\d+)\.\d+-eksbuild\.\d+$`)

func eksAddonType() *resourceType {
	conflicts := input{check: oneOf("NONE", "OVERWRITE", "PRESERVE")}
	return &resourceType{
		token: eksAddonKind, service: "EKS", noun: "EKS Add-On", creates: "CreateAddon", updates: "UpdateAddon",
		inputs: map[string]input{
			"addonName":    {required: true, replace: true},
			"addonVersion": {computed: true},
			"clusterName":  {required: true, replace: true, refers: eksClusterKind},
			"configurationValues": {chosen: "", same: sameJSON, check: func(v any) string {
				if s, _ := v.(string); s != "" && !json.Valid([]byte(s)) {
					return "ConfigurationValue provided in request is not supported: not JSON"
				}
				return ""
			}},
			"podIdentityAssociations":  {same: sameSet},
			"preserve":                 {},
			"resolveConflicts":         conflicts,
			"resolveConflictsOnCreate": {check: oneOf("NONE", "OVERWRITE")},
			"resolveConflictsOnUpdate": conflicts,
			"serviceAccountRoleArn":    {},
			"tags":                     tags,
		},
		outputs: values{"arn": "${id}/${UUID}", "createdAt": "${Now}", "modifiedAt": "${Now}"},
		fresh:   []string{"modifiedAt"},
		key:     arn("eks", "addon/${clusterName}/${addonName}"),
		known:   "${clusterName}:${addonName}",
		taken:   refusal{"ResourceInUseException", "Addon already exists."},
		check:   checkAddon,
		create: func(c *call, res *world.Resource) error {
			cluster := c.find(c.types[eksClusterKind], text(c.in, "clusterName"), nil)
			res.Props["_conflict"] = adopts(cluster, text(c.in, "addonName")) && text(c.in, "resolveConflictsOnCreate")+text(c.in, "resolveConflicts") != "OVERWRITE"
			c.after(res, Latencies[eksAddonKind].Create, map[string]any{"_installed": true})
			return c.associate(res)
		},
		update: func(c *call, res *world.Resource) error { return c.associate(res) },
		remove: func(c *call, res *world.Resource) error {
			for _, association := range c.each(eksPodIdentityKind, Has("ownerArn", res.ID)) {
				if !flag(res.Props, "preserve") {
					c.Drop(association)
				}
			}
			return nil
		},
		ready: addonReady,
		overdue: func(c *call, res *world.Resource) string {
			return fmt.Sprintf(" to become 'ACTIVE' (last state: 'DEGRADED', timeout: 20m0s): InsufficientNumberOfReplicas: The add-on is unhealthy because it doesn't have the desired number of replicas. (%s needs a node)", res.String("addonName"))
		},
	}
}

// addonReady waits for those pods of an add-on that do not run on every node.
func addonReady(c *call, res *world.Resource) (bool, error) {
	if !flag(res.Props, "_installed") {
		return false, nil
	}
	if flag(res.Props, "_conflict") {
		return false, errors.New("unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: ConfigurationConflict: Conflicts found when trying to apply. Will not continue due to resolve conflicts mode.")
	}
	if !eksAddons[res.String("addonName")].needsNodes {
		return true, nil
	}
	active := func(r *world.Resource) bool {
		return r.String("clusterName") == res.String("clusterName") && r.String("status") == "ACTIVE" && number(r.Props, "scalingConfig", "desiredSize") > 0
	}
	return len(c.each(eksNodeGroupKind, active)) > 0, nil
}

// adopts reports whether EKS has put the add-on's software there already, without an add-on, as it does unless told not to.
func adopts(cluster *world.Resource, addon string) bool {
	return flag(cluster.Props, "bootstrapSelfManagedAddons") && slices.Contains([]string{"coredns", "kube-proxy", "vpc-cni"}, addon) &&
		!slices.Contains(texts(cluster.Props, "defaultAddonsToRemoves"), addon)
}

func checkAddon(c *call, res *world.Resource) error {
	cluster, err := c.cluster()
	if err != nil {
		return err
	}
	name, kubernetes := text(c.in, "addonName"), cluster.String("version")
	known, ok := eksAddons[name]
	if !ok {
		return c.invalid("Addon %s is not supported in %s kubernetes version", name, kubernetes)
	}
	if wanted := text(c.in, "addonVersion"); wanted != "" {
		version := addonVersion.FindStringSubmatch(wanted)
		_, minor, _ := strings.Cut(kubernetes, ".")
		if version == nil || known.ofCluster && !(version[1] == "1" && closeBelow(version[2], minor)) {
			return c.invalid("Addon version specified is not supported (%s %s for Kubernetes %s)", name, wanted, kubernetes)
		}
	} else if known.ofCluster {
		c.fill(res.Props, "addonVersion", "v"+kubernetes+".0-eksbuild.2", res)
	} else {
		c.fill(res.Props, "addonVersion", known.fallback, res)
	}
	if role := text(c.in, "serviceAccountRoleArn"); role != "" && roleByARN(c.Tx, role) == nil {
		return c.invalid("Role %s cannot be found or is not in the account of the cluster", role)
	}
	return nil
}

// closeBelow reports whether a minor version is the cluster's or at most three older, as kube-proxy may be.
func closeBelow(minor, cluster string) bool {
	a, _ := strconv.Atoi(minor)
	b, _ := strconv.Atoi(cluster)
	return a <= b && b-a <= 3
}

// isEKSPolicy knows the access policies of EKS.
func isEKSPolicy(partition, arn string) bool {
	name, ok := strings.CutPrefix(arn, "arn:"+partition+":eks::aws:cluster-access-policy/")
	return ok && slices.Contains([]string{"AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSClusterAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy", "AmazonEKSAutoNodePolicy"}, name)
}
