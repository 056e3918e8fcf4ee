package aws

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

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
		token: eksAddonKind, service: "EKS", noun: "EKS Add-On",
		inputs: map[string]input{
			"addonName":    {required: true, replace: true},
			"addonVersion": {computed: true},
			"clusterName":  {required: true, replace: true},
			"configurationValues": {computed: true, same: sameJSON, check: func(v any) string {
				if s, _ := v.(string); s != "" && !json.Valid([]byte(s)) {
					return "ConfigurationValue provided in request is not supported: not JSON"
				}
				return ""
			}},
			"preserve":                 {},
			"resolveConflicts":         conflicts,
			"resolveConflictsOnCreate": {check: oneOf("NONE", "OVERWRITE")},
			"resolveConflictsOnUpdate": conflicts,
			"serviceAccountRoleArn":    {},
			"tags":                     tags,
		},
		outputs: []string{"arn", "createdAt", "modifiedAt"},
		fresh:   []string{"modifiedAt"},
		create: func(c *call, res *world.Resource) error {
			cluster, err := c.cluster("CreateAddon")
			if err != nil {
				return err
			}
			name := text(c.in, "addonName")
			res.ID = c.arn("eks", "addon/"+cluster.String("name")+"/"+name)
			if c.get(eksAddonKind, res.ID) != nil {
				return c.refuse("CreateAddon", "ResourceInUseException", "Addon already exists.")
			}
			if err := c.checkAddon("CreateAddon", cluster, res); err != nil {
				return err
			}
			res.Props["arn"] = res.ID + "/" + newUUID(c.Tx, "addon")
			res.Props["createdAt"], res.Props["modifiedAt"] = stamp(c.Now), stamp(c.Now)
			if _, ok := res.Props["configurationValues"]; !ok {
				res.Props["configurationValues"] = ""
			}
			res.Props["_conflict"] = adopts(cluster, name) && text(c.in, "resolveConflictsOnCreate")+text(c.in, "resolveConflicts") != "OVERWRITE"
			c.after(res, 30*time.Second, map[string]any{"_installed": true})
			return nil
		},
		update: func(c *call, res *world.Resource) error {
			cluster, err := c.cluster("UpdateAddon")
			if err != nil {
				return err
			}
			res.Props["modifiedAt"] = stamp(c.Now)
			return c.checkAddon("UpdateAddon", cluster, res)
		},
		ready: addonReady,
		late: func(c *call, res *world.Resource) string {
			return fmt.Sprintf(" to become 'ACTIVE' (last state: 'DEGRADED'): InsufficientNumberOfReplicas: The add-on is unhealthy because it doesn't have the desired number of replicas. (%s needs a node)", res.String("addonName"))
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			cluster, name, _ := strings.Cut(id, ":")
			return c.get(eksAddonKind, c.arn("eks", "addon/"+cluster+"/"+name))
		},
		id: func(res *world.Resource) string { return res.String("clusterName") + ":" + res.String("addonName") },
	}
}

// addonReady waits for the pods of an add-on, as far as it has any that are not on every node.
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

func (c *call) checkAddon(operation string, cluster, res *world.Resource) error {
	invalid := func(format string, args ...any) error {
		return c.refuse(operation, "InvalidParameterException", format, args...)
	}
	name, kubernetes := text(c.in, "addonName"), cluster.String("version")
	known, ok := eksAddons[name]
	if !ok {
		return invalid("Addon %s is not supported in %s kubernetes version", name, kubernetes)
	}
	fallback := known.fallback
	if known.ofCluster {
		fallback = "v" + kubernetes + ".0-eksbuild.2"
	}
	if text(c.in, "addonVersion") == "" {
		if res.String("addonVersion") == "" {
			res.Props["addonVersion"] = fallback
		}
		return c.checkAddonRole(operation)
	}
	version := addonVersion.FindStringSubmatch(text(c.in, "addonVersion"))
	_, minor, _ := strings.Cut(kubernetes, ".")
	if version == nil || known.ofCluster && !(version[1] == "1" && closeBelow(version[2], minor)) {
		return invalid("Addon version specified is not supported (%s %s for Kubernetes %s)", name, text(c.in, "addonVersion"), kubernetes)
	}
	return c.checkAddonRole(operation)
}

// closeBelow reports whether a minor version is the cluster's or at most three older, as kube-proxy may be.
func closeBelow(minor, cluster string) bool {
	a, _ := strconv.Atoi(minor)
	b, _ := strconv.Atoi(cluster)
	return a <= b && b-a <= 3
}

func (c *call) checkAddonRole(operation string) error {
	if role := text(c.in, "serviceAccountRoleArn"); role != "" && roleByARN(c.Tx, role) == nil {
		return c.refuse(operation, "InvalidParameterException", "Role %s cannot be found or is not in the account of the cluster", role)
	}
	return nil
}

// isEKSPolicy knows the access policies of EKS.
func isEKSPolicy(partition, arn string) bool {
	name, ok := strings.CutPrefix(arn, "arn:"+partition+":eks::aws:cluster-access-policy/")
	return ok && slices.Contains([]string{"AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSClusterAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy", "AmazonEKSAutoNodePolicy"}, name)
}
