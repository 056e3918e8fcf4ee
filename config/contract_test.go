package config

import (
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/contract"
)

func TestAContractIsAboutItsClusterAlone(t *testing.T) {
	c := mustLoad(t, with(
		edit{"publishContract", true}, edit{"iamPath", "/platform/"}, edit{"trustDomain", "mesh.example"},
		edit{"clusters/ecs-1/services/echo-service/serviceAccount", "echo"}, edit{"accounts/local/registrySecrets", object{"registry.example": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:r-AbCdEf"}},
	))
	of := c.Contract("ecs-1")
	if len(of.Identities) != 2 || of.Identities["echo"].TaskRoleARN != c.RoleARN("local", c.TaskRoleName("ecs-1", "echo")) ||
		of.Identities["echo"].TokenParameter != contract.TokenParameterName(c.Install, "ecs-1", "echo") || of.Identities["echo"].Namespace != c.Namespace("ecs-1") {
		t.Errorf("the identities are %+v", of.Identities)
	}
	if of.Mesh.Domains["ecs-3"] == "" || of.Hostname("echo-service") != c.Hostname("ecs-1", "echo-service") || of.Mesh.TrustDomain != "mesh.example" {
		t.Errorf("the mesh is %+v", of.Mesh)
	}
	if of.Ztunnel.Environment[skipTrustDomain] != "true" || of.Ztunnel.Health.StartPeriod != c.HealthCheck.StartPeriod || len(of.RegistrySecrets) != 1 {
		t.Errorf("ztunnel is %+v", of.Ztunnel)
	}
	if of.AccountID != c.Accounts["local"].ID || of.Cluster.ExecutionRoleARN != c.RoleARN("local", c.ExecutionRoleName("local")) {
		t.Errorf("the contract is %+v", of)
	}
}

// A task of the team and a task of the program get the same.
func TestTheContractGivesWhatTheProgramGives(t *testing.T) {
	c := mustLoad(t, with(edit{"ztunnel", object{"memory": 64, "user": "1337", "environment": object{"RUST_LOG": "debug"}}}))
	ours, theirs := c.EnrolMesh("ecs-1", "echo-service", nil), c.Contract("ecs-1").Given(contract.Enrolment{})
	ours.Client = theirs.Client
	if a, b := fmt.Sprintf("%+v", ours), fmt.Sprintf("%+v", theirs); a != b {
		t.Errorf("the program gives %s\nthe contract gives %s", a, b)
	}
}

func TestRefusedContracts(t *testing.T) {
	variables := object{}
	for i := range 200 {
		variables[fmt.Sprintf("VARIABLE_%d", i)] = strings.Repeat("x", 30)
	}
	run(t, []refusal{
		{"a contract that no parameter holds", []edit{{"publishContract", true}, {"ztunnel", object{"environment": variables}}},
			[][]string{{"publishContract = true", "the contract of cluster ecs-1 would have", "holds 8192"}, {"cluster ecs-2"}, {"cluster ecs-3"}}},
	})
	mustLoad(t, with(edit{"ztunnel", object{"environment": variables}}))
}

func TestATokenThatNoParameterHoldsIsRefused(t *testing.T) {
	ca := signs(t, "root", nil, nil)
	roots := ca.pem()
	for i := range 12 {
		roots += signs(t, fmt.Sprintf("root-%d", i), nil, nil).pem()
	}
	settings := object{"certificate": ca.pem(), "key": ca.private(t), "root": roots}
	load := func(publish bool) error {
		_, err := LoadAt(now, raw(with(edit{"meshCa", settings}, edit{"publishContract", publish})), Project+":meshCa")
		return err
	}
	if err := load(true); err == nil || !strings.Contains(err.Error(), "the bootstrap token of ecs-1/ecs would have") || strings.Count(err.Error(), "publishContract") != 1 {
		t.Errorf("got %v", err)
	}
	if err := load(false); err != nil {
		t.Errorf("without a contract: %v", err)
	}
}
