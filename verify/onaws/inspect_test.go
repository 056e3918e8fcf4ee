package onaws

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/verify/onaws/awstest"
)

const balancer = "a1b2-0123456789abcdef.elb.eu-central-1.amazonaws.com"

func rule(id, group, protocol string, from, to int, source string) string {
	return fmt.Sprintf("<item><securityGroupRuleId>%s</securityGroupRuleId><groupId>%s</groupId><isEgress>false</isEgress><ipProtocol>%s</ipProtocol><fromPort>%d</fromPort><toPort>%d</toPort>%s</item>", id, group, protocol, from, to, source)
}

func cidr(text string) string { return "<cidrIpv4>" + text + "</cidrIpv4>" }

func TestTheGatewayIsInspected(t *testing.T) {
	mesh := rule("sgr-1", "sg-eks", "tcp", 30000, 32767, cidr("10.1.0.0/16")) + rule("sgr-2", "sg-eks", "-1", -1, -1, "<referencedGroupInfo><groupId>sg-eks</groupId></referencedGroupInfo>") +
		rule("sgr-3", "sg-eks", "tcp", 443, 443, cidr("0.0.0.0/0")) + rule("sgr-4", "sg-eks", "udp", 0, 65535, cidr("0.0.0.0/0"))
	for name, test := range map[string]struct {
		public, rules string
		port          int
		ok            bool
		seen          string
	}{
		"closed":                {"", mesh, 15012, true, "declared networks only"},
		"no listener":           {"", mesh, 8080, true, "no listener on port 8080"},
		"open to the internet":  {"<association><publicIp>203.0.113.9</publicIp></association>", mesh, 15012, false, "203.0.113.9"},
		"open to a wider range": {"", mesh + rule("sgr-5", "sg-eks", "tcp", 31012, 31012, cidr("10.0.0.0/8")), 15012, false, "sgr-5"},
		"open to everybody":     {"", mesh + rule("sgr-6", "sg-eks", "-1", -1, -1, cidr("0.0.0.0/0")), 15012, false, "0.0.0.0/0"},
		"open to IPv6":          {"", mesh + rule("sgr-7", "sg-eks", "tcp", 0, 65535, "<cidrIpv6>::/0</cidrIpv6>"), 15012, false, "::/0"},
		"open to a prefix list": {"", mesh + rule("sgr-8", "sg-eks", "tcp", 0, 65535, "<prefixListId>pl-1</prefixListId>"), 15012, false, "pl-1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, awstest.Object(t, `{"apiVersion":"v1","kind":"Service","metadata":{"name":"eastwest","namespace":"istio-system"},"spec":{"ports":[{"port":15012,"nodePort":31012}]},"status":{"loadBalancer":{"ingress":[{"hostname":"`+balancer+`"}]}}}`))
			s.stack.GatewayAddress = balancer
			var filter string
			s.aws.On("ec2:DescribeNetworkInterfaces", func(in awstest.Input) any {
				filter = in.Text("Filter.1.Value.1")
				return "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><privateIpAddress>10.0.1.99</privateIpAddress>" + test.public + "</item></networkInterfaceSet></DescribeNetworkInterfacesResponse>"
			})
			s.aws.On("ec2:DescribeSecurityGroupRules", func(awstest.Input) any {
				return "<DescribeSecurityGroupRulesResponse><securityGroupRuleSet>" + test.rules + "</securityGroupRuleSet></DescribeSecurityGroupRulesResponse>"
			})
			ok, seen, err := s.Inspect(context.Background(), s.stack.Gateway(), test.port)
			if err != nil || ok != test.ok || !strings.Contains(seen, test.seen) {
				t.Errorf("got %v, %q, %v", ok, seen, err)
			}
			if filter != "ELB net/a1b2/*" {
				t.Errorf("it looked for %q", filter)
			}
		})
	}
}

func TestAGatewayOfWhichNothingIsFoundIsNotClosed(t *testing.T) {
	s := newScene(t)
	if ok, _, err := s.Inspect(context.Background(), s.stack.Gateway(), 15012); ok || err == nil {
		t.Errorf("got %v, %v", ok, err)
	}
}
