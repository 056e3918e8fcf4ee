package tests

import (
	"errors"
	"strings"
	"testing"

	"ambient-ecs/tests/recorder"
)

// The preview reads where the tasks of a service run that the update enrols.
func TestAnEnrolmentNeedsAddressesWhereItsTasksAreNot(t *testing.T) {
	const words = "they have 10 free addresses, and the services there need 12 more"
	for name, c := range map[string]struct {
		step    string
		subnet  string
		tags    map[string]any
		preview bool
		refused bool
	}{
		"from another subnet":               {"enrolled", "subnet-00820000000000001", nil, true, true},
		"where the tasks are":               {"enrolled", "subnet-00820000000000002", nil, true, false},
		"the update, after its preview":     {"enrolled", "subnet-00820000000000001", nil, false, false},
		"once it is enrolled":               {"enrolled", "subnet-00820000000000001", map[string]any{"ambient-ecs-install": "tenant", "ambient-ecs-import": "enrolled"}, true, false},
		"not yet, and the tasks are there":  {"unchanged", "subnet-00820000000000002", nil, true, false},
		"not yet, and the tasks are others": {"unchanged", "subnet-00820000000000001", nil, true, false},
	} {
		r := Record(t, "all-theirs", func(o *recorder.Options) {
			o.Preview = c.preview
			o.Config = edited(o.Config, func(clusters map[string]any) {
				ledger := clusters["back"].(map[string]any)["services"].(map[string]any)["ledger"].(map[string]any)
				ledger["import"], ledger["desiredCount"] = c.step, 12
			})
			answering(answers{"aws:ec2/getSubnet:getSubnet": func(args map[string]any) (map[string]any, error) {
				answer, err := invoke("aws:ec2/getSubnet:getSubnet", args)
				if err == nil && strings.HasPrefix(args["id"].(string), "subnet-0082") {
					answer["availableIpAddressCount"] = 5
				}
				return answer, err
			}, "aws:ecs/getService:getService": func(args map[string]any) (map[string]any, error) {
				if args["serviceName"] != "ledger" {
					return nil, errors.New("no matching ECS Service found")
				}
				return map[string]any{"desiredCount": 12, "launchType": "FARGATE", "tags": c.tags}, nil
			}})(o)
			outputs := o.Outputs
			o.Outputs = func(typ, name string, inputs map[string]any) map[string]any {
				if typ != ecsServiceType || name != "import-back/ledger" {
					return outputs(typ, name, inputs)
				}
				return map[string]any{"launchType": "FARGATE", "desiredCount": 12, "networkConfiguration": map[string]any{"subnets": []any{c.subnet}}, "tagsAll": map[string]any{}}
			}
		})
		said := strings.Contains(strings.Join(r.Errors, "\n"), words)
		warned := strings.Contains(strings.Join(r.Warnings, "\n"), "10 free addresses, and 12 are needed when the tasks of clusters.back.services.ledger move there")
		if said != c.refused || warned != (c.step == "unchanged" && c.subnet == "subnet-00820000000000001") || !c.refused && strings.Contains(strings.Join(r.Errors, "\n"), "free addresses") {
			t.Errorf("%s: %v\n%s\n%s", name, r.Err, strings.Join(r.Errors, "\n"), strings.Join(r.Warnings, "\n"))
		}
	}
}
