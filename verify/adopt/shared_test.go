package adopt_test

import (
	"strings"
	"testing"

	"ambient-ecs/network/existing"
	"ambient-ecs/verify/adopt"
)

// guest is a VPC as an account sees it that shares it by AWS RAM: the shared subnets, and no route table.
func guest(n adopt.Network, owner string, subnets ...string) adopt.Network {
	seen, vpc := n, *n.VPC
	vpc.Owner = owner
	seen.VPC, seen.Tables = &vpc, nil
	seen.Subnets = map[string]existing.Subnet{}
	for _, id := range subnets {
		s := n.Subnets[id]
		s.Table = ""
		seen.Subnets[id] = s
	}
	return seen
}

// sharing is a world in which the account pay uses three subnets of a VPC of another account. Third is an account with a VPC of its own.
func sharing(owner string, third bool, tasksIn ...string) (adopt.Options, map[string]*adopt.Facts) {
	o, w := options(), world()
	n := w["apps"].Networks[0]
	if owner != "111122223333" {
		n = vpc("vpc-0b", owner, "10.21.0.0/16")
	}
	suffix := n.VPC.ID[len(n.VPC.ID)-2:]
	var ids []string
	for _, zone := range []string{"0", "1", "2"} {
		ids = append(ids, "subnet-00000"+zone+suffix)
	}
	if owner == "111122223333" { // one of the shared subnets has a table of its own
		s := n.Subnets[ids[2]]
		s.Table = "rtb-0000003a"
		n.Subnets[ids[2]] = s
		table := n.Tables["rtb-0000002a"]
		table.ID = s.Table
		n.Tables[s.Table] = table
	}
	w["pay"].Networks = []adopt.Network{guest(n, owner, ids...)}
	w["pay"].Groups = w["apps"].Groups
	w["pay"].Clusters = []adopt.Cluster{cluster("Pay-Prod", service("cards", func(s *adopt.Service) { s.Subnets = tasksIn }))}
	if third {
		o.Accounts = append(o.Accounts, adopt.Account{Key: "third", ID: "777788889999", Profile: "third"})
		w["third"] = &adopt.Facts{Networks: []adopt.Network{vpc("vpc-0c", "777788889999", "10.22.0.0/16")}}
	}
	return o, w
}

// Who shares a VPC by AWS RAM sees no route tables. That is no reason to leave the VPC.
func TestAnAccountStaysInTheVPCThatItShares(t *testing.T) {
	const owner, unread = "111122223333", "999900001111"
	for name, c := range map[string]struct {
		owner          string
		third          bool
		tasks          []string
		apps, pay, top string // what the file says of the accounts, and on top
		report         string
	}{
		"the owner was read": {owner: owner, third: true, tasks: []string{"subnet-0000010a", "subnet-0000020a"},
			apps: "routeTableIds: [rtb-0000002a, rtb-0000003a]", pay: "vpcId: vpc-0000000a\n        privateSubnetIds: [subnet-0000010a, subnet-0000020a]\n",
			report: "accounts.pay.network: account apps owns vpc-0000000a and its entry has the route tables"},
		"the owner was read, and no task tells": {owner: owner, third: true,
			apps: "routeTableIds: [rtb-0000002a, rtb-0000003a]", pay: "privateSubnetIds: [subnet-0000010a, subnet-0000020a]\n",
			report: "accounts.pay.network: account apps owns vpc-0000000a"},
		"nobody read the owner": {owner: unread, tasks: []string{"subnet-0000010b", "subnet-0000020b"},
			apps: "vpcId: vpc-0000000a", pay: "vpcId: vpc-0000000b\n        privateSubnetIds: [subnet-0000010b, subnet-0000020b]\n", top: "ambient-ecs:connect: none\n",
			report: "accounts.pay.network: account 999900001111 owns vpc-0000000b, which it shares, and was not read. The file names the subnets in which tasks of account pay run (subnet-0000010b, subnet-0000020b)"},
		"nobody read the owner, and others are joined": {owner: unread, third: true, tasks: []string{"subnet-0000010b", "subnet-0000020b"},
			apps: "routeTableIds: [rtb-0000002a]", pay: "connect: none\n",
			report: "connect: the VPC of account pay is another account's, and only that account can change its route tables"},
	} {
		o, w := sharing(c.owner, c.third, c.tasks...)
		p, report := judged(t, o, w)
		file := string(p.StackFile)
		_, apps, _ := strings.Cut(file, "\n    apps:\n")
		apps, pay, _ := strings.Cut(apps, "\n    pay:\n")
		pay, _, _ = strings.Cut(pay, "\n    third:\n")
		pay, _, _ = strings.Cut(pay, "\n  ambient-ecs:")
		if !strings.Contains(apps, c.apps) || !strings.Contains(pay+"\n", c.pay) || !strings.Contains(file, c.top) || strings.Contains(pay, "routeTableIds") {
			t.Errorf("%s: the file is\n%s", name, file)
		}
		if !strings.Contains(report, c.report) || strings.Contains(report, "account pay gets a VPC from the program") {
			t.Errorf("%s: the report is\n%s", name, report)
		}
		for _, line := range strings.Split(report, "\n") {
			if strings.Contains(line, "accounts.") && (strings.Contains(line, "routeTableIds is") || strings.Contains(line, ".connect")) {
				t.Errorf("%s: the program refuses the file: %s", name, line)
			}
		}
	}
}

// Only the owner of the home account's VPC can join it, so the program joins no network.
func TestAHomeAccountInASharedVPCIsJoinedByItsOwner(t *testing.T) {
	o, w := sharing("999900001111", true, "subnet-0000010b", "subnet-0000020b")
	o.Accounts[0], o.Accounts[1] = o.Accounts[1], o.Accounts[0]
	p, report := judged(t, o, w)
	if file := string(p.StackFile); !strings.Contains(file, "ambient-ecs:home: pay\n") || strings.Count(file, "connect: none") != 1 || !strings.Contains(file, "ambient-ecs:connect: none\n") || strings.Contains(file, "routeTableIds") {
		t.Errorf("the file is\n%s", file)
	}
	if !strings.Contains(report, "accounts.pay.network.vpcId: account 999900001111 owns vpc-0000000b and shares its subnets") || strings.Contains(report, "owns this VPC") {
		t.Errorf("the report is\n%s", report)
	}
}

// The reason is what was not seen, and not what the VPC lacks.
func TestASharedVPCIsLeftForATrueReason(t *testing.T) {
	for owner, words := range map[string]string{
		"999900001111": "account 999900001111 owns vpc-0000000b and shows account pay no route tables, it was not read, and the account's own tasks do not run in two zones there. Read that account too",
		"111122223333": "vpc-0000000a, which account 111122223333 shares, has no subnets in two zones that the account sees and whose default route leads to a NAT gateway",
	} {
		o, w := sharing(owner, false)
		if owner == "111122223333" {
			delete(w["pay"].Networks[0].Subnets, "subnet-0000020a")
		}
		_, report := judged(t, o, w)
		if !strings.Contains(report, "account pay gets a VPC from the program") || !strings.Contains(report, words) {
			t.Errorf("the report is\n%s", report)
		}
	}
}
