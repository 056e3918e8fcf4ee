package aws

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

// The way of istiod: a pod's association, its role, and from there the discovery role of another account.
func TestPodGetsTheRoleOfItsAssociation(t *testing.T) {
	s := newSandbox(t)
	u := s.login(home)
	e := u.controlPlane(u.network("1"))
	istiod := u.create(roleKind, "istiod", props{"name": "istiod", "assumeRolePolicy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{
		"StringEquals":{"aws:RequestTag/kubernetes-service-account":"istiod"},"ArnEquals":{"aws:SourceArn":"` + e.cluster.out("arn") + `"}}}]}`})
	for _, account := range []string{"istiod", "other"} {
		u.create(eksPodIdentityKind, account, props{"clusterName": "mesh", "namespace": "istio-system", "serviceAccount": account, "roleArn": istiod.out("arn")})
	}
	s.eventually("the associations take effect", func(tx *world.Tx) bool {
		_, err := PodRole(tx, e.cluster.out("arn"), "istio-system", "istiod", "istiod-0")
		return err == nil
	})
	s.see(func(tx *world.Tx) {
		p, err := PodRole(tx, e.cluster.out("arn"), "istio-system", "istiod", "istiod-0")
		if err != nil || p.RoleARN != istiod.out("arn") || p.Tags["kubernetes-namespace"] != "istio-system" {
			t.Errorf("%v %v", p, err)
		}
		_, err = PodRole(tx, e.cluster.out("arn"), "istio-system", "other", "other-0")
		refused(t, err, "AccessDenied")
		_, err = PodRole(tx, e.cluster.out("arn"), "default", "istiod", "istiod-0")
		refused(t, err, "No Pod Identity association for default/istiod")
	})
}

// EKS answers before its webhook knows an association, or its other role.
func TestAnAssociationTakesEffectSecondsAfterItsCall(t *testing.T) {
	newSandbox(t).see(func(tx *world.Tx) {
		a, made := &world.Resource{Props: props{"roleArn": "new"}}, tx.Now
		for _, before := range []string{"", "old"} {
			tx.Now = made
			(&call{Tx: tx}).associated(a, before)
			if role := AssociatedRole(tx, a); role != before {
				t.Errorf("at once, pods get %q, want %q", role, before)
			}
			tx.Now = made.Add(lasts(associationSettles))
			if role := AssociatedRole(tx, a); role != "new" {
				t.Errorf("after the delay, pods get %q", role)
			}
		}
		if role := AssociatedRole(tx, &world.Resource{Props: props{"roleArn": "made long ago"}}); role != "made long ago" {
			t.Errorf("pods get %q", role)
		}
	})
}

func TestTaskTakesItsRoleOnlyUnderTheConditionsOfTheTrust(t *testing.T) {
	a := newSandbox(t).app()
	conditional := func(account string) string {
		return strings.Replace(trust(tasksService), `"Action"`, `"Condition":{"StringEquals":{"aws:SourceAccount":"`+account+`"},"ArnLike":{"aws:SourceArn":"arn:aws:ecs:`+region+`:`+account+`:*"}},"Action"`, 1)
	}
	for account, want := range map[string]bool{home: true, away: false} {
		role := a.create(roleKind, "task-"+account, props{"name": "task-" + account, "assumeRolePolicy": conditional(account)})
		task := &world.Resource{Account: home, ID: "arn:aws:ecs:" + region + ":" + home + ":task/mesh-1/0123", Props: props{"taskRoleArn": role.out("arn")}}
		a.see(func(tx *world.Tx) {
			if p, err := TaskPrincipal(tx, task); (err == nil) != want || want && p.RoleARN != role.out("arn") {
				t.Errorf("trust of %s: %v %v", account, p, err)
			}
		})
	}
	a.see(func(tx *world.Tx) {
		_, err := TaskPrincipal(tx, &world.Resource{Account: home, ID: "task", Props: props{}})
		refused(t, err, "has no task role")
	})
}
