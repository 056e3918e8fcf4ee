package adopt

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task/enrol"
)

// Options are what the accounts do not say.
type Options struct {
	// Stack is the name of the stack, Install its installName, Region the region of the home account, and of every other that names none.
	Stack, Install, Region string
	// Accounts are the accounts, the home account first.
	Accounts []Account
	// EKS is the name of the EKS cluster of the home account into which the mesh comes. Empty: the program makes one.
	EKS string
	// Inside is what that cluster is and holds. Nil without EKS.
	Inside *Inside
}

// Home is the account that gets EKS and istiod.
func (o Options) Home() Account { return o.Accounts[0] }

// RegionOf is the region of an account.
func (o Options) RegionOf(a Account) string { return cmp.Or(a.Region, o.Region) }

// Plan is what is written.
type Plan struct {
	Options
	// StackFile is the text of Pulumi.STACK.yaml. Definitions are the task definitions by path below the folder of Pulumi.yaml.
	StackFile   []byte
	Definitions map[string][]byte
	Report      Report

	facts    map[string]*Facts
	networks map[string]chosen
	clusters []taken
}

// StackFileName is the name of the stack file beside Pulumi.yaml.
func (p *Plan) StackFileName() string { return "Pulumi." + p.Stack + ".yaml" }

var (
	stackName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$`)
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	label     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	vpcID     = regexp.MustCompile(`^vpc-[0-9a-f]+$`)
)

// Check reports everything that is wrong with the options.
func (o Options) Check() error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if !stackName.MatchString(o.Stack) {
		refuse("--stack %q: name the stack, with letters, digits and _ . -, because the stack file has its name", o.Stack)
	}
	if o.Region == "" {
		refuse("--region is not set: name the region of the accounts")
	}
	if len(o.Accounts) == 0 {
		refuse("--account is not set: name each account as KEY=ID, the home account first")
	}
	if o.EKS != "" && !eksName.MatchString(o.EKS) {
		refuse("--eks %s: the name of an EKS cluster has at most 100 letters, digits, - and _", shown(o.EKS))
	}
	if len(o.Accounts) > 0 && o.RegionOf(o.Home()) != o.Region {
		refuse("--region %s=%s: the first account gets EKS and istiod, and is in the region of the stack, %s", o.Home().Key, o.Home().Region, shown(o.Region))
	}
	seen, reached := map[string]string{}, map[string]Account{}
	for _, a := range o.Accounts {
		if other, taken := reached[a.Profile]; taken && a.RoleARN == "" && other.ID != a.ID {
			refuse("--account %s: it is reached with the same credentials as %s, and they belong to one account only: give --profile or --role", a.Key, other.Key)
		} else if a.RoleARN == "" {
			reached[a.Profile] = a
		}
		place := a.ID + " " + o.RegionOf(a)
		switch other, taken := seen[place]; {
		case !label.MatchString(a.Key):
			refuse("--account %q: the key becomes part of names: use lower-case letters, digits and hyphens", a.Key)
		case !accountID.MatchString(a.ID):
			refuse("--account %s=%s: an AWS account id has 12 digits", a.Key, shown(a.ID))
		case taken:
			refuse("--account %s=%s: %s is the same account in the same region", a.Key, a.ID, other)
		}
		seen[place] = a.Key
		if a.VPC != "" && a.VPC != NewVPC && !vpcID.MatchString(a.VPC) {
			refuse("--network %s=%s: give the id of a VPC, or %s", a.Key, shown(a.VPC), NewVPC)
		}
	}
	return errors.Join(problems...)
}

// New makes the plan from what the accounts have, by account key.
func New(o Options, facts map[string]*Facts) (*Plan, error) {
	p := &Plan{Options: o, Definitions: map[string][]byte{}, facts: facts, networks: map[string]chosen{}}
	if home := o.Home(); o.Inside != nil && home.VPC == "" {
		p.Accounts = slices.Clone(o.Accounts)
		p.Accounts[0].VPC = o.Inside.EKS.VPC // the nodes and the tasks of the account are in one network
	}
	p.takeClusters()
	p.reportTools()
	p.chooseNetworks()
	p.ownNetworks()
	p.reportGroups()
	p.reportControlPlanes()
	p.reportInside()
	var err error
	p.StackFile, err = p.encode()
	return p, err
}

// domain is the DNS domain of an account's services.
func (a Account) domain() string {
	if a.Domain == "" {
		return a.Key + ".ecs"
	}
	return a.Domain
}

// taken is an ECS cluster of the stack file.
type taken struct {
	key     string
	account Account
	living  Cluster
	// services are those that are taken over.
	services []member
}

// member is a service of the stack file.
type member struct {
	Service
	// key is its key in the stack file, and the first label of its hostname.
	key string
	// file is its task definition, clientOnly says that no port of it is known.
	file           string
	clientOnly     bool
	serviceAccount string
	role           string
	// owned says why its owner keeps it. None: the program takes it over.
	owned []string
	// ports, family and executionRole are those of its task definition.
	ports                 []port
	family, executionRole string
}

type port struct {
	number   int
	protocol string
}

// folder is where the task definitions are, below the folder of Pulumi.yaml.
const folder = "adopted"

func (p *Plan) takeClusters() {
	keys := map[string]bool{}
	for _, a := range p.Accounts {
		for _, c := range p.facts[a.Key].Clusters {
			where := fmt.Sprintf("ECS cluster %s of account %s", shown(c.Name), a.Key)
			if install := c.Tags[config.InstallTag]; install != "" {
				p.Report.leave(where, "its tag %s says that it belongs to the install %s", config.InstallTag, shown(install))
				continue
			}
			t := taken{key: unique(keys, c.Name, "cluster"), account: a, living: c}
			p.takeServices(&t)
			p.clusters = append(p.clusters, t)
		}
	}
	p.shareRoles()
}

var notLabel = regexp.MustCompile(`[^a-z0-9]+`)

// longestKey leaves room for the names that begin with installName and the key, such as those of IAM roles.
const longestKey = 24

// unique makes a key of a name, or of another word where nothing of the name can be one.
func unique(taken map[string]bool, name, otherwise string) string {
	key := notLabel.ReplaceAllString(strings.ToLower(name), "-")
	key = strings.Trim(key[:min(len(key), longestKey)], "-")
	if key == "" {
		key = otherwise
	}
	for n, base := 2, key; taken[key]; n++ {
		key = fmt.Sprintf("%s-%d", base, n)
	}
	taken[key] = true
	return key
}

// takeServices takes over what the program would.
func (p *Plan) takeServices(t *taken) {
	keys := map[string]bool{enrol.ZtunnelName: true} // the name of the mesh's container
	for _, s := range t.living.Services {
		keys[s.Name] = keys[s.Name] || label.MatchString(s.Name)
	}
	for _, s := range t.living.Services {
		where := fmt.Sprintf("service %s of ECS cluster %s", shown(s.Name), shown(t.living.Name))
		key := s.Name
		if !label.MatchString(s.Name) || s.Name == enrol.ZtunnelName {
			key = unique(keys, s.Name, "service")
		}
		m, reasons := p.judge(t, s, key)
		if len(reasons) > 0 {
			for _, reason := range reasons {
				p.Report.leave(where, "%s", reason)
			}
			continue
		}
		field := "clusters." + t.key + ".services." + key
		if len(m.owned) > 0 {
			t.services = append(t.services, m)
			p.Report.Owned = append(p.Report.Owned, fmt.Sprintf("%s: %s", field, where))
			p.Report.yours("%s.deployedBy is owner: %s. Its owner enrols it (docs/adoption.md#a-service-that-its-owner-keeps)", field, strings.Join(m.owned, "; "))
			continue
		}
		m.file = path.Join(folder, p.Stack, t.key, key+".json")
		p.Definitions[m.file] = s.Definition
		t.services = append(t.services, m)
		p.Report.Taken = append(p.Report.Taken, fmt.Sprintf("%s: %s, task definition in %s", field, where, m.file))
		if slices.Contains(p.facts[t.account.Key].Scaled, t.living.Name+"/"+s.Name) {
			p.Report.yours("%s.scaling: Application Auto Scaling chooses its number of tasks. Describe the policy in scaling and let the owner remove theirs, or each up sets desiredCount again", field)
		}
	}
}

// shareRoles keeps the task roles that services have. One role is one identity of the mesh: the services of a cluster that have
// one role share a service account, and a role of several clusters cannot be kept.
func (p *Plan) shareRoles() {
	type place struct{ cluster, service int }
	of := map[string][]place{}
	for i, c := range p.clusters {
		for j, s := range c.services {
			if s.role != "" {
				of[s.role] = append(of[s.role], place{i, j})
			}
		}
	}
	for _, role := range slices.Sorted(maps.Keys(of)) {
		places, names := of[role], []string{}
		several := slices.ContainsFunc(places, func(at place) bool { return at.cluster != places[0].cluster })
		for _, at := range places {
			c, m := &p.clusters[at.cluster], &p.clusters[at.cluster].services[at.service]
			names = append(names, c.key+"/"+m.key)
			if several {
				m.role = ""
			} else {
				m.serviceAccount = p.clusters[places[0].cluster].services[places[0].service].key
			}
		}
		switch {
		case several:
			p.Report.yours("taskRoleArn: %s is the task role of %s, in several clusters, and one role is one identity of the mesh. The program makes a role for each: say in permissions what each may do in AWS, before it is enrolled", shown(role), strings.Join(names, ", "))
		case len(places) > 1:
			p.Report.note("%s have the task role %s, so they are one identity of the mesh, and policies cannot tell them apart. Give each a role of its own where they should", strings.Join(names, ", "), shown(role))
		}
	}
}

// reportTools says what nothing in AWS shows: which tool would put a service back.
func (p *Plan) reportTools() {
	taken := slices.ContainsFunc(p.clusters, func(c taken) bool {
		return slices.ContainsFunc(c.services, func(m member) bool { return len(m.owned) == 0 })
	})
	for _, a := range p.Accounts {
		if why := p.facts[a.Key].StacksUnseen; why != "" && taken {
			p.Report.yours("import: nobody could ask CloudFormation in account %s which services it has, and the next deploy of a stack would put an imported one back: %s. Say deployedBy: owner for those of a stack", a.Key, why)
		}
	}
	if taken {
		p.Report.yours("import: AWS does not show whether Terraform, Pulumi or a script has a service. Take each service out of that tool's state before it is enrolled, or say deployedBy: owner: two tools would put each other's definition back")
	}
}

func (p *Plan) reportControlPlanes() {
	for _, a := range p.Accounts {
		for _, name := range p.facts[a.Key].ControlPlanes {
			if a.Key == p.Home().Key && name == p.EKS {
				continue
			}
			p.Report.note("EKS cluster %s of account %s stays as it is. The program makes a cluster of its own for the mesh, unless existingEks names this one, as --eks does (docs/existing-eks.md)", shown(name), a.Key)
		}
	}
}

// reportGroups names the security groups that are open to every address.
func (p *Plan) reportGroups() {
	for _, a := range p.Accounts {
		users, kept := map[string][]string{}, map[string][]string{}
		for _, c := range p.clusters {
			for _, s := range c.services {
				if c.account.Key == a.Key {
					for _, id := range s.Groups {
						if len(s.owned) > 0 {
							kept[id] = append(kept[id], c.key+"/"+s.key)
						} else {
							users[id] = append(users[id], c.key+"/"+s.key)
						}
					}
				}
			}
		}
		for _, id := range slices.Sorted(maps.Keys(users)) {
			if open := p.facts[a.Key].Groups[id].Open; len(open) > 0 {
				p.Report.note("security group %s of account %s opens %s to every address. The tasks of %s leave it when they are enrolled: of them only TCP 15008 is open then. The group is its owner's, who removes it when nothing uses it", shown(id), a.Key, strings.Join(open, ", "), strings.Join(users[id], ", "))
			}
		}
		for _, id := range slices.Sorted(maps.Keys(kept)) {
			if open := p.facts[a.Key].Groups[id].Open; len(open) > 0 {
				p.Report.note("security group %s of account %s opens %s to every address. The owner of %s narrows it, or takes it from the tasks when they join: beside the mesh's groups it lets everybody call past the mesh", shown(id), a.Key, strings.Join(open, ", "), strings.Join(kept[id], ", "))
			}
		}
	}
}
