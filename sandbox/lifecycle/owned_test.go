//go:build engine

package lifecycle

import (
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// owners plays the owner of a service that the stack does not make.
type owners struct {
	*stack
	name string
}

// toSet is what the stack tells the owner of a service to set, as a tool of the owner's reads it.
type toSet struct {
	Family, Identity, Client, TaskRoleARN, ExecutionRoleARN, PropagateTags string
	Tags                                                                   map[string]any
	SubnetIDs, SecurityGroupIDs                                            []any
}

// parameter is the value of an SSM parameter of the prod cluster.
func (o owners) parameter(name string) (value string) {
	o.t.Helper()
	o.look(func(tx *world.Tx) {
		for _, parameter := range tx.Find(home, aws.ParameterKind, aws.Has("name", "/ambient-ecs/lodger/v1/prod/"+name)) {
			value = parameter.String("insecureValue")
		}
	})
	if value == "" {
		o.t.Fatalf("there is no parameter %s", name)
	}
	return value
}

func (o owners) settings() (settings toSet) {
	o.t.Helper()
	if err := json.Unmarshal([]byte(o.parameter("services/"+o.name)), &settings); err != nil {
		o.t.Fatal(err)
	}
	return settings
}

// enrolled are the containers of the owner's own task definition as `ambient enrol` writes them, from the contract of the cluster.
func (o owners) enrolled(containers []map[string]any) string {
	o.t.Helper()
	set := o.settings()
	definition, err := json.Marshal(map[string]any{
		"family": set.Family, "networkMode": "awsvpc", "requiresCompatibilities": []string{"FARGATE"}, "cpu": "256", "memory": "512",
		"taskRoleArn": set.TaskRoleARN, "executionRoleArn": set.ExecutionRoleARN, "containerDefinitions": containers,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	folder := o.t.TempDir()
	o.write(filepath.Join(folder, "contract"), o.parameter("contract"))
	o.write(filepath.Join(folder, "token"), o.parameter("tokens/billing"))
	binary, err := filepath.Abs(filepath.Join(root, "bin", "ambient"))
	if err != nil {
		o.t.Fatal(err)
	}
	cmd := exec.Command(binary, "enrol", "--contract", filepath.Join(folder, "contract"), "--token", filepath.Join(folder, "token"), "--identity", set.Identity, "--client", set.Client)
	var said strings.Builder
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(definition)), &said
	out, err := cmd.Output()
	if err != nil {
		o.t.Fatalf("enrol: %v\n%s", err, said.String())
	}
	var written struct {
		ContainerDefinitions json.RawMessage `json:"containerDefinitions"`
	}
	if err := json.Unmarshal(out, &written); err != nil {
		o.t.Fatal(err)
	}
	return string(written.ContainerDefinitions)
}

// deploys changes the owner's service.
func (o owners) deploys(change aws.OwnersChange) {
	o.t.Helper()
	o.look(func(tx *world.Tx) {
		for _, service := range tx.Find(home, aws.ServiceKind, aws.Has("name", o.name)) {
			if _, err := aws.DeployOwners(tx, service, change); err != nil {
				o.t.Fatal(err)
			}
		}
	})
}

// network is that of the service.
func (o owners) network() (network, tags map[string]any) {
	o.t.Helper()
	o.look(func(tx *world.Tx) {
		for _, service := range tx.Find(home, aws.ServiceKind, aws.Has("name", o.name)) {
			network, tags = service.Props["networkConfiguration"].(map[string]any), service.Props["tagsAll"].(map[string]any)
		}
	})
	return network, tags
}

// A service that its team keeps joins the mesh by its owner's hands and leaves it again. The program makes identity, policies and groups,
// and never changes the service.
func TestAnOwnersServiceJoinsTheMeshAndStaysItsOwners(t *testing.T) {
	t.Parallel()
	s := newStack(t, "their-service")
	s.exists(filepath.Join(root, "examples/their-cluster/theirs.json"))
	o := owners{s, "billing"}
	theirs := s.belongings()
	for _, step := range s.preview() {
		if strings.Contains(step, "aws:ecs/service:Service prod/billing") || strings.Contains(step, "TaskDefinition prod/billing") {
			t.Errorf("the first preview plans %s", step)
		}
	}
	s.neverFewer("billing", 2)
	s.same("after the up", theirs, lodgerTags)
	s.nothingToDo()
	_, said, err := s.tryPreview()
	for _, words := range []string{"Not in the mesh yet", "clusters.prod.services.billing (", "ambient enrol", "/ambient-ecs/lodger/v1/prod/services/billing"} {
		if err != nil || !strings.Contains(said, words) {
			t.Errorf("the preview does not say %q: %v\n%s", words, err, said)
		}
	}
	// The verifier waits for the owner, and finds the rest right.
	if out, err := s.ambient("verify"); err != nil || !strings.Contains(out, "prod/billing waits to join the mesh") {
		t.Errorf("the verifier: %v\n%s", err, out)
	}
	// What the owner has yet to set is told in one go.
	out, err := s.ambient("doctor")
	for _, words := range []string{"taskRoleArn", "its owner", "ecs.solo.io/hostname=billing.lodger-prod.apps.ecs", "propagateTags to SERVICE", "puts its tasks into subnet"} {
		if err == nil || !strings.Contains(out, words) {
			t.Errorf("the doctor does not say %q: %v\n%s", words, err, out)
		}
	}

	// The owner enrols its own definition, and sets what the parameter says.
	_, bare := s.revision("billing")
	network, tags := o.network()
	set := o.settings()
	joined := maps.Clone(tags)
	for key, value := range set.Tags {
		joined[key] = value
	}
	joins := aws.OwnersChange{
		Containers: o.enrolled(bare), TaskRole: set.TaskRoleARN, Tags: joined, PropagateTags: set.PropagateTags,
		Network: map[string]any{"subnets": set.SubnetIDs, "securityGroups": set.SecurityGroupIDs, "assignPublicIp": false},
	}
	o.deploys(joins)
	s.neverFewer("billing", 2)
	s.running(t, "billing", 2)
	s.nothingToDo()
	s.verified()
	if out, err := s.ambient("topology"); err != nil || !strings.Contains(out, "billing") {
		t.Errorf("the topology: %v\n%s", err, out)
	}
	if out, err := s.ambient("doctor"); err != nil {
		t.Errorf("the doctor: %v\n%s", err, out)
	}

	// While its tasks are members, the preview of a destroy stops it before anything goes.
	s.up()
	s.refused([]string{"prod/billing/owned", "protected"}, "destroy", withPreview)

	// A change of the mesh waits for the owner, and a further one is refused.
	s.configure("ztunnelHealthCheck", map[string]any{"interval": 5, "timeout": 5, "retries": 10, "startPeriod": 300})
	if _, said, err := s.tryPreview(); err != nil || !strings.Contains(said, "let its owner deploy it") {
		t.Errorf("the preview says nothing to the owner: %v\n%s", err, said)
	}
	s.neverFewer("billing", 2)
	if out, err := s.ambient("verify"); err == nil || !strings.Contains(out, "was enrolled before a change of") {
		t.Errorf("the verifier: %v\n%s", err, out)
	}
	s.configure("ztunnelHealthCheck", map[string]any{"interval": 6, "timeout": 5, "retries": 10, "startPeriod": 300})
	s.refused([]string{"clusters.prod.services.billing", "Run enrol again and let its owner deploy it first"}, "up")
	joins.Containers = o.enrolled(bare)
	o.deploys(joins)
	s.neverFewer("billing", 2)
	joins.Containers = o.enrolled(bare)
	o.deploys(joins)
	s.neverFewer("billing", 2)
	s.verified()

	// The owner leaves the mesh, and then the mesh goes.
	text, err := json.Marshal(bare)
	if err != nil {
		t.Fatal(err)
	}
	o.deploys(aws.OwnersChange{Containers: string(text), TaskRole: "none", Network: network, Tags: tags, PropagateTags: "NONE"})
	s.neverFewer("billing", 2)
	o.deployed(o.name)
	left := s.belongings()
	service := func(what, text string) bool {
		return strings.HasPrefix(what, aws.ServiceKind) && strings.Contains(text, `"name":"billing"`) || strings.HasPrefix(what, aws.TaskKind+" ") && strings.Contains(text, "service:billing") && strings.Contains(text, `"lastStatus":"RUNNING"`) ||
			strings.Contains(what, "task-definition/billing:")
	}
	maps.DeleteFunc(left, func(what, text string) bool { return !service(what, text) })
	s.run("destroy")
	if len(left) < 4 {
		t.Errorf("only %d resources of the owner's service were compared", len(left))
	}
	s.same("the service after the destroy", left, unchangedText)
	maps.DeleteFunc(theirs, func(what, _ string) bool {
		return strings.HasPrefix(what, aws.ServiceKind) || strings.HasPrefix(what, aws.TaskKind) || strings.Contains(what, "NetworkInterface")
	})
	s.same("the rest after the destroy", theirs, unchangedText)
}
