package living

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"ambient-ecs/config"
	"ambient-ecs/contract"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
	"ambient-ecs/providers"
)

// atOnce is how many look-ups run at the same time.
const atOnce = 16

// lookUp asks AWS what lives. It returns an error if a look-up fails for another reason than that the resource does
// not exist or that the caller may not look: wrong credentials, for example.
func lookUp(ctx *pulumi.Context, cfg config.Config, accounts *providers.Accounts) (compare.World, error) {
	l := &looking{ctx: ctx, cfg: cfg, accounts: accounts, slots: make(chan struct{}, atOnce), world: compare.World{
		Accounts: map[string]compare.Account{}, Entries: map[string]compare.Entry{}, Services: map[string]compare.Service{},
		Doors: map[string]string{}, Enrolled: map[string]compare.Enrolled{}, Ztunnels: map[string]string{}, Deployed: map[string]compare.Deployed{}, TaskRoles: map[string]compare.Role{},
		ECSClusters: map[string]compare.ECSCluster{}, Zones: map[string][]string{}, Quotas: map[string]map[string]int{}, Networks: map[string]existing.Network{}, Connections: map[string]compare.Connection{}, Gateways: map[string]*compare.Gateway{}, Attachments: map[string]map[string]compare.Attachment{}, Imports: map[string]*compare.Import{}, Owned: map[string]*compare.Import{},
		Strays: map[string]string{}, NamedClusters: map[string]compare.ECSCluster{}, InsightsGroups: map[string]map[string]string{}, Renamed: map[string]string{},
		GivenRoles: map[string]map[string]compare.Role{}, FormerRoles: map[string]bool{}, Leaving: map[string][]string{}, ImportedVPCs: map[string]map[string]compare.ImportedPart{}, LogGroups: map[string]bool{}, UnusedLogGroups: map[string][]string{}, UnusedLogsKeys: map[string]string{}, Contracts: map[string]contract.Contract{},
		Unseen: map[string]string{},
	}}
	for _, key := range accounts.Keys() {
		l.at(func() error { return l.account(accounts.Get(key)) })
		if len(cfg.ClusterKeys()) > 0 {
			l.at(func() error { return l.strays(accounts.Get(key)) })
		}
		for _, cluster := range cfg.ClustersOf(key) {
			if cfg.Clusters[cluster].ClusterName != "" || cfg.Imports[config.TypeECSCluster+"::"+cluster] != "" {
				l.at(func() error { return l.namedCluster(cluster) })
			}
		}
		for _, role := range cfg.GivenRoles(key) {
			l.at(func() error { return l.givenRole(accounts.Get(key), role.Name) })
		}
		joined := !cfg.CallsOnly(key) && !cfg.JoinedByOthers(key)
		if cfg.TransitGateway.ID != "" && joined {
			l.at(func() error { return l.gateway(accounts.Get(key)) })
		}
		if cfg.Accounts[key].Network == nil {
			l.at(func() error { return l.offeredZones(accounts.Get(key)) })
		} else {
			l.at(func() error { return l.network(accounts.Get(key)) })
			if cfg.Connect == config.ConnectTransitGateway && cfg.NetworkKey(key) == key && joined {
				l.at(func() error { return l.attachments(accounts.Get(key)) })
			}
		}
		if cfg.Connect == config.ConnectTransitGateway && cfg.Accounts[key].Connect == config.AccountConnectNone {
			l.at(func() error { return l.leaving(accounts.Get(key)) })
		}
		if len(cfg.ImportsOfVPC(key)) > 0 {
			l.at(func() error { return l.importedVPC(accounts.Get(key)) })
		}
		for _, arn := range cfg.RolesOfTeams(key) {
			l.at(func() error { return l.taskRole(accounts.Get(key), arn) })
		}
		l.at(func() error { return l.unusedLogGroups(accounts.Get(key)) })
		l.at(func() error { return l.unusedLogsKey(accounts.Get(key)) })
		for _, cluster := range cfg.TheirLogGroups(key) {
			l.at(func() error { return l.logGroup(cluster) })
		}
		for _, cluster := range cfg.GuestsOfOthers(key) {
			l.at(func() error { return l.contract(cluster) })
		}
		for _, cluster := range cfg.ExistingClusters(key) {
			l.at(func() error { return l.existing(cluster) })
		}
	}
	l.at(l.home)
	l.quotas()
	l.at(func() error { return l.offers(accounts.Home()) })
	l.running.Wait()
	return l.world, l.err
}

// looking is one run of the look-ups. The lock guards the world and the first error.
type looking struct {
	ctx      *pulumi.Context
	cfg      config.Config
	accounts *providers.Accounts
	slots    chan struct{}
	running  sync.WaitGroup
	lock     sync.Mutex
	world    compare.World
	err      error
}

// at runs one part of the look-ups concurrently with the others.
func (l *looking) at(part func() error) {
	l.running.Add(1)
	go func() {
		defer l.running.Done()
		if err := part(); err != nil {
			l.lock.Lock()
			defer l.lock.Unlock()
			if l.err == nil {
				l.err = err
			}
		}
	}()
}

// note changes the world under the lock.
func (l *looking) note(change func(w *compare.World)) {
	l.lock.Lock()
	defer l.lock.Unlock()
	change(&l.world)
}

// ask makes one look-up. found is false if the resource does not exist, or if the caller may not look. In the second
// case ask records the subject as unseen.
func ask[T any](l *looking, account *providers.Account, subject string, call func(option pulumi.InvokeOption) (T, error)) (answer T, found bool, err error) {
	return asked(l, account, subject, call, func(denial error) {
		l.note(func(w *compare.World) { w.Unseen[subject] = denial.Error() })
	})
}

// askOfOthers is ask for what may be somebody else's: that a deployer has no right to it is no gap in what the preview compares.
func askOfOthers[T any](l *looking, account *providers.Account, subject string, call func(option pulumi.InvokeOption) (T, error)) (answer T, found bool, err error) {
	return asked(l, account, subject, call, func(error) {})
}

func asked[T any](l *looking, account *providers.Account, subject string, call func(option pulumi.InvokeOption) (T, error), refused func(denial error)) (answer T, found bool, err error) {
	l.slots <- struct{}{}
	answer, err = call(pulumi.Provider(account.Provider))
	<-l.slots
	switch {
	case err == nil:
		return answer, true, nil
	case denied(err):
		refused(err)
		return answer, false, nil
	case absent(err):
		return answer, false, nil
	}
	return answer, false, fmt.Errorf("look up %s in account %s: %w", subject, account.Key, err)
}

// account looks up the roles and VPCs of an account, and the peerings that matter to it.
func (l *looking) account(account *providers.Account) error {
	found := compare.Account{Roles: map[string]compare.Role{}, Installs: map[string]string{}, Peerings: map[string]compare.Peering{}}
	names := []string{l.cfg.DiscoveryRoleName(account.Key), l.cfg.ExecutionRoleName(account.Key), l.cfg.IstiodRoleName()}
	for i := 0; i < len(names); i++ {
		role, exists, err := ask(l, account, compare.RolesSubject, func(o pulumi.InvokeOption) (*iam.LookupRoleResult, error) {
			return iam.LookupRole(l.ctx, &iam.LookupRoleArgs{Name: names[i]}, o)
		})
		if err != nil {
			return err
		}
		if exists {
			found.Roles[names[i]] = compare.Role{Tags: role.Tags, Trust: role.AssumeRolePolicy, Path: role.Path}
		}
		// An account without this install may still have roles of the other names.
		if i == 2 && len(found.Roles) == 0 && !l.unseen(compare.RolesSubject) {
			known := slices.Clone(names) // or looked up by givenRole
			for _, role := range l.cfg.GivenRoles(account.Key) {
				known = append(known, role.Name)
			}
			names = append(names, slices.DeleteFunc(l.cfg.RoleNames(account.Key), func(name string) bool { return slices.Contains(known, name) })...)
		}
	}
	if err := l.otherKey(account, &found); err != nil {
		return err
	}
	if err := l.installs(account, found.Installs); err != nil {
		return err
	}
	if err := l.resized(account, &found); err != nil {
		return err
	}
	if err := l.peerings(account, found.Peerings); err != nil {
		return err
	}
	l.note(func(w *compare.World) { w.Accounts[account.Key] = found })
	return l.connections(account, found.Installs)
}

// taskRole looks up a task role that a team has.
func (l *looking) taskRole(account *providers.Account, arn string) error {
	role, exists, err := ask(l, account, compare.TaskRoleSubject(arn), func(o pulumi.InvokeOption) (*iam.LookupRoleResult, error) {
		return iam.LookupRole(l.ctx, &iam.LookupRoleArgs{Name: arn[strings.LastIndex(arn, "/")+1:]}, o)
	})
	if err != nil || !exists && l.unseen(compare.TaskRoleSubject(arn)) {
		return err
	}
	l.note(func(w *compare.World) {
		w.TaskRoles[arn] = compare.Role{}
		if exists {
			w.TaskRoles[arn] = compare.Role{ARN: role.Arn, Tags: role.Tags, Trust: role.AssumeRolePolicy, Path: role.Path}
		}
	})
	return nil
}

// givenRole looks up a role with a name of the stack file, or one to import.
func (l *looking) givenRole(account *providers.Account, name string) error {
	subject, living := compare.GivenRoleSubject(account.Key, name), compare.Role{}
	role, exists, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*iam.LookupRoleResult, error) {
		return iam.LookupRole(l.ctx, &iam.LookupRoleArgs{Name: name}, o)
	})
	if err != nil || !exists && l.unseen(subject) {
		return err
	}
	if exists {
		living = compare.Role{ARN: role.Arn, Tags: role.Tags, Trust: role.AssumeRolePolicy, Path: role.Path}
	}
	l.note(func(w *compare.World) {
		if w.GivenRoles[account.Key] == nil {
			w.GivenRoles[account.Key] = map[string]compare.Role{}
		}
		w.GivenRoles[account.Key][name] = living
	})
	return nil
}

// formerRole looks whether a role that tasks run with is the program's under a name that the stack file gave it before. One that the caller
// may not look up counts as none: the deployer has no right to other people's.
func (l *looking) formerRole(account *providers.Account, arn string) error {
	if arn == "" || strings.Contains(arn, "/"+l.cfg.Install+"-") || slices.Contains(l.cfg.RolesOfTeams(account.Key), arn) || l.cfg.MakesRole(arn) {
		return nil
	}
	role, exists, err := askOfOthers(l, account, "the role "+arn, func(o pulumi.InvokeOption) (*iam.LookupRoleResult, error) {
		return iam.LookupRole(l.ctx, &iam.LookupRoleArgs{Name: arn[strings.LastIndex(arn, "/")+1:]}, o)
	})
	if exists && role.Tags[config.InstallTag] == l.cfg.Install {
		l.note(func(w *compare.World) { w.FormerRoles[arn] = true })
	}
	return err
}

func (l *looking) unseen(subject string) bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.world.Unseen[subject] != ""
}

// installs finds the VPCs that carry this stack's mark.
func (l *looking) installs(account *providers.Account, installs map[string]string) error {
	// An earlier look-up used the provider, so it is registered by now. In a preview its id is known if Pulumi made
	// it before. Otherwise the engine gives the placeholder of unknown texts, which the SDK takes for an id.
	mark, err := internals.UnsafeAwaitOutput(l.ctx.Context(), account.Provider.ID().ToStringOutput())
	if err != nil {
		return fmt.Errorf("provider of account %s: %w", account.Key, err)
	}
	stack, known := mark.Value.(string)
	if !mark.Known || !known || stack == plugin.UnknownStringValue {
		l.note(func(w *compare.World) { w.Forgotten = w.Forgotten || account.Home && l.ctx.DryRun() })
		return nil
	}
	l.note(func(w *compare.World) { w.Remembered = w.Remembered || l.ctx.DryRun() })
	marked, err := l.vpcs(account, map[string]string{config.StackTag: stack})
	if err != nil || len(marked) == 0 {
		return err
	}
	ours, err := l.vpcs(account, map[string]string{config.StackTag: stack, config.InstallTag: l.cfg.Install})
	if err != nil {
		return err
	}
	for _, id := range marked {
		if slices.Contains(ours, id) {
			installs[id] = l.cfg.Install
			continue
		}
		// A deployer may be allowed to read only the VPCs of its own install. Then the name of the other install
		// stays unknown.
		vpc, exists, err := askOfOthers(l, account, id, func(o pulumi.InvokeOption) (*ec2.LookupVpcResult, error) {
			return ec2.LookupVpc(l.ctx, &ec2.LookupVpcArgs{Id: &id}, o)
		})
		if err != nil {
			return err
		}
		installs[id] = ""
		if exists {
			installs[id] = vpc.Tags[config.InstallTag]
		}
	}
	return nil
}

// resized finds a VPC of this stack with another network than the configuration gives it. The home account's is compared by its subnets.
func (l *looking) resized(account *providers.Account, found *compare.Account) error {
	settings := l.cfg.Accounts[account.Key]
	if account.Home || settings.Network != nil {
		return nil
	}
	for id, install := range found.Installs {
		if install != l.cfg.Install {
			continue
		}
		same, err := l.vpcs(account, map[string]string{config.InstallTag: install}, ec2.GetVpcsFilter{Name: "cidr", Values: []string{settings.VPCCIDR}})
		if err != nil {
			return err
		}
		if !slices.Contains(same, id) && !l.unseen("VPCs") {
			found.OtherNetwork = id
		}
	}
	return nil
}

// vpcs returns the ids of an account's VPCs with the given tags.
func (l *looking) vpcs(account *providers.Account, tags map[string]string, filters ...ec2.GetVpcsFilter) ([]string, error) {
	vpcs, found, err := ask(l, account, "VPCs", func(o pulumi.InvokeOption) (*ec2.GetVpcsResult, error) {
		return ec2.GetVpcs(l.ctx, &ec2.GetVpcsArgs{Tags: tags, Filters: filters}, o)
	})
	if err != nil || !found {
		return nil, err
	}
	return vpcs.Ids, nil
}

// caller finds the principal behind the home account's provider.
func (l *looking) caller(home *providers.Account) error {
	identity, found, err := ask(l, home, "the caller", func(o pulumi.InvokeOption) (*aws.GetCallerIdentityResult, error) {
		return aws.GetCallerIdentity(l.ctx, &aws.GetCallerIdentityArgs{}, o)
	})
	if err != nil || !found {
		return err
	}
	arn, role := compare.RoleOfSession(identity.Arn)
	known := role == ""
	// The session does not tell the role's path. The configuration may tell it. Otherwise AWS does, if the caller may
	// ask.
	for _, told := range slices.Concat([]string{l.cfg.Accounts[l.cfg.Home].RoleARN}, l.cfg.AdminPrincipals, l.cfg.ReaderPrincipals) {
		if !known && compare.Same(told, arn) {
			arn, known = told, true
		}
	}
	if !known {
		answer, exists, err := askOfOthers(l, home, "the role "+role+" of the caller", func(o pulumi.InvokeOption) (*iam.LookupRoleResult, error) {
			return iam.LookupRole(l.ctx, &iam.LookupRoleArgs{Name: role}, o)
		})
		if err != nil {
			return err
		}
		if exists {
			arn, known = answer.Arn, true
		}
	}
	l.note(func(w *compare.World) { w.Caller, w.CallerPath = arn, known })
	return nil
}
