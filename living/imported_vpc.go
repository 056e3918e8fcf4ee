package living

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// importedVPC looks up the VPC and the subnets of an account that become the stack's. The engine reads the other parts at the preview:
// of them no value that the program sets would replace one.
func (l *looking) importedVPC(account *providers.Account) error {
	subject, found := compare.ImportedVPCSubject(account.Key), map[string]compare.ImportedPart{}
	for name, id := range l.cfg.ImportsOfVPC(account.Key) {
		switch kind, _, _ := strings.Cut(name, "::"); kind {
		case config.TypeVPC:
			vpc, exists, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.LookupVpcResult, error) {
				return ec2.LookupVpc(l.ctx, &ec2.LookupVpcArgs{Id: &id}, o)
			})
			if err != nil {
				return err
			}
			if exists {
				found[id] = compare.ImportedPart{CIDR: vpc.CidrBlock, VPC: vpc.Id, Tags: vpc.Tags}
			}
		case config.TypeSubnet:
			subnet, exists, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.LookupSubnetResult, error) {
				return ec2.LookupSubnet(l.ctx, &ec2.LookupSubnetArgs{Id: &id}, o)
			})
			if err != nil {
				return err
			}
			if exists {
				found[id] = compare.ImportedPart{CIDR: subnet.CidrBlock, VPC: subnet.VpcId, Tags: subnet.Tags}
			}
		}
	}
	if !l.unseen(subject) {
		l.note(func(w *compare.World) { w.ImportedVPCs[account.Key] = found })
	}
	return nil
}
