package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
)

const theirHub, theirAttachment = "tgw-0123456789abcdef0", "tgw-attach-0123456789abcdef0"

// hubbed is a stack behind the transit gateway of somebody else, before the first `up`.
func hubbed(t *testing.T) (config.Config, compare.World) {
	cfg, w := their(t)
	cfg.Connect, cfg.TransitGateway.ID = config.ConnectTransitGateway, theirHub
	w.Attachments = map[string]map[string]compare.Attachment{"local": {}, "external": {}}
	return cfg, w
}

func routed(w compare.World, routes ...existing.Route) {
	table := w.Networks["external"].Tables["rtb-001"]
	table.Routes = append(table.Routes, routes...)
	w.Networks["external"].Tables["rtb-001"] = table
}

// lived says that the install has a role in the account.
func lived(cfg config.Config, w compare.World) {
	w.Accounts["external"] = compare.Account{Roles: map[string]compare.Role{cfg.DiscoveryRoleName("external"): {Tags: cfg.ResourceTags()}}}
}

// A network team attaches its VPCs to its hub and keeps their routes. AWS allows one attachment and one route to a network.
func TestWhatTheOwnerOfAHubHasMade(t *testing.T) {
	const toHome = "192.168.0.0/16"
	named := func(cfg config.Config) *config.ExistingNetwork { return cfg.Accounts["external"].Network }
	attached := func(w compare.World, one compare.Attachment) {
		w.Attachments["external"] = map[string]compare.Attachment{theirAttachment: one}
	}
	theirs := compare.Attachment{Gateway: theirHub, Carries: true}
	for name, c := range map[string]struct {
		change func(cfg *config.Config, w *compare.World)
		words  []string
	}{
		"nothing yet": {func(*config.Config, *compare.World) {}, nil},
		"an attachment that nobody names": {func(_ *config.Config, w *compare.World) { attached(*w, theirs) },
			[]string{"accounts.external.network.attachmentId is not set", "by " + theirAttachment + " of somebody else", "set it to " + theirAttachment}},
		"the install's own": {func(_ *config.Config, w *compare.World) {
			attached(*w, compare.Attachment{Gateway: theirHub, Carries: true, Ours: true})
		}, nil},
		"to another gateway": {func(_ *config.Config, w *compare.World) {
			attached(*w, compare.Attachment{Gateway: "tgw-9", Carries: true})
		}, nil},
		"named": {func(cfg *config.Config, w *compare.World) {
			attached(*w, theirs)
			named(*cfg).AttachmentID = theirAttachment
		}, nil},
		"named, and nothing is there": {func(cfg *config.Config, _ *compare.World) { named(*cfg).AttachmentID = theirAttachment },
			[]string{"accounts.external.network.attachmentId", "no such attachment to " + theirHub, "It has none"}},
		"named, and it waits": {func(cfg *config.Config, w *compare.World) {
			attached(*w, compare.Attachment{Gateway: theirHub})
			named(*cfg).AttachmentID = theirAttachment
		}, []string{"accounts.external.network.attachmentId", "until the owner of " + theirHub + " accepts it"}},
		"named, and it is the stack's": {func(cfg *config.Config, w *compare.World) {
			attached(*w, compare.Attachment{Gateway: theirHub, Carries: true, Ours: true})
			named(*cfg).AttachmentID = theirAttachment
		}, []string{"accounts.external.network.attachmentId", "this stack made it", "leave the key out"}},

		"a route as ours would be, before the first up": {func(_ *config.Config, w *compare.World) { routed(*w, existing.Route{CIDR: toHome, Target: theirHub}) },
			[]string{"accounts.external.network.routeTableIds", "through " + theirHub + " as the program's would be", "take it out of the list"}},
		"a route of a half-made stack": {func(cfg *config.Config, w *compare.World) {
			routed(*w, existing.Route{CIDR: toHome, Target: theirHub})
			attached(*w, compare.Attachment{Gateway: theirHub, Carries: true, Ours: true})
		}, nil},
		"a route of a stack that lives on their attachment": {func(cfg *config.Config, w *compare.World) {
			routed(*w, existing.Route{CIDR: toHome, Target: theirHub})
			attached(*w, theirs)
			named(*cfg).AttachmentID = theirAttachment
			lived(*cfg, *w)
		}, nil},
		"a route to another gateway of theirs": {func(cfg *config.Config, w *compare.World) {
			routed(*w, existing.Route{CIDR: toHome, Target: "tgw-9"})
			attached(*w, compare.Attachment{Gateway: "tgw-9", Carries: true})
			lived(*cfg, *w)
		}, []string{"accounts.external.network.routeTableIds", "through tgw-9, which is not this stack's"}},
		"their route to more": {func(cfg *config.Config, w *compare.World) {
			routed(*w, existing.Route{CIDR: "192.0.0.0/8", Target: theirHub})
			named(*cfg).RouteTableIDs = nil
		}, nil},
		"a table without any route to home": {func(cfg *config.Config, w *compare.World) {
			routed(*w, existing.Route{CIDR: "192.0.0.0/8", Target: theirHub}, existing.Route{CIDR: "192.168.0.0/16", Target: "pcx-9"})
			named(*cfg).RouteTableIDs = nil
		}, []string{"accounts.external.network.routeTableIds", "rtb-001 is not among them", "no route to 192.168.0.0/16 through " + theirHub}},

		"subnets of the attachment": {func(cfg *config.Config, _ *compare.World) {
			named(*cfg).AttachmentSubnetIDs = []string{"subnet-001", "subnet-002"}
		}, nil},
		"a zone without one": {func(cfg *config.Config, _ *compare.World) {
			named(*cfg).AttachmentSubnetIDs = []string{"subnet-001"}
		}, []string{"accounts.external.network.attachmentSubnetIds", "no subnet is in euc1-az2"}},
		"two in a zone": {func(cfg *config.Config, w *compare.World) {
			w.Networks["external"].Subnets["subnet-003"] = existing.Subnet{ID: "subnet-003", VPC: "vpc-000", ZoneID: "euc1-az1"}
			named(*cfg).AttachmentSubnetIDs = []string{"subnet-001", "subnet-002", "subnet-003"}
		}, []string{"accounts.external.network.attachmentSubnetIds", "subnet-001 is in the same zone, euc1-az1"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, w := hubbed(t)
			c.change(&cfg, &w)
			_, err := compare.Compare(cfg, w)
			if c.words == nil {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			for _, words := range c.words {
				if err == nil || !strings.Contains(err.Error(), words) {
					t.Errorf("the refusal does not say %q: %v", words, err)
				}
			}
		})
	}
}

func TestAZoneThatAnAttachmentOfOthersLeavesOutIsWarnedOf(t *testing.T) {
	for zones, warned := range map[string]int{"euc1-az1 euc1-az2": 0, "euc1-az1": 1, "": 0} {
		cfg, w := hubbed(t)
		cfg.Accounts["external"].Network.AttachmentID = theirAttachment
		w.Attachments["external"] = map[string]compare.Attachment{theirAttachment: {Gateway: theirHub, Carries: true, ZoneIDs: strings.Fields(zones)}}
		warnings, err := compare.Compare(cfg, w)
		if said := strings.Join(warnings, "\n"); err != nil || strings.Count(said, theirAttachment+" has no subnet in euc1-az2") != warned {
			t.Errorf("%q: %v %s", zones, err, said)
		}
	}
}

// A gateway that the program makes has no attachment of somebody else's VPC before the first `up`, so no route there is the program's.
func TestRoutesOfAnotherHubAreNotTakenForOurs(t *testing.T) {
	cfg, w := hubbed(t)
	cfg.TransitGateway.ID = ""
	routed(w, existing.Route{CIDR: "192.168.0.0/16", Target: "tgw-9"})
	if _, err := compare.Compare(cfg, w); err == nil || !strings.Contains(err.Error(), "through tgw-9, which is not this stack's") {
		t.Errorf("before the first up: %v", err)
	}
	w.Attachments["external"] = map[string]compare.Attachment{theirAttachment: {Gateway: "tgw-9", Carries: true, Ours: true}}
	if _, err := compare.Compare(cfg, w); err != nil {
		t.Errorf("a gateway of the install: %v", err)
	}
}

func TestRoutesOfAPeeringOfOthersAreNotTakenForOurs(t *testing.T) {
	cfg, w := their(t)
	w.Connections = map[string]compare.Connection{}
	routed(w, existing.Route{CIDR: "192.168.0.0/16", Target: "pcx-9"})
	if _, err := compare.Compare(cfg, w); err == nil || !strings.Contains(err.Error(), "through pcx-9, which is not this stack's") {
		t.Errorf("before the first up: %v", err)
	}
	w.Connections["pcx-9"] = compare.Connection{Requester: cfg.Accounts["local"].Network.VPCID, Accepter: cfg.Accounts["external"].Network.VPCID, Status: "active", Ours: true}
	if _, err := compare.Compare(cfg, w); err != nil {
		t.Errorf("a peering of the install: %v", err)
	}
}
