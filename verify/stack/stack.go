// Package stack reads what a deployed mesh says of itself: the outputs of its Pulumi stack, and nothing else.
package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Stack is the outputs of an ambient-ecs stack, as `pulumi stack output --json --show-secrets` prints them.
type Stack struct {
	InstallName    string              `json:"installName"`
	Region         string              `json:"region"`
	Partition      string              `json:"partition"`
	HomeAccount    string              `json:"homeAccount"`
	Accounts       map[string]Account  `json:"accounts"`
	VpcIDs         map[string]string   `json:"vpcIds"`
	MeshCIDRs      []string            `json:"meshCidrs"`
	PrivateSubnets map[string][]string `json:"privateSubnetIds"`
	Peerings       map[string]string   `json:"peeringConnectionIds"`
	ClientGroups   map[string]string   `json:"clientSecurityGroupIds"`
	ServerGroups   map[string]string   `json:"serverSecurityGroupIds"`
	IstiodRole     string              `json:"istiodRoleArn"`
	DiscoveryRoles map[string]string   `json:"discoveryRoleArns"`
	TaskRoles      map[string]string   `json:"taskRoleArns"`
	EKSName        string              `json:"eksClusterName"`
	EKSArn         string              `json:"eksClusterArn"`
	EKSGroup       string              `json:"eksSecurityGroupId"`
	Kubeconfig     string              `json:"kubeconfig"`
	MeshNetwork    string              `json:"meshNetwork"`
	TrustDomain    string              `json:"trustDomain"`
	PolicyStage    string              `json:"policyStage"`
	TestWorkloads  bool                `json:"testWorkloads"`
	GatewayAddress string              `json:"gatewayAddress"`
	Clusters       map[string]Cluster  `json:"ecsClusters"`
	Tokens         map[string]string   `json:"bootstrapTokens"`
}

// Account says how an account is reached.
type Account struct {
	ID          string `json:"id"`
	Profile     string `json:"profile"`
	RoleARN     string `json:"roleArn"`
	ExternalID  string `json:"externalId"`
	SessionName string `json:"sessionName"`
	Domain      string `json:"domain"`
	VPCCIDR     string `json:"vpcCidr"`
	Reach       string `json:"reach"`
}

// Cluster is one ECS cluster.
type Cluster struct {
	Account        string             `json:"account"`
	Region         string             `json:"region"`
	Name           string             `json:"name"`
	ARN            string             `json:"arn"`
	Namespace      string             `json:"namespace"`
	ServiceAccount string             `json:"serviceAccount"`
	LogGroup       string             `json:"logGroup"`
	Services       map[string]Service `json:"services"`
}

// Service is one ECS service.
type Service struct {
	ARN               string `json:"arn"`
	Hostname          string `json:"hostname"`
	Port              int    `json:"port"`
	ClientOnly        bool   `json:"clientOnly"`
	ServiceAccount    string `json:"serviceAccount"`
	TaskDefinitionARN string `json:"taskDefinitionArn"`
}

// Parse reads the JSON of the outputs. It refuses outputs that are not of an ambient-ecs stack.
func Parse(data []byte) (*Stack, error) {
	var s Stack
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("the stack's outputs are not what ambient-ecs exports: %w", err)
	}
	if s.InstallName == "" || s.EKSName == "" || len(s.Accounts) == 0 {
		return nil, fmt.Errorf("the stack has no outputs of a finished `pulumi up`: installName, eksClusterName or accounts are missing")
	}
	return &s, nil
}

// ClusterKeys and ServiceKeys are in the order in which everything is listed.
func (s *Stack) ClusterKeys() []string { return slices.Sorted(maps.Keys(s.Clusters)) }

// ServiceKeys are the names of the cluster's services, sorted.
func (c Cluster) ServiceKeys() []string { return slices.Sorted(maps.Keys(c.Services)) }

// Identity is the SPIFFE id of a workload.
func (s *Stack) Identity(namespace, serviceAccount string) string {
	return "spiffe://" + s.TrustDomain + "/ns/" + namespace + "/sa/" + serviceAccount
}
