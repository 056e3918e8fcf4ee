package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// theirs is one of them.
type theirs struct {
	Account, Type, ID string
	Inputs            map[string]any
}

// foreign are the networks and clusters of the examples that the program does not make: what `sandbox exist` gets. Look-ups of parallel
// tests share them, so nobody may change them.
var foreign = sync.OnceValues(func() (all []theirs, err error) {
	var files []string
	for _, name := range []string{"networks.json", "theirs.json"} {
		some, err := filepath.Glob(filepath.Join(Root, "examples", "*", name))
		if err != nil {
			return nil, err
		}
		files = append(files, some...)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		some := all[len(all):]
		if err := json.Unmarshal(data, &some); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, some...)
	}
	return all, nil
})

// invokeNetwork answers the look-ups of networks that exist.
func invokeNetwork(token string, args map[string]any) (map[string]any, error) {
	all, err := foreign()
	if err != nil {
		return nil, err
	}
	answer := map[string]any{}
	association := func(cidr any) map[string]any { return map[string]any{"cidrBlock": cidr, "state": "associated"} }
	routes := []any{}
	for _, r := range all {
		switch {
		case token == "aws:ec2/getVpc:getVpc" && r.ID == args["id"]:
			answer = maps.Clone(r.Inputs)
			answer["id"], answer["ownerId"], answer["cidrBlockAssociations"] = r.ID, r.Account, []any{association(r.Inputs["cidrBlock"])}
		case token == "aws:ec2/getVpc:getVpc" && r.Inputs["vpcId"] == args["id"] && r.Type == "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation":
			answer["cidrBlockAssociations"] = append(answer["cidrBlockAssociations"].([]any), association(r.Inputs["cidrBlock"]))
		case token == "aws:ec2/getSubnet:getSubnet" && r.ID == args["id"]:
			answer = maps.Clone(r.Inputs)
			answer["id"], answer["availableIpAddressCount"] = r.ID, 250
		case token == "aws:ec2/getRouteTable:getRouteTable" && r.Type == "aws:ec2/routeTableAssociation:RouteTableAssociation" && args["subnetId"] == r.Inputs["subnetId"]:
			return invokeNetwork(token, map[string]any{"routeTableId": r.Inputs["routeTableId"]})
		case token == "aws:ec2/getRouteTable:getRouteTable" && args["routeTableId"] != nil && r.ID == args["routeTableId"]:
			answer["routeTableId"], answer["vpcId"], answer["routes"] = r.ID, r.Inputs["vpcId"], routes
		case token == "aws:ec2/getRouteTable:getRouteTable" && r.Type == "aws:ec2/route:Route" && args["routeTableId"] == r.Inputs["routeTableId"]:
			route := maps.Clone(r.Inputs)
			route["cidrBlock"] = route["destinationCidrBlock"]
			answer["routes"] = append(answer["routes"].([]any), route)
		}
	}
	if len(answer) == 0 {
		return nil, fmt.Errorf("invoking %s: 1 error occurred:\n\t* no matching resource found\n\n", token)
	}
	return answer, nil
}

// invokeTransit answers the look-ups of transit gateways that exist, and of what is attached to them. All of it carries traffic.
func invokeTransit(token string, args map[string]any) (map[string]any, error) {
	all, err := foreign()
	if err != nil {
		return nil, err
	}
	ids, asked := []any{}, fmt.Sprint(args["filters"])
	for _, r := range all {
		attached := r.Type == "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
		switch {
		case token == "aws:ec2transitgateway/getVpcAttachments:getVpcAttachments" && attached && strings.Contains(asked, r.Inputs["vpcId"].(string)) && strings.Contains(asked, "available"):
			ids = append(ids, r.ID)
		case args["id"] != nil && r.ID == args["id"]:
			return r.Inputs, nil
		}
	}
	if token == "aws:ec2transitgateway/getVpcAttachments:getVpcAttachments" {
		return map[string]any{"ids": ids}, nil
	}
	return nil, fmt.Errorf("invoking %s: 1 error occurred:\n\t* no matching resource found\n\n", token)
}

// invokeEKS answers the look-ups of an EKS cluster that exists.
func invokeEKS(token string, args map[string]any) (map[string]any, error) {
	all, err := foreign()
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		switch {
		case token == "aws:eks/getCluster:getCluster" && r.Type == "aws:eks/cluster:Cluster" && r.Inputs["name"] == args["name"]:
			return map[string]any{
				"name": args["name"], "arn": fmt.Sprintf("arn:aws:eks:eu-central-1:%s:cluster/%v", r.Account, args["name"]), "status": "ACTIVE", "version": r.Inputs["version"],
				"endpoint": "https://theirs.example", "certificateAuthorities": []any{map[string]any{"data": "Y2VydGlmaWNhdGU="}},
				"identities":    []any{map[string]any{"oidcs": []any{map[string]any{"issuer": "https://oidc.eks.eu-central-1.amazonaws.com/id/B"}}}},
				"accessConfigs": []any{r.Inputs["accessConfig"]},
				"vpcConfig": map[string]any{"vpcId": vpcOf(all, r.Inputs["vpcConfig"].(map[string]any)["subnetIds"].([]any)[0]), "clusterSecurityGroupId": "sg-theirs",
					"endpointPublicAccess": true, "endpointPrivateAccess": true},
			}, nil
		case token == "aws:eks/getAddon:getAddon" && r.Type == "aws:eks/addon:Addon" && r.Inputs["clusterName"] == args["clusterName"] && r.Inputs["addonName"] == args["addonName"]:
			return map[string]any{"addonVersion": r.Inputs["addonVersion"], "configurationValues": r.Inputs["configurationValues"]}, nil
		}
	}
	return nil, fmt.Errorf("invoking %s: 1 error occurred:\n\t* reading %v: couldn't find resource\n\n", token, args["name"])
}

// invokeECS answers the look-up of an ECS cluster of others. A test may name one that no example has: it is in the home account.
func invokeECS(args map[string]any) (map[string]any, error) {
	all, err := foreign()
	if err != nil {
		return nil, err
	}
	account := "111122223333"
	for _, r := range all {
		if r.Type == "aws:ecs/cluster:Cluster" && r.Inputs["name"] == args["clusterName"] {
			account = r.Account
		}
	}
	return map[string]any{"arn": fmt.Sprintf("arn:aws:ecs:eu-central-1:%s:cluster/%v", account, args["clusterName"]), "status": "ACTIVE", "tags": map[string]any{"team": "apps"},
		"settings": []any{map[string]any{"name": "containerInsights", "value": "enabled"}}}, nil
}

// invokeTasks answers the look-ups of log groups and roles of tasks that exist.
func invokeTasks(token string, args map[string]any) (map[string]any, error) {
	all, err := foreign()
	if err != nil {
		return nil, err
	}
	groups := []any{}
	for _, r := range all {
		name := r.Inputs["name"]
		switch {
		case token == "aws:iam/getRole:getRole" && r.Type == "aws:iam/role:Role" && name == args["name"]:
			return map[string]any{"arn": fmt.Sprintf("arn:aws:iam::%s:role/%v", r.Account, name), "assumeRolePolicy": r.Inputs["assumeRolePolicy"], "path": "/", "tags": map[string]any{}}, nil
		case r.Type == "aws:cloudwatch/logGroup:LogGroup" && strings.HasPrefix(fmt.Sprint(name), fmt.Sprint(args["logGroupNamePrefix"])):
			groups = append(groups, name)
		}
	}
	if token == "aws:iam/getRole:getRole" {
		return nil, fmt.Errorf("invoking %s: 1 error occurred:\n\t* reading %v: couldn't find resource\n\n", token, args["name"])
	}
	return map[string]any{"logGroupNames": groups, "arns": []any{}}, nil
}

// vpcOf is the VPC of a subnet.
func vpcOf(all []theirs, subnet any) any {
	for _, r := range all {
		if r.ID == subnet {
			return r.Inputs["vpcId"]
		}
	}
	return nil
}
