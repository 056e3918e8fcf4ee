package living

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/network/existing"
	"ambient-ecs/providers"
)

// endpoints looks up the endpoints by which the tasks of a network that exists call AWS's services, where the stack file says that they do.
func (l *looking) endpoints(account *providers.Account, subject string, found *existing.Network) error {
	services := l.cfg.ServicesAt(account.Key, true)
	if len(services) == 0 {
		return nil
	}
	more := false
	look := func(service, kind string) (*ec2.LookupVpcEndpointResult, bool, error) {
		name, state := "com.amazonaws."+account.Region+"."+service, "available"
		return ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.LookupVpcEndpointResult, error) {
			one, err := ec2.LookupVpcEndpoint(l.ctx, &ec2.LookupVpcEndpointArgs{VpcId: &found.VPC.ID, ServiceName: &name, State: &state,
				Filters: []ec2.GetVpcEndpointFilter{{Name: "vpc-endpoint-type", Values: []string{kind}}}}, o)
			if more = several(err); more {
				return &ec2.LookupVpcEndpointResult{}, nil
			}
			return one, err
		})
	}
	found.Endpoints = map[string]existing.Endpoint{}
	for _, service := range services {
		endpoint, exists, err := look(service, "Interface")
		if err != nil {
			return err
		}
		if exists {
			found.Endpoints[service] = existing.Endpoint{Groups: endpoint.SecurityGroupIds, PrivateDNS: endpoint.PrivateDnsEnabled, Several: more}
		}
	}
	gateway, exists, err := look("s3", "Gateway")
	if exists {
		found.S3 = &existing.Gateway{PrefixList: gateway.PrefixListId, Tables: gateway.RouteTableIds}
	}
	return err
}
