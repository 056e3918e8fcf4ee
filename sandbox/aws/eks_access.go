package aws

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/sandbox/world"
)

const (
	eksPodIdentityKind  = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
	eksAccessEntryKind  = "aws:eks/accessEntry:AccessEntry"
	eksAccessPolicyKind = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
)

func eksPodIdentityType() *resourceType {
	return &resourceType{
		token: eksPodIdentityKind, service: "EKS", noun: "EKS Pod Identity Association",
		creates: "CreatePodIdentityAssociation", updates: "UpdatePodIdentityAssociation",
		inputs: map[string]input{
			"clusterName":    {required: true, replace: true, refers: eksClusterKind},
			"namespace":      {required: true, replace: true},
			"roleArn":        {required: true},
			"serviceAccount": {required: true, replace: true},
			"tags":           tags,
		},
		outputs: values{"associationArn": arn("eks", "podidentityassociation/${clusterName}/${id}"), "associationId": "${id}"},
		newID:   newAssociationID,
		check:   func(c *call, _ *world.Resource) error { return c.checkPodRole() },
		create: func(c *call, res *world.Resource) error {
			same := Has("clusterName", text(c.in, "clusterName"), "namespace", text(c.in, "namespace"), "serviceAccount", text(c.in, "serviceAccount"))
			if other := first(c.each(eksPodIdentityKind, same)); other != nil {
				return c.refuse("ResourceInUseException", "Association already exists: %s", other.ID)
			}
			c.associated(res, "")
			return nil
		},
		update: func(c *call, res *world.Resource) error {
			if old := text(c.state, "roleArn"); old != res.String("roleArn") {
				c.associated(res, old)
			}
			return nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			// An import names cluster and association: cluster,a-….
			return c.get(eksPodIdentityKind, id[strings.LastIndex(id, ",")+1:])
		},
	}
}

// IdentitySettles is the note of a world in which associations take another time of AWS than associationSettles, as Go writes durations.
const IdentitySettles = "aws/eks/identity-settles"

// associationSettles is how long Pod Identity's webhook does not know a new association. AWS speaks of several seconds
// (https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html, 2026-11-30).
const associationSettles = 10 * time.Second

// associated notes that an association has a new role. Until it takes effect, pods get the role of before, "" for none.
func (c *call) associated(res *world.Resource, before string) {
	wait := associationSettles
	if other, err := time.ParseDuration(c.Note(IdentitySettles)); err == nil {
		wait = other
	}
	res.Props["_before"], res.Props["_since"] = before, c.Now.Add(lasts(wait)).Format(time.RFC3339Nano)
}

// AssociatedRole is the role that an association gives to pods now, or "".
func AssociatedRole(tx *world.Tx, association *world.Resource) string {
	if since, err := time.Parse(time.RFC3339Nano, association.String("_since")); err == nil && tx.Now.Before(since) {
		return association.String("_before")
	}
	return association.String("roleArn")
}

// PodIdentity is the service principal of EKS Pod Identity, podIdentityTags the session tags that it sets.
const podIdentityService = "pods.eks.amazonaws.com"

// PodIdentityTags are the tags of a session that EKS Pod Identity hands to a pod.
func PodIdentityTags(clusterARN, namespace, serviceAccount, pod string) map[string]string {
	return map[string]string{
		"eks-cluster-arn": clusterARN, "eks-cluster-name": NameOf(clusterARN), "kubernetes-namespace": namespace,
		"kubernetes-service-account": serviceAccount, "kubernetes-pod-name": pod,
	}
}

// PodRole returns the role that a pod of a service account gets, or an error that says why it gets none.
func PodRole(tx *world.Tx, clusterARN, namespace, serviceAccount, pod string) (Principal, error) {
	account := AccountOf(clusterARN)
	found := first(tx.Find(account, eksPodIdentityKind, Has("clusterName", NameOf(clusterARN), "namespace", namespace, "serviceAccount", serviceAccount)))
	role := ""
	if found != nil {
		role = AssociatedRole(tx, found)
	}
	if role == "" {
		return Principal{}, &apiError{Service: "EKS Auth", Operation: "AssumeRoleForPodIdentity", Code: "ResourceNotFoundException",
			Message: "No Pod Identity association for " + namespace + "/" + serviceAccount}
	}
	session := PodIdentityTags(clusterARN, namespace, serviceAccount, pod)
	request := map[string]string{"aws:SourceAccount": account, "aws:SourceArn": clusterARN}
	for k, v := range session {
		request["aws:RequestTag/"+k] = v
	}
	if err := MayAssume(tx, Principal{Service: podIdentityService}, role, request); err != nil {
		return Principal{}, err
	}
	return Principal{RoleARN: role, Tags: session}, nil
}

func newAssociationID(tx *world.Tx) string { return "a-" + digest(tx, "association")[:17] }

func (c *call) checkPodRole() error {
	if _, err := c.cluster(); err != nil {
		return err
	}
	return c.checkRoleOfPods(text(c.in, "roleArn"))
}

// checkRoleOfPods refuses a role that pods cannot have.
func (c *call) checkRoleOfPods(arn string) error {
	role := roleByARN(c.Tx, arn)
	if AccountOf(arn) != c.account {
		return c.invalid("Role %s is not in the account of the cluster", arn)
	}
	if role == nil {
		return c.invalid("Role provided in the request does not exist.")
	}
	// EKS requires here only that the trust names its principal with both actions. Conditions count when a pod asks
	// for credentials.
	d, err := evaluation.Parse(role.String("assumeRolePolicy"))
	if err != nil {
		return c.invalid("Trust policy is not valid: %s", err)
	}
	for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
		named := slices.ContainsFunc(d.Statement, func(s evaluation.Statement) bool {
			return s.Effect == "Allow" && slices.Contains(s.Principal["Service"], podIdentityService) && s.Covers(action)
		})
		if !named {
			return c.invalid("Trust policy of role %s is not valid for Pod Identity: %s must be allowed to %s", arn, podIdentityService, action)
		}
	}
	return nil
}

var principalPattern = regexp.MustCompile(`^arn:aws[\w-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+$`)

// entryARN is the ARN of an access entry.
var entryARN = arn("eks", "access-entry/${clusterName}/${principalArn}")

func eksAccessEntryType() *resourceType {
	return &resourceType{
		token: eksAccessEntryKind, service: "EKS", noun: "EKS Access Entry", creates: "CreateAccessEntry",
		inputs: map[string]input{
			"clusterName":      {required: true, replace: true, refers: eksClusterKind},
			"kubernetesGroups": {chosen: []any{}, same: sameSet},
			"principalArn":     {required: true, replace: true},
			"tags":             tags,
			"type":             {replace: true, preset: "STANDARD", check: oneOf("STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX")},
			"userName":         {chosen: "${principalArn}"},
		},
		outputs: values{"accessEntryArn": "${id}", "createdAt": "${Now}", "modifiedAt": "${Now}"},
		fresh:   []string{"modifiedAt"},
		key:     entryARN,
		known:   "${clusterName}:${principalArn}",
		taken:   refusal{"ResourceInUseException", "The specified access entry resource is already in use on this cluster."},
		check: func(c *call, _ *world.Resource) error {
			cluster, err := c.cluster()
			switch {
			case err != nil:
				return err
			case !usesEntries(cluster):
				return c.refuse("InvalidRequestException", "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.")
			case !principalPattern.MatchString(text(c.in, "principalArn")):
				return c.invalid("The specified principalArn is invalid: invalid principal.")
			}
			for _, group := range texts(c.in, "kubernetesGroups") {
				if strings.HasPrefix(group, "system:") {
					return c.invalid("The kubernetes group name %s is invalid, it cannot start with system:", group)
				}
			}
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			for _, r := range c.each(eksAccessPolicyKind, Has("clusterName", res.String("clusterName"), "principalArn", res.String("principalArn"))) {
				c.Drop(r)
			}
			return nil
		},
	}
}

func usesEntries(cluster *world.Resource) bool {
	return strings.HasPrefix(text(cluster.Props, "accessConfig", "authenticationMode"), "API")
}

// makeAccessEntry adds an entry that EKS makes by itself, if the cluster works with entries.
func (c *call) makeAccessEntry(cluster *world.Resource, principal, kind string) {
	if !usesEntries(cluster) {
		return
	}
	entry := &world.Resource{Account: c.account, Region: c.region, Kind: eksAccessEntryKind, Owner: "eks", Props: map[string]any{
		"clusterName": cluster.String("name"), "principalArn": principal, "type": kind, "userName": principal, "kubernetesGroups": []any{},
		"createdAt": stamp(c.Now), "modifiedAt": stamp(c.Now), "tags": map[string]any{}, "tagsAll": map[string]any{},
	}}
	entry.ID = c.expand(entryARN, entry)
	entry.Props["accessEntryArn"] = entry.ID
	if c.get(eksAccessEntryKind, entry.ID) == nil {
		c.Put(entry)
	}
}

func eksAccessPolicyType() *resourceType {
	return &resourceType{
		token: eksAccessPolicyKind, service: "EKS", noun: "EKS Access Policy Association", creates: "AssociateAccessPolicy",
		inputs: map[string]input{
			"accessScope":  {required: true, replace: true},
			"clusterName":  {required: true, replace: true, refers: eksClusterKind},
			"policyArn":    {required: true, replace: true},
			"principalArn": {required: true, replace: true},
		},
		outputs: values{"associatedAt": "${Now}", "modifiedAt": "${Now}"},
		key:     "${clusterName}#${principalArn}#${policyArn}",
		check: func(c *call, res *world.Resource) error {
			if _, err := c.cluster(); err != nil {
				return err
			}
			if c.get(eksAccessEntryKind, c.expand(entryARN, res)) == nil {
				return c.refuse("ResourceNotFoundException", "The specified principalArn could not be found. You can view your available access entries with 'aws eks list-access-entries'.")
			}
			if policy := text(c.in, "policyArn"); !isEKSPolicy(c.partition, policy) {
				return c.invalid("The specified policyArn is invalid: %s", policy)
			}
			scope := text(c.in, "accessScope", "type")
			if scope != "cluster" && scope != "namespace" || (scope == "namespace") != (len(list(c.in, "accessScope", "namespaces")) > 0) {
				return c.invalid("The accessScope is invalid: namespaces go with the type namespace and only with it")
			}
			return nil
		},
	}
}
