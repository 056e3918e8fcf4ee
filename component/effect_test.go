package component

import (
	"context"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

func TestOnlyAnotherRoleIsWaitedFor(t *testing.T) {
	inputs := func(role, owner string) resource.PropertyMap {
		return resource.PropertyMap{"roleArn": resource.NewStringProperty(role), "tags": resource.NewStringProperty(owner)}
	}
	if !sameRole(inputs("a", "us"), inputs("a", "them")) || sameRole(inputs("a", "us"), inputs("b", "us")) {
		t.Error("an association is waited for if its role changes, and only then")
	}
}

func TestAPauseIsShorterWhereTimeIsFaster(t *testing.T) {
	t.Setenv(TimeFactor, "1000000")
	if !pause(context.Background(), time.Hour) {
		t.Error("the pause was cut short")
	}
	t.Setenv(TimeFactor, "no number")
	ended, end := context.WithCancel(context.Background())
	end()
	if pause(ended, time.Hour) {
		t.Error("the end of the program cuts no pause short")
	}
}
