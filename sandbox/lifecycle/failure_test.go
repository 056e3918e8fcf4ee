//go:build engine

package lifecycle

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

const accepterKind = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"

const (
	home     = "111122223333"
	external = "444455556666"
	region   = "eu-central-1"
)

// somebodyElses creates a foreign log group in the account, under a name that one of our clusters needs.
func (s *stack) somebodyElses(name string) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		tx.Put(&world.Resource{Account: home, Region: region, Kind: "aws:cloudwatch/logGroup:LogGroup", ID: logGroup(name),
			Props: map[string]any{"name": name, "arn": logGroup(name)}})
	})
}

func logGroup(name string) string {
	return "arn:aws:logs:" + region + ":" + home + ":log-group:" + name
}

func TestAnUpThatFailedHalfWayCanBeDestroyed(t *testing.T) {
	t.Parallel()
	s := newStack(t, "dev")
	s.somebodyElses("/ecs/ambient-ecs-2")
	_, all, err := s.try("up")
	if err == nil || !strings.Contains(all, "ResourceAlreadyExistsException") {
		t.Fatalf("up did not fail on the log group of somebody else: %v\n%s", err, all)
	}
	s.run("destroy")
	left := s.remains()
	if len(left) != 1 || !strings.Contains(left[0], "/ecs/ambient-ecs-2") {
		t.Errorf("left after destroy, beside what is not ours:\n%s", strings.Join(left, "\n"))
	}
}

// Across accounts EC2 may not find at once what exists. One up is enough.
func TestAnUpGoesOnWhenAnAccountSeesAPeeringLate(t *testing.T) {
	t.Parallel()
	s := newStack(t, "dev")
	s.look(func(tx *world.Tx) {
		tx.Put(&world.Resource{Account: external, Region: region, Kind: aws.UnseenKind, ID: accepterKind, Props: map[string]any{"code": "InvalidVpcPeeringConnectionID.NotFound"}})
	})
	_, all, err := s.try("up")
	if err != nil || !strings.Contains(all, "retrying create due to on-error hook request (1/") {
		t.Fatalf("up did not try again: %v\n%s", err, all)
	}
	s.nothingToDo()
}

func TestAnUpThatFailedHalfWayCanBeRepeated(t *testing.T) {
	t.Parallel()
	s := newStack(t, "dev")
	s.somebodyElses("/ecs/ambient-ecs-2")
	if _, _, err := s.try("up"); err == nil {
		t.Fatal("up did not fail")
	}
	s.look(func(tx *world.Tx) {
		tx.Drop(tx.Get(home, "aws:cloudwatch/logGroup:LogGroup", logGroup("/ecs/ambient-ecs-2")))
	})
	s.up()
	s.nothingToDo()
}

func TestAServiceThatCannotStartFailsWithItsReasonAndIsMended(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	path := "clusters." + s.onlyCluster() + ".services.echo-service.image"
	s.configure(path, "registry.invalid/echo-server:1")
	_, all, err := s.try("up")
	if err == nil {
		t.Fatal("up succeeded with an image that cannot be pulled")
	}
	if !strings.Contains(all, "CannotPullContainer") {
		t.Errorf("up does not say why the service did not start:\n%s", all)
	}
	s.running(t, "echo-service", 1)
	s.configure(path, "public.ecr.aws/j8r2p7b6/echo-server:latest")
	s.up()
	s.nothingToDo()
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

func TestCredentialsOfAnotherAccountStopBeforeTheFirstCreate(t *testing.T) {
	t.Parallel()
	s := newStack(t, "dev")
	s.look(func(tx *world.Tx) {
		tx.SetNote("aws/profile/external", external)
	})
	s.configure("accounts.external.id", "777788889999")
	_, all, err := s.try("up")
	if err == nil || !strings.Contains(all, "AWS account ID not allowed: "+external) {
		t.Errorf("up with credentials of another account: %v\n%s", err, all)
	}
	for _, r := range s.remains() {
		if strings.Contains(r, external) || strings.Contains(r, "777788889999") {
			t.Errorf("made with the wrong credentials: %s", r)
		}
	}
}

// running asserts how many tasks of a service run.
func (s *stack) running(t *testing.T, service string, want int) {
	t.Helper()
	s.look(func(tx *world.Tx) {
		got := 0
		for _, task := range tx.Find("", "ecs:task", nil) {
			if strings.HasSuffix(task.String("group"), ":"+service) && task.String("lastStatus") == "RUNNING" {
				got++
			}
		}
		if got != want {
			t.Errorf("%d tasks of %s run, want %d", got, service, want)
		}
	})
}

// onlyCluster is the key of the stack's single ECS cluster.
func (s *stack) onlyCluster() string {
	s.t.Helper()
	key := ""
	s.edit(s.file(), func(content map[string]any) {
		for k := range content["config"].(map[string]any)["ambient-ecs:clusters"].(map[string]any) {
			key = k
		}
	})
	return key
}
