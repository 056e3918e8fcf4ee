package aws

import (
	"context"
	"maps"
	"testing"
)

// A tag of a cluster that the caller does not own comes beside the owner's, and goes without them.
func TestATagOfAClusterIsTheOnlyThingThatComesAndGoes(t *testing.T) {
	u := newSandbox(t).login(home)
	cluster := u.create(ecsClusterKind, "theirs", props{"name": "Apps-Prod", "tags": props{"team": "apps"}})
	tag := u.create(ecsTagKind, "discovery", props{"resourceArn": cluster.out("arn"), "key": "ecs.solo.io/discovery-enabled", "value": "true"})
	has := func(want map[string]any) {
		t.Helper()
		answer, err := u.session.Invoke(context.Background(), "aws:ecs/getCluster:getCluster", props{"clusterName": "Apps-Prod"})
		if err != nil || answer["status"] != "ACTIVE" || !maps.Equal(object(answer, "tags"), want) {
			t.Errorf("the cluster is %v: %v", answer, err)
		}
	}
	has(props{"team": "apps", "ecs.solo.io/discovery-enabled": "true"})
	if err := u.session.Delete(context.Background(), tag.Resource); err != nil {
		t.Fatal(err)
	}
	has(props{"team": "apps"})
	u.unchanged(cluster)
	if _, err := u.try(ecsTagKind, "nowhere", props{"resourceArn": cluster.out("arn") + "x", "key": "k", "value": "v"}); err == nil {
		t.Error("a cluster that does not exist was tagged")
	}
	if _, err := u.session.Invoke(context.Background(), "aws:ecs/getCluster:getCluster", props{"clusterName": "other"}); err == nil {
		t.Error("a cluster that does not exist was found")
	}
}
