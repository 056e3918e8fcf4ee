package makespan_test

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/makespan"
)

const state = `{"deployment": {"resources": [
	{"urn": "u::s", "type": "pulumi:pulumi:Stack"},
	{"urn": "u::c", "type": "eks:index:Cluster", "parent": "u::s"},
	{"urn": "u::vpc", "type": "aws:ec2/vpc:Vpc", "custom": true},
	{"urn": "u::cluster", "type": "aws:eks/cluster:Cluster", "custom": true, "parent": "u::c", "propertyDependencies": {"vpcConfig": ["u::vpc"]}},
	{"urn": "u::nat", "type": "aws:ec2/natGateway:NatGateway", "custom": true, "dependencies": ["u::vpc"]},
	{"urn": "u::kube", "type": "pulumi:providers:kubernetes", "custom": true, "dependencies": ["u::c"]},
	{"urn": "u::release", "type": "kubernetes:helm.sh/v3:Release", "custom": true, "provider": "u::kube::some-id"},
	{"urn": "u::role", "type": "aws:iam/role:Role", "custom": true}
]}}`

func TestTheLongestWayGoesThroughComponentsAndProviders(t *testing.T) {
	up, destroy, err := makespan.Of([]byte(state))
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	up.Print(&said, "up")
	destroy.Print(&said, "destroy")
	want := `up 10:38
    0:10  Vpc vpc
   10:06  Cluster cluster
    0:22  Release release
destroy 3:05
    0:05  Release release
    3:00  Cluster cluster
`
	if said.String() != want {
		t.Errorf("got\n%s\nwant\n%s", said.String(), want)
	}
}

func TestWhatIsNoGraphIsRefused(t *testing.T) {
	for words, text := range map[string]string{
		"read the state":   `{`,
		"run `up` first":   `{"deployment": {}}`,
		"waits for itself": `{"deployment": {"resources": [{"urn": "u::a", "type": "t:t:T", "dependencies": ["u::b"]}, {"urn": "u::b", "type": "t:t:T", "dependencies": ["u::a"]}]}}`,
	} {
		if _, _, err := makespan.Of([]byte(text)); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: got %v", words, err)
		}
	}
}
