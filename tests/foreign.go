package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// foreign are the networks of the examples that the program does not make: what `sandbox exist` gets.
func foreign() (all []struct {
	Account, Type, ID string
	Inputs            map[string]any
}, err error) {
	files, err := filepath.Glob(filepath.Join(Root, "examples", "*", "networks.json"))
	if err != nil {
		return nil, err
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
}

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
			answer = r.Inputs
			answer["id"], answer["ownerId"], answer["cidrBlockAssociations"] = r.ID, r.Account, []any{association(r.Inputs["cidrBlock"])}
		case token == "aws:ec2/getVpc:getVpc" && r.Inputs["vpcId"] == args["id"] && r.Type == "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation":
			answer["cidrBlockAssociations"] = append(answer["cidrBlockAssociations"].([]any), association(r.Inputs["cidrBlock"]))
		case token == "aws:ec2/getSubnet:getSubnet" && r.ID == args["id"]:
			answer = r.Inputs
			answer["id"], answer["availableIpAddressCount"] = r.ID, 250
		case token == "aws:ec2/getRouteTable:getRouteTable" && r.Type == "aws:ec2/routeTableAssociation:RouteTableAssociation" && args["subnetId"] == r.Inputs["subnetId"]:
			return invokeNetwork(token, map[string]any{"routeTableId": r.Inputs["routeTableId"]})
		case token == "aws:ec2/getRouteTable:getRouteTable" && args["routeTableId"] != nil && r.ID == args["routeTableId"]:
			answer["routeTableId"], answer["vpcId"], answer["routes"] = r.ID, r.Inputs["vpcId"], routes
		case token == "aws:ec2/getRouteTable:getRouteTable" && r.Type == "aws:ec2/route:Route" && args["routeTableId"] == r.Inputs["routeTableId"]:
			r.Inputs["cidrBlock"] = r.Inputs["destinationCidrBlock"]
			answer["routes"] = append(answer["routes"].([]any), r.Inputs)
		}
	}
	if len(answer) == 0 {
		return nil, fmt.Errorf("invoking %s: 1 error occurred:\n\t* no matching resource found\n\n", token)
	}
	return answer, nil
}
