package contract

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/ecs/task/definition"
)

const role = "arn:aws:iam::111122223333:role/mesh-ecs-1-ecs"

func example() Contract {
	return Contract{
		Version: Version, Install: "mesh", Partition: "aws", Region: "eu-central-1", AccountID: "111122223333",
		Network: Network{VpcID: "vpc-1", PrivateSubnetIDs: []string{"subnet-1", "subnet-2"}, ClientSecurityGroupID: "sg-1", ServerSecurityGroupID: "sg-2"},
		Cluster: Cluster{Key: "ecs-1", Name: "mesh-ecs-1", ARN: "arn:aws:ecs:eu-central-1:111122223333:cluster/mesh-ecs-1", LogGroup: "/ecs/mesh-ecs-1",
			ExecutionRoleARN: "arn:aws:iam::111122223333:role/mesh-execution-home"},
		Identities: map[string]Identity{"ecs": {Namespace: "mesh-ecs-1", TaskRoleARN: role, TokenParameter: TokenParameterName("mesh", "ecs-1", "ecs")}},
		Mesh:       Mesh{TrustDomain: "cluster.local", Network: "eks", Domains: map[string]string{"ecs-1": "mesh-ecs-1.ecs.home"}},
		Ztunnel:    Ztunnel{Image: "registry.example/ztunnel:1", Health: Health{10, 5, 10, 300}, Environment: map[string]string{"A": "1"}},
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	read, err := Parse(example().JSON())
	if err != nil {
		t.Fatal(err)
	}
	if read.JSON() != example().JSON() || read.Hostname("orders") != "orders.mesh-ecs-1.ecs.home" || read.Entry("Orders") != "ecs-service-"+read.AccountID+"-"+read.Region+"-mesh-ecs-1-orders" {
		t.Errorf("got %+v", read)
	}
	// A later version of the platform adds fields.
	later := strings.Replace(example().JSON(), `{"version":1,`, `{"novel":{"a":[1]},"version":1,`, 1)
	if read, err = Parse(later); err != nil || read.JSON() != example().JSON() {
		t.Errorf("with a new field: %v, %+v", err, read)
	}
}

// A reader in another language need not tell a missing list from an empty one.
func TestEveryFieldIsWritten(t *testing.T) {
	if text := (Contract{}).JSON(); strings.Contains(text, "null") {
		t.Errorf("an empty contract is %s", text)
	}
	var written map[string]any
	if err := json.Unmarshal([]byte((Contract{}).JSON()), &written); err != nil {
		t.Fatal(err)
	}
	if fields := reflect.TypeFor[Contract]().NumField(); len(written) != fields {
		t.Errorf("%d of %d fields are written", len(written), fields)
	}
}

func TestRefusedContracts(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no JSON", "{", "cannot be read"},
		{"another type", `{"version":1,"region":7}`, "cannot be read"},
		{"no version", `{}`, "version 0"},
		{"another version", `{"version":2}`, "version 2, and this program reads version 1"},
		{"nothing in it", `{"version":1}`, "lacks region, accountId, cluster.arn, cluster.executionRoleArn, network.privateSubnetIds, network.clientSecurityGroupId, identities, ztunnel.image"},
	} {
		if read, err := Parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) || read.Version != 0 {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// AWS refuses names that begin with aws or ssm, in the first part of a path too. An install may be called so.
func TestNoParameterHasANameThatAWSKeeps(t *testing.T) {
	for _, install := range []string{"aws-mesh", "ssm", "mesh"} {
		for _, name := range []string{ParameterName(install, "ecs-1"), TokenParameterName(install, "ecs-1", "ecs")} {
			if !strings.HasPrefix(name, Path(install, "ecs-1")+"/") || !strings.HasPrefix(name, "/ambient-ecs/") {
				t.Errorf("%s is the name of a parameter of %s", name, install)
			}
		}
	}
}

const small = `{"family": "orders", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "taskRoleArn": "` + role + `",
  "containerDefinitions": [{"name": "orders", "image": "orders:1", "portMappings": [{"containerPort": 8080}]}]}`

func enrolled(text, account string) (*definition.Definition, error) {
	d, err := definition.Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	d, _, err = example().Enrol(d, Enrolment{ServiceAccount: account, Token: "dG9rZW4="})
	return d, err
}

func TestATaskIsEnrolledFromTheContractAlone(t *testing.T) {
	d, err := enrolled(small, "ecs")
	if err != nil {
		t.Fatal(err)
	}
	text := string(d.Bytes())
	for _, want := range []string{"registry.example/ztunnel:1", "dG9rZW4=", "/ecs/mesh-ecs-1", "socks5h://127.0.0.1:15080", "300", `"mesh-ecs-1/ecs"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
	var names []string
	for _, c := range d.ContainerDefinitions {
		names = append(names, definition.Text(c.Name))
	}
	if !slices.Equal(names, []string{"orders", "ztunnel"}) {
		t.Errorf("the containers are %v", names)
	}
}

func TestRefusedEnrolments(t *testing.T) {
	if _, err := enrolled(small, "root"); err == nil || !strings.Contains(err.Error(), `no identity "root": choose one of ecs`) {
		t.Errorf("an identity that there is not: %v", err)
	}
	both := strings.NewReplacer(role, role+"-other", "8080", "15008").Replace(small)
	if _, err := enrolled(both, "ecs"); err == nil || !strings.Contains(err.Error(), "istiod knows the identity ecs by the role "+role) || !strings.Contains(err.Error(), "15008") {
		t.Errorf("a foreign role and a port of ztunnel: %v", err)
	}
}
