package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

// The description of `protect` names what a destroy and a change stop at, so that nobody finds out at the third protected thing.
func TestWhatIsProtectedIsDescribed(t *testing.T) {
	words := map[string]string{
		"aws:ec2/vpc:Vpc": "VPCs", "aws:ec2/subnet:Subnet": "subnets", "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "peerings",
		"aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": "peerings", "aws:ec2transitgateway/transitGateway:TransitGateway": "a transit gateway with its attachments",
		"aws:ec2transitgateway/vpcAttachment:VpcAttachment": "a transit gateway with its attachments", "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": "a transit gateway with its attachments",
		"aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter": "a transit gateway with its attachments",
		"eks:index:Cluster": "the EKS cluster", "aws:kms/key:Key": "every KMS key",
	}
	text, err := os.ReadFile(filepath.Join(Root, "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, description, _ := strings.Cut(string(text), "Refuses to delete or replace ")
	description, _, _ = strings.Cut(description, ". ")
	for _, stack := range Stacks {
		for _, res := range succeed(t, Record(t, stack, func(o *recorder.Options) { o.Config[config.Project+":protect"] = "true" })).Resources {
			if word, known := words[res.Type]; res.Protect && (!known || !strings.Contains(description, word)) {
				t.Errorf("%s: %s %s is protected, and the description of protect says %q", stack, res.Type, res.Name, description)
			}
		}
	}
}
