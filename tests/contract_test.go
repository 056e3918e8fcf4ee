package tests

import (
	"encoding/json"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/contract"
	"ambient-ecs/tests/recorder"
)

// externalID is a secret that the platform shares with the account external, easy to find where it must not be.
const externalID = "an-external-id-that-must-stay-secret"

func publishing(o *recorder.Options) {
	o.Config[config.Project+":publishContract"] = "true"
	var accounts map[string]map[string]any
	if err := json.Unmarshal([]byte(o.Config[config.Project+":accounts"]), &accounts); err != nil {
		panic(err)
	}
	if external := accounts["external"]; external != nil {
		delete(external, "profile")
		external["roleArn"], external["externalId"] = "arn:aws:iam::444455556666:role/deployer", externalID
	}
	changed, err := json.Marshal(accounts)
	if err != nil {
		panic(err)
	}
	o.Config[config.Project+":accounts"] = string(changed)
	o.Secrets = append(o.Secrets, config.Project+":accounts")
}

func TestEveryClusterHasAContractInItsAccountWithoutSecrets(t *testing.T) {
	for _, stack := range Stacks {
		r := succeed(t, Record(t, stack, publishing))
		clusters, ok := r.Outputs["ecsClusters"].(map[string]any)
		if !ok || len(clusters) == 0 {
			t.Fatalf("%s: the clusters are %v", stack, r.Outputs["ecsClusters"])
		}
		readers := r.Outputs["contractReaders"].(map[string]any)
		for key, described := range clusters {
			cluster := described.(map[string]any)
			if stack == "overlapping-networks" && cluster["account"] == "bought" {
				if readers[key] != nil {
					t.Errorf("%s: %s has a contract, and nobody could call a service there", stack, key)
				}
				continue
			}
			res := r.Get(t, parameter, key+"/contract")
			if account, _ := cluster["account"].(string); res.Provider != "aws-"+account {
				t.Errorf("%s: the contract of %s is made with %s", stack, key, res.Provider)
			}
			c, err := contract.Parse(res.Inputs["insecureValue"].(string))
			if err != nil {
				t.Fatalf("%s: %s: %v", stack, key, err)
			}
			reader := readers[key].(map[string]any)
			if reader["parameter"] != res.Inputs["name"] || !strings.Contains(reader["policy"].(string), contract.Path(c.Install, key)+"/*") {
				t.Errorf("%s: the reader of %s is %v", stack, key, reader)
			}
			// The contract says what the outputs say.
			tokens, roles := r.Outputs["bootstrapTokens"].(map[string]any), r.Outputs["taskRoleArns"].(map[string]any)
			for name, identity := range c.Identities {
				token := r.Get(t, parameter, key+"/tokens/"+name)
				_, made, _ := strings.Cut(roles[key+"/"+name].(string), ":role/")
				if token.Inputs["insecureValue"] != tokens[key+"/"+name] || !strings.HasSuffix(identity.TaskRoleARN, ":role/"+made) || token.Inputs["name"] != identity.TokenParameter {
					t.Errorf("%s: the identity %s of %s is %+v", stack, name, key, identity)
				}
			}
			if c.Cluster.ARN == "" || c.Cluster.Name != cluster["name"] || c.Cluster.LogGroup == "" || c.Ztunnel.Image != cluster["ztunnelImage"] {
				t.Errorf("%s: the cluster of %s is %+v", stack, key, c.Cluster)
			}
			for name, service := range cluster["services"].(map[string]any) {
				s := service.(map[string]any)
				if shared, _ := s["shared"].(string); shared == "" && c.Hostname(name) != s["hostname"] || shared != "" && c.Mesh.SharedHostnames[shared] != s["hostname"] {
					t.Errorf("%s: %s of %s is called %v", stack, name, key, s["hostname"])
				}
			}
		}
		for _, res := range r.OfType(parameter) {
			text := res.Inputs["insecureValue"].(string)
			for _, secret := range []string{Licence, externalID, "get-token", "PRIVATE KEY"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s: the parameter %s has %q in it", stack, res.Name, secret)
				}
			}
			if len(res.Secrets) > 0 {
				t.Errorf("%s: the parameter %s hides %v", stack, res.Name, res.Secrets)
			}
		}
	}
}

func TestNobodyPublishesUnasked(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	if found := r.OfType(parameter); len(found) > 0 || r.Outputs["contractReaders"] != nil {
		t.Errorf("there are %d parameters, and readers %v", len(found), r.Outputs["contractReaders"])
	}
}
