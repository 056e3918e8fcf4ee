package config

import (
	"slices"
	"strings"
	"testing"
)

func logging(region, more string) string {
	return `{"name": "team", "image": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/team:1", "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/teams/a", "awslogs-region": "` + region + `", "awslogs-stream-prefix": "p"` + more + `}}}`
}

// The cluster's own group of the same name in another region is another group.
func TestALogGroupKeepsItsRegion(t *testing.T) {
	for _, name := range []string{"/teams/a", "/ecs/ambient-ecs-1"} {
		c, err := defined(t, strings.Replace(logging("us-east-1", ""), "/teams/a", name, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		needs, _ := c.NeedsOf("ecs-1", "team")
		if want := (LogGroup{Region: "us-east-1", Name: name}); !slices.Contains(needs.LogGroups, want) || len(needs.LogGroups) != 2 {
			t.Errorf("the containers write to %v", needs.LogGroups)
		}
		if !c.OwnExecutionRole("ecs-1", "team") {
			t.Errorf("the account's role would have to write to %s in us-east-1", name)
		}
	}
}

func TestRefusedRegionsOfLogs(t *testing.T) {
	const field = "clusters.ecs-1.services.team.taskDefinition.containerDefinitions[0].logConfiguration.options.awslogs-region"
	for region, words := range map[string]string{"eu-central1": "no region of the partitions", "cn-north-1": "partition aws-cn"} {
		_, err := defined(t, logging(region, ""), nil)
		if err == nil || !strings.Contains(err.Error(), field+` = "`+region+`": `) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", region, err)
		}
	}
}

// AWS's driver reads the option as Go reads booleans.
func TestALogGroupIsMadeForEveryWayToWriteTrue(t *testing.T) {
	for value, makes := range map[string]bool{"true": true, "True": true, "TRUE": true, "t": true, "1": true, "false": false, "False": false, "0": false} {
		c, err := defined(t, logging("eu-central-1", `, "awslogs-create-group": "`+value+`"`), nil)
		if err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		if needs, _ := c.NeedsOf("ecs-1", "team"); (len(needs.CreatedGroups) == 1) != makes {
			t.Errorf("%s makes %v", value, needs.CreatedGroups)
		}
	}
	_, err := defined(t, logging("eu-central-1", `, "awslogs-create-group": "yes"`), nil)
	if err == nil || !strings.Contains(err.Error(), `options.awslogs-create-group = "yes": the driver takes true or false`) {
		t.Errorf("yes: %v", err)
	}
}
