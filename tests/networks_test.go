package tests

import (
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/tests/recorder"
)

// joinedByOthers is the stack their-networks in networks that their owners have joined.
func joinedByOthers(o *recorder.Options) {
	o.Config["ambient-ecs:connect"] = "none"
	set(o, "accounts", func(accounts map[string]any) {
		for _, account := range accounts {
			delete(account.(map[string]any)["network"].(map[string]any), "routeTableIds")
		}
	})
}

// Who shares a VPC by AWS RAM sees neither its route tables nor the id of the main one. The provider refuses to look for a table without
// an id.
func TestAnAccountThatSharesAVPCSeesNoRouteTables(t *testing.T) {
	shared := func(token string, args map[string]any) bool {
		return token == "aws:ec2/getVpc:getVpc" && args["id"] == "vpc-0020000000000000a" || token == "aws:ec2/getRouteTable:getRouteTable" && strings.HasPrefix(given(args, "subnetId"), "subnet-002")
	}
	r := succeed(t, Record(t, "their-networks", func(o *recorder.Options) {
		joinedByOthers(o)
		o.Invoke = func(token string, args map[string]any) (map[string]any, error) {
			switch {
			case token == "aws:ec2/getRouteTable:getRouteTable" && given(args, "subnetId")+given(args, "routeTableId") == "":
				return fails("One of route_table_id, vpc_id, subnet_id, gateway_id, filters, or tags must be assigned")(args)
			case !shared(token, args):
				return invoke(token, args)
			case token == "aws:ec2/getRouteTable:getRouteTable":
				return fails("invoking " + token + ": 1 error occurred:\n\t* query returned no results. Please change your search criteria and try again\n\n")(args)
			}
			answer, err := invoke(token, args)
			answer["ownerId"], answer["mainRouteTableId"] = "777788889999", ""
			return answer, err
		}
	}))
	if said := strings.Join(r.Warnings, "\n"); !strings.Contains(said, "account 777788889999 owns vpc-0020000000000000a, and shows account payments no route tables") {
		t.Errorf("nobody says what was not looked at: %s", said)
	}
}

// A default route may come from a data centre, by a virtual private gateway that propagates it. The provider leaves it out of the table, and
// AWS finds the table by it.
func TestAPropagatedDefaultRouteIsAWayOut(t *testing.T) {
	const table = "rtb-0020100000000000a"
	for _, propagates := range []bool{true, false} {
		r := Record(t, "their-networks", func(o *recorder.Options) {
			joinedByOthers(o)
			o.Invoke = func(token string, args map[string]any) (map[string]any, error) {
				if token == "aws:ec2/getRouteTables:getRouteTables" {
					ids := []any{}
					if asked := fmt.Sprint(args["filters"]); propagates && strings.Contains(asked, table) && strings.Contains(asked, "0.0.0.0/0") {
						ids = append(ids, table)
					}
					return map[string]any{"ids": ids}, nil
				}
				answer, err := invoke(token, args)
				if token == "aws:ec2/getRouteTable:getRouteTable" && err == nil && answer["routeTableId"] == table {
					answer["routes"] = []any{}
				}
				return answer, err
			}
		})
		if said := strings.Join(r.Errors, "\n"); (r.Err == nil) != propagates || !propagates && !strings.Contains(said, table+" has no default route") {
			t.Errorf("propagated %v: %v\n%s", propagates, r.Err, said)
		}
	}
}

func given(args map[string]any, key string) string {
	value, _ := args[key].(string)
	return value
}

// Somebody else joins one of three networks. The program joins the other two by their own way, and makes nothing that begins or ends in the
// third one, whose services are called as all others are.
func TestNothingOfTheProgramsJoinsANetworkThatOthersJoin(t *testing.T) {
	for connect, ways := range map[string][]string{
		"peering":         {peering, accepter, "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions"},
		"transit-gateway": {"aws:ec2transitgateway/vpcAttachment:VpcAttachment", "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter", "aws:ram/resourceShareAccepter:ResourceShareAccepter", "aws:ram/principalAssociation:PrincipalAssociation"},
	} {
		of := func(own string) *recorder.Recording {
			return succeed(t, Record(t, "dev", func(o *recorder.Options) {
				o.Config["ambient-ecs:connect"] = connect
				set(o, "accounts", func(accounts map[string]any) {
					accounts["third"] = map[string]any{"id": "777788889999", "profile": "third", "domain": "third.ecs", "vpcCidr": "10.9.0.0/16"}
					if own != "" {
						accounts["external"].(map[string]any)["connect"] = own
					}
				})
			}))
		}
		joined, r := of(""), of("none")
		for _, typ := range ways {
			some := 0
			for _, res := range r.OfType(typ) {
				if strings.Contains(res.Name, "external") || res.Provider == "aws-external" || strings.Contains(fmt.Sprint(res.Inputs), "vpc-external") {
					t.Errorf("%s: %s %s joins the network that others join", connect, res.Type, res.Name)
				}
				some++
			}
			if all := len(joined.OfType(typ)); some >= all || some == 0 {
				t.Errorf("%s: %d of %s, and %d where the program joins all three", connect, some, typ, all)
			}
		}
		for _, route := range r.OfType("aws:ec2/route:Route") {
			if to := fmt.Sprint(route.Inputs["destinationCidrBlock"]); to == "10.1.0.0/16" || route.Provider == "aws-external" && to != "0.0.0.0/0" {
				t.Errorf("%s: the route %s leads to %s", connect, route.Name, to)
			}
		}
		// The rules of the other accounts admit the network all the same.
		admitted := 0
		for _, rule := range r.OfType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
			if rule.Inputs["cidrIpv4"] == "10.1.0.0/16" && rule.Provider != "aws-external" {
				admitted++
			}
		}
		if admitted < 2 {
			t.Errorf("%s: %d rules of the other accounts admit the network", connect, admitted)
		}
	}
}
