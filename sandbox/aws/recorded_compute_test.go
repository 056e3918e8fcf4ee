package aws

import (
	"context"
	"testing"

	"ambient-ecs/sandbox/world"
)

// These functions bring a sandbox into the situations of the table in recorded_test.go that concern ECS and EKS.

func deleteClusterWithServices(t *testing.T) error {
	a := newSandbox(t).app()
	a.create(ServiceKind, "echo", a.service(a.define(nil), props{"desiredCount": 0.0}))
	return a.delete(a.cluster)
}

func deleteClusterWithTasks(t *testing.T) error {
	a := newSandbox(t).app()
	definition := a.define(nil)
	a.see(func(tx *world.Tx) {
		vpc := props{"subnets": subnetIDs(a.net.private), "securityGroups": []any{a.group.ID}}
		if _, err := RunTask(tx, home, props{
			"cluster": a.cluster.out("arn"), "taskDefinition": definition.out("arn"), "networkConfiguration": props{"awsvpcConfiguration": vpc},
		}); err != nil {
			t.Fatal(err)
		}
	})
	return a.delete(a.cluster)
}

// serve is the answer to a service.
func serve(t *testing.T, change func(a *app) props) error {
	a := newSandbox(t).app()
	return answer(a.try(ServiceKind, "echo", with(a.service(a.define(nil), props{"desiredCount": 0.0}), change(a))))
}

func serviceTwice(t *testing.T) error {
	return serve(t, func(a *app) props {
		a.create(ServiceKind, "first", a.service(a.define(nil), props{"desiredCount": 0.0}))
		return nil
	})
}

// serviceDrains makes a service again before the tasks of the old one have stopped. A deletion whose context is over returns after
// its first call. Where the tasks are faster than the test, it begins anew.
func serviceDrains(t *testing.T) error {
	a := newSandbox(t).app()
	in := a.service(a.define(nil), nil)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	service := a.create(ServiceKind, "echo", in)
	for range 10 {
		if err := a.session.Delete(over, service.Resource); err == nil {
			t.Fatal("the deletion did not wait")
		}
		again, err := a.try(ServiceKind, "echo", in)
		if err != nil {
			return err
		}
		service = again
	}
	return nil
}

func serviceWithoutCluster(t *testing.T) error {
	return serve(t, func(a *app) props { return props{"cluster": a.cluster.out("arn") + "x"} })
}

func serviceOfAnotherLaunchType(t *testing.T) error {
	return serve(t, func(a *app) props {
		return props{"taskDefinition": a.define(props{"family": "ec2", "requiresCompatibilities": []any{"EC2"}}).out("arn")}
	})
}

func serviceWithForeignGroup(t *testing.T) error {
	return serve(t, func(a *app) props {
		apart := a.create(securityGroupKind, "apart", props{"vpcId": a.create(vpcKind, "other", props{"cidrBlock": "10.9.0.0/16"}).ID})
		return props{"networkConfiguration": with(a.serviceProps["networkConfiguration"].(props), props{"securityGroups": []any{apart.ID}})}
	})
}

func serviceWithoutDefinition(t *testing.T) error {
	return serve(t, func(*app) props { return props{"taskDefinition": "mesh-1-echo:99"} })
}

// register is the answer to a task definition.
func register(t *testing.T, change props) error {
	a := newSandbox(t).app()
	return answer(a.try(TaskDefinitionKind, "echo", with(a.definition, change)))
}

func badSize(t *testing.T) error { return register(t, props{"cpu": "512"}) }

func containerBiggerThanTask(t *testing.T) error {
	return register(t, props{"containerDefinitions": containers(func(app, _ props) { app["memory"] = 1024 })})
}

func logsWithoutRole(t *testing.T) error { return register(t, props{"executionRoleArn": nil}) }

func imageWithoutRole(t *testing.T) error {
	return register(t, props{"executionRoleArn": nil, "containerDefinitions": containers(func(app, ztunnel props) {
		app["image"] = home + ".dkr.ecr.eu-central-1.amazonaws.com/echo:1"
		delete(app, "logConfiguration")
		delete(ztunnel, "logConfiguration")
	})})
}

func clusterTwice(t *testing.T) error {
	u := newSandbox(t).login(home)
	return answer(u.try(eksClusterKind, "again", u.controlPlane(u.network("1")).clusterProps()))
}

func deleteClusterWithNodes(t *testing.T) error {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	u.nodes(e)
	return u.delete(e.cluster)
}

// plane is the answer to a control plane. Change returns changes of its inputs, and of those of its network.
func plane(t *testing.T, change func(e *eks) (in, vpc props)) error {
	u := newSandbox(t).login(home)
	e := &eks{net: u.network("1"), role: u.role("eks", "eks.amazonaws.com")}
	more, vpc := change(e)
	in := with(e.clusterProps(), more)
	in["vpcConfig"] = with(in["vpcConfig"].(props), vpc)
	return answer(u.try(eksClusterKind, "mesh", in))
}

func clusterInOneZone(t *testing.T) error {
	return plane(t, func(e *eks) (in, vpc props) {
		return nil, props{"subnetIds": []any{e.net.private[0].ID, e.net.public[0].ID}}
	})
}

func clusterInAZoneWithoutEKS(t *testing.T) error {
	u := newSandbox(t).loginWith(props{"region": "us-east-1", "allowedAccountIds": []any{home}})
	vpc := u.vpc()
	var subnets []any
	for block, zone := range map[string]string{"10.1.1.0/24": "use1-az1", "10.1.2.0/24": "use1-az3"} {
		subnets = append(subnets, u.create(subnetKind, zone, props{"vpcId": vpc.ID, "cidrBlock": block, "availabilityZoneId": zone}).ID)
	}
	role := u.role("eks", "eks.amazonaws.com")
	return answer(u.try(eksClusterKind, "mesh", props{"name": "mesh", "roleArn": role.out("arn"), "vpcConfig": props{"subnetIds": subnets}}))
}

func clusterWithoutRole(t *testing.T) error {
	return plane(t, func(e *eks) (in, vpc props) { return props{"roleArn": e.role.out("arn") + "x"}, nil })
}

// encrypted is a control plane whose secrets are under a key.
func encrypted(t *testing.T, key string) error {
	return plane(t, func(*eks) (in, vpc props) {
		return props{"encryptionConfig": props{"provider": props{"keyArn": key}, "resources": []any{"secrets"}}}, nil
	})
}

func clusterWithMalformedKey(t *testing.T) error { return encrypted(t, "alias/mesh") }

func clusterWithoutKey(t *testing.T) error {
	return encrypted(t, "arn:aws:kms:eu-central-1:"+home+":key/none")
}

func clusterOpenToPrivateAddresses(t *testing.T) error {
	return plane(t, func(*eks) (in, vpc props) {
		return nil, props{"endpointPublicAccess": true, "publicAccessCidrs": []any{"10.0.0.0/8"}}
	})
}

func addonWithoutNodes(t *testing.T) error {
	u := newSandbox(t).login(home)
	u.controlPlane(u.network("1"))
	u.pkg.patience /= 10
	return answer(u.try(eksAddonKind, "coredns", props{"clusterName": "mesh", "addonName": "coredns"}))
}

// nodesFrom is the answer to a node group with a launch template.
func nodesFrom(t *testing.T, template func(u *user) props) error {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	return answer(u.try(eksNodeGroupKind, "nodes", with(e.nodeProps(), props{"launchTemplate": template(u)})))
}

func nodesWithoutTemplate(t *testing.T) error {
	return nodesFrom(t, func(*user) props { return props{"id": "lt-0", "version": "1"} })
}

func nodesWithoutVersion(t *testing.T) error {
	return nodesFrom(t, func(u *user) props {
		return props{"id": u.create(launchTemplateKind, "t", props{}).ID, "version": "3"}
	})
}
