package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ambient-ecs/config"
	"ambient-ecs/verify/adopt"
	"ambient-ecs/verify/onaws"
	"ambient-ecs/verify/sandboxed"
)

// adoption is what the command line says.
type adoption struct {
	install, eks, kubeconfig                                   string
	regions, accounts, profiles, roles, domains, networks, own []string
	force                                                      bool
}

func (p *program) adopt() *cobra.Command {
	var a adoption
	c := &cobra.Command{
		Use:   "adopt --region REGION --account KEY=ID …",
		Short: "Write a stack file for the VPCs, ECS clusters and services that an account has",
		Long: text(`
			adopt reads what the accounts have and writes Pulumi.STACK.yaml beside Pulumi.yaml: their VPCs, their ECS clusters, and
			each service that the program can take over, with 'import: unchanged'. The task definitions go into files of their own
			under adopted/STACK, which only you can read: they hold the values of environment variables. What cannot be taken over is
			listed with the reason, and so is what is left for you to fill in. Nothing that exists is overwritten without --force.

			With --eks it looks into an EKS cluster of the first account as well, and names what is in the way of a mesh there: another
			Istio, sidecars, definitions of the Gateway API, plug-ins of its network.

			It describes, gets and lists, and changes nothing in an account. docs/adoption.md says how to go on.

			Exit codes: 0 the files are written, 2 they are not.`),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := a.options(cmp.Or(p.stack, p.defaultStack()))
			if err != nil {
				return err
			}
			return p.takeOver(c.Context(), o, a, c.OutOrStdout())
		},
	}
	flags := c.Flags()
	flags.StringArrayVar(&a.regions, "region", nil, "the `REGION` of the accounts, and KEY=REGION for an account in another one. One AWS account may be given in two regions, under two keys")
	flags.StringVar(&a.install, "install", "ambient", "installName, a `NAME` that begins the names of everything that the program makes")
	flags.StringArrayVar(&a.accounts, "account", nil, "`KEY=ID` of an account, the one that gets EKS and istiod first. May be repeated, as may those that follow")
	flags.StringArrayVar(&a.profiles, "profile", nil, "`KEY=PROFILE` of the AWS configuration that reaches the account")
	flags.StringArrayVar(&a.roles, "role", nil, "`KEY=ARN` of a role to assume in the account; for one with an external id name a profile")
	flags.StringArrayVar(&a.domains, "domain", nil, "`KEY=DOMAIN` of the account's services (default: KEY.ecs)")
	flags.StringArrayVar(&a.networks, "network", nil, "`KEY=VPC`: the id of the VPC to use, or "+adopt.NewVPC+" to have one made (default: the VPC in which services run)")
	flags.StringArrayVar(&a.own, "own", nil, "the `KEY` of an account whose VPC becomes the stack's, where it is as the program makes one: no other tool keeps it, and a destroy deletes it")
	flags.StringVar(&a.eks, "eks", "", "the `NAME` of an EKS cluster of the first account for the mesh (default: the program makes one)")
	flags.StringVar(&a.kubeconfig, "kubeconfig", "", "a `FILE` to look into that cluster with (default: tokens of 'aws eks get-token')")
	flags.BoolVar(&a.force, "force", false, "replace files that exist")
	return c
}

// options puts the flags together.
func (a adoption) options(stack string) (adopt.Options, error) {
	// ORGANIZATION/PROJECT/STACK is a stack too. Its file has the last name.
	o := adopt.Options{Stack: stack[strings.LastIndexByte(stack, '/')+1:], Install: a.install, EKS: a.eks}
	var problems []error
	each := func(flag string, values []string, set func(key, value string) bool) {
		for _, text := range values {
			key, value, ok := strings.Cut(text, "=")
			switch {
			case !ok || key == "" || value == "":
				problems = append(problems, fmt.Errorf("--%s %q: write KEY=VALUE, where KEY is that of an account", flag, text))
			case !set(key, value):
				problems = append(problems, fmt.Errorf("--%s %q: no --account has the key, or two values have it", flag, text))
			}
		}
	}
	of := func(key string) *adopt.Account {
		for i := range o.Accounts {
			if o.Accounts[i].Key == key {
				return &o.Accounts[i]
			}
		}
		return nil
	}
	each("account", a.accounts, func(key, id string) bool {
		if of(key) != nil {
			return false
		}
		o.Accounts = append(o.Accounts, adopt.Account{Key: key, ID: id})
		return true
	})
	var own []string
	for _, text := range a.regions {
		switch {
		case strings.Contains(text, "="):
			own = append(own, text)
		case o.Region != "":
			problems = append(problems, fmt.Errorf("--region %q: the region of the accounts is %s already: write KEY=REGION for an account in another one", text, o.Region))
		default:
			o.Region = text
		}
	}
	for _, more := range []struct {
		flag   string
		values []string
		field  func(*adopt.Account) *string
	}{
		{"region", own, func(a *adopt.Account) *string { return &a.Region }},
		{"profile", a.profiles, func(a *adopt.Account) *string { return &a.Profile }},
		{"role", a.roles, func(a *adopt.Account) *string { return &a.RoleARN }},
		{"domain", a.domains, func(a *adopt.Account) *string { return &a.Domain }},
		{"network", a.networks, func(a *adopt.Account) *string { return &a.VPC }},
	} {
		each(more.flag, more.values, func(key, value string) bool {
			account := of(key)
			if account == nil || *more.field(account) != "" {
				return false
			}
			*more.field(account) = value
			return true
		})
	}
	for _, key := range a.own {
		account := of(key)
		if account == nil {
			problems = append(problems, fmt.Errorf("--own %q: no --account has the key", key))
			continue
		}
		account.Own = true
	}
	return o, errors.Join(append(problems, o.Check())...)
}

// surveyor reads the accounts of a place.
func surveyor(p place) adopt.Reader {
	if p.sandbox != "" {
		return sandboxed.Surveyor{Folder: p.sandbox}
	}
	return onaws.Surveyor{}
}

// takeOver reads, decides and writes. It prints the report once the files are there.
func (p *program) takeOver(ctx context.Context, o adopt.Options, a adoption, out io.Writer) error {
	project, err := os.ReadFile(filepath.Join(p.project, "Pulumi.yaml"))
	if err != nil {
		return fmt.Errorf("read the project: %w: --project names the folder of Pulumi.yaml", err)
	}
	values, err := adopt.Values(project, nil)
	if err != nil {
		return err
	}
	reader, facts := p.surveyor(p.place), map[string]*adopt.Facts{}
	for _, account := range o.Accounts {
		if facts[account.Key], err = reader.Read(ctx, account, o.RegionOf(account)); err != nil {
			return err
		}
	}
	if o.EKS != "" {
		inside, err := p.lookInside(ctx, controlPlane{account: o.Home(), region: o.Region, name: o.EKS, kubeconfig: a.kubeconfig, gatewayAPI: values[config.Project+":gatewayApiSource"]})
		if err != nil {
			return err
		}
		o.Inside = &inside
	}
	plan, err := adopt.New(o, facts)
	if err != nil {
		return err
	}
	if err := plan.Judge(project); err != nil {
		return err
	}
	if err := plan.Write(p.project, a.force); err != nil {
		return err
	}
	for _, name := range plan.Files() {
		fmt.Fprintln(out, "wrote", name)
	}
	plan.Report.Print(out)
	return nil
}
