//go:build engine

package lifecycle

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

// theirs is a stack of an example in the networks that a network team has, and what they have, by kind, account and id, byte for byte.
type theirs struct {
	*stack
	before map[string]string
}

func newTheirs(t *testing.T, name string) *theirs {
	t.Helper()
	s := &theirs{stack: newStack(t, name)}
	binary, err := filepath.Abs(filepath.Join(root, "bin", "sandbox"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(binary, "-state", s.state, "exist", filepath.Join(root, "examples", name, "networks.json")).CombinedOutput(); err != nil {
		t.Fatalf("make their networks: %v\n%s", err, out)
	}
	s.before = s.everything()
	return s
}

// everything is all that is in all accounts.
func (s *theirs) everything() map[string]string {
	s.t.Helper()
	all := map[string]string{}
	s.look(func(tx *world.Tx) {
		for _, r := range tx.Find("", "", nil) {
			data, err := json.Marshal(r)
			if err != nil {
				s.t.Fatal(err)
			}
			all[r.Kind+" "+r.ID+" in "+r.Account] = string(data)
		}
	})
	return all
}

// untouched asserts that everything of theirs is as it was. It returns what is there besides, as kinds and ids.
func (s *theirs) untouched() (added []string) {
	s.t.Helper()
	now := s.everything()
	for name, was := range s.before {
		if is := now[name]; is != was {
			s.t.Errorf("%s was\n%s\nand is\n%s", name, was, is)
		}
		delete(now, name)
	}
	for name := range now {
		added = append(added, name)
	}
	slices.Sort(added)
	return added
}

func TestAMeshInTheNetworksOfOthersTouchesNothingOfTheirs(t *testing.T) {
	t.Parallel()
	s := newTheirs(t, "their-networks")
	s.up()
	s.nothingToDo()
	s.verified()
	routes := 0
	for _, name := range s.untouched() {
		kind, _, _ := strings.Cut(name, " ")
		switch kind {
		case "aws:ec2/route:Route":
			routes++
		case "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/routeTable:RouteTable", "aws:ec2/routeTableAssociation:RouteTableAssociation",
			"aws:ec2/internetGateway:InternetGateway", "aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip", "aws:ec2/vpcEndpoint:VpcEndpoint",
			"aws:ec2/flowLog:FlowLog", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
			s.t.Errorf("the program made %s", name)
		}
	}
	// The platform's table leads to payments, and that of payments to both networks of the platform.
	if routes != 3 {
		t.Errorf("the program made %d routes", routes)
	}
	s.run("destroy")
	s.untouched()
	for _, r := range s.remains() {
		if name := strings.Fields(r); s.before[name[0]+" "+name[1]+" in "+name[3]] == "" {
			t.Errorf("left after destroy: %s", r)
		}
	}
}
