package tests

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/iam/evaluation"
	"ambient-ecs/tests/recorder"
)

// policiesOfRoles is the output rolePolicies by the name of the role.
func policiesOfRoles(t *testing.T, change func(*recorder.Options)) map[string]map[string]any {
	t.Helper()
	r := succeed(t, Record(t, "dev", change))
	all := map[string]map[string]any{}
	listed, _ := r.Outputs["rolePolicies"].([]any)
	for _, one := range listed {
		given := one.(map[string]any)
		arn := fmt.Sprint(given["roleArn"])
		all[arn[strings.LastIndex(arn, "/")+1:]] = given
	}
	return all
}

// permitted gives the echo service of ecs-1, and so all services with its role, permissions in AWS.
func permitted(t *testing.T) func(*recorder.Options) {
	return func(o *recorder.Options) {
		var clusters map[string]map[string]any
		if err := json.Unmarshal([]byte(o.Config[config.Project+":clusters"]), &clusters); err != nil {
			t.Fatal(err)
		}
		echo := clusters["ecs-1"]["services"].(map[string]any)["echo-service"].(map[string]any)
		echo["serviceAccount"] = "echo"
		echo["permissions"] = map[string]any{
			"managedPolicies": []any{"policy/shop", "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"},
			"statements":      []any{map[string]any{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}},
		}
		data, err := json.Marshal(clusters)
		if err != nil {
			t.Fatal(err)
		}
		o.Config[config.Project+":clusters"] = string(data)
	}
}

func TestTheOutputsSayWhatAServiceMayDoInAWS(t *testing.T) {
	all := policiesOfRoles(t, permitted(t))
	given := all["ambient-ecs-1-echo"]
	if len(all) != 1 || given == nil {
		t.Fatalf("not one role, that of the service: %v", all)
	}
	managed := given["managedPolicyArns"].([]any)
	if want := []any{"arn:aws:iam::111122223333:policy/shop", "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"}; !slices.Equal(managed, want) {
		t.Errorf("managed policies: %v", managed)
	}
	const inline = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::shop/*"]}]}`
	if given["inlinePolicy"] != evaluation.Fingerprint(inline) {
		t.Errorf("the inline policy is %v", given["inlinePolicy"])
	}
	if bounded, is := given["permissionsBoundaryArn"]; is {
		t.Errorf("it has the boundary %v", bounded)
	}
}

func TestAStackWithoutPermissionsAndWithoutABoundarySaysNothingOfItsRoles(t *testing.T) {
	if all := policiesOfRoles(t, nil); len(all) > 0 {
		t.Errorf("%v", all)
	}
}

func TestTheOutputsSayTheBoundaryOfTheRolesThatTheMeshNeeds(t *testing.T) {
	all := policiesOfRoles(t, fenced)
	for _, name := range []string{"ambient-istiod", "ambient-discovery-local", "ambient-discovery-external", "ambient-execution-local", "ambient-ecs-1-ecs", "ambient-ecs-3-ecs"} {
		if given := all[name]; given == nil || given["permissionsBoundaryArn"] != testBoundary {
			t.Errorf("role %s: %v", name, given)
		}
	}
}
