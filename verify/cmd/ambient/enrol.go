package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ambient-ecs/contract"
	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/verify/enrolled"
	"ambient-ecs/verify/stack"
)

func (p *program) enrol() *cobra.Command {
	var identity string
	var clients []string
	var from contractFiles
	c := &cobra.Command{
		Use:   "enrol --identity CLUSTER/SERVICEACCOUNT < in.json > out.json",
		Short: "Put a task definition into the mesh",
		Long: text(`
			enrol reads a task definition in AWS's format (that of 'aws ecs register-task-definition --cli-input-json', or what
			'aws ecs describe-task-definition' prints) and writes it as a task of the mesh: with ztunnel, which the other
			containers wait for and send their calls to. Order, white space and what it does not know stay as they are. It needs
			the stack's outputs, or a contract and a token (docs/consuming.md), and asks no account.

			What the containers call others with is what the stack file says of the service with the definition's family, or of all
			services of the identity, if they agree. A contract does not say it: give --client. The same services say which execution
			role the definition is to name.

			What the team still has to set on the service is said on standard error. Run it again when the token, ztunnel's
			image or the root certificate has changed: it renews what it added.

			Exit codes: 0 enrolled, 2 refused.`),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if p.file == "-" {
				return errors.New("standard input is the task definition: give the stack's outputs as a file")
			}
			var s *stack.Stack
			var err error
			if from.given() {
				s, err = from.read(identity)
			} else {
				s, err = p.read(c.Context())
			}
			if err != nil {
				return err
			}
			d, err := readDefinition(c.InOrStdin())
			if err != nil {
				return err
			}
			given, err := readClients(clients)
			if err != nil {
				return err
			}
			return enrolInto(s, d, identity, given, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&identity, "identity", "", "`CLUSTER/SERVICEACCOUNT`: who the tasks are in the mesh")
	c.Flags().StringArrayVar(&clients, "client", nil, "`PRESET` of what the containers call others with: "+names(enrol.Clients)+" (docs/clients.md). CONTAINER=PRESET is for a single container, as often as needed (default: what the stack file says of the services of the identity; "+string(enrol.DefaultClient)+" where it says nothing)")
	c.Flags().StringVar(&from.contract, "contract", "", "a `FILE` with the contract of the cluster, instead of the stack's outputs")
	c.Flags().StringVar(&from.token, "token", "", "a `FILE` with the bootstrap token of the identity, with --contract")
	c.MarkFlagsRequiredTogether("contract", "token")
	if err := c.MarkFlagRequired("identity"); err != nil {
		panic(err)
	}
	return c
}

// contractFiles are what a team has that may not read the stack's outputs.
type contractFiles struct{ contract, token string }

func (f contractFiles) given() bool { return f.contract != "" }

// read returns what the contract says of the stack, for tasks with an identity.
func (f contractFiles) read(identity string) (*stack.Stack, error) {
	text, err := os.ReadFile(f.contract)
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	c, err := contract.Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.contract, err)
	}
	token, err := os.ReadFile(f.token)
	if err != nil {
		return nil, fmt.Errorf("read the token: %w", err)
	}
	return enrolled.FromContract(c, identity, strings.TrimSpace(string(token)))
}

func names(clients []enrol.Client) string {
	all := make([]string, len(clients))
	for i, c := range clients {
		all[i] = string(c)
	}
	return strings.Join(all, ", ")
}

func unenrol() *cobra.Command {
	return &cobra.Command{
		Use:   "unenrol < in.json > out.json",
		Short: "Take a task definition out of the mesh",
		Long: text(`
			unenrol reads a task definition that enrol wrote, and writes it without what enrol added. What was changed since is
			kept. A ztunnel container that enrol did not add is refused.`),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := readDefinition(c.InOrStdin())
			if err != nil {
				return err
			}
			if d, err = enrol.Unenrol(d); err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(d.Bytes())
			return err
		},
	}
}

func readDefinition(in io.Reader) (*definition.Definition, error) {
	data, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("read the task definition: %w", err)
	}
	d, err := definition.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("the task definition is refused:\n%w", err)
	}
	return d, nil
}

// enrolInto writes the enrolled definition, and says what is left to do.
func enrolInto(s *stack.Stack, d *definition.Definition, key string, given clients, out, said io.Writer) error {
	name, account, _ := strings.Cut(key, "/")
	_, known := s.Clusters[name]
	token := s.Tokens[key]
	if !known || token == "" {
		return fmt.Errorf("the stack has no identity %q: choose one of %s", key, strings.Join(slices.Sorted(maps.Keys(s.Tokens)), ", "))
	}
	identity := enrol.Identity{Namespace: s.NamespaceOfAccount(name, account), ServiceAccount: account}
	mesh := enrolled.Mesh(s, name, key)
	services := enrolled.Services(s, key, definition.Text(d.Family))
	chosen, about, unclear := given.choose(key, services)
	mesh.Client, mesh.Clients = chosen.all, chosen.single
	mesh.Service = serviceOf(d, account)
	written, notes, err := enrol.Enrol(d, identity, mesh)
	notes = append(about, notes...)
	about, unfit := checkRoles(s, d, key, services)
	notes = append(notes, about...)
	if err := errors.Join(err, unfit); err != nil {
		return errors.Join(unclear, fmt.Errorf("the task definition is refused:\n%w", err))
	}
	if unclear != nil {
		return unclear
	}
	if _, err := out.Write(written.Bytes()); err != nil {
		return err
	}
	for _, one := range enrol.Credentials(d) {
		notes = append(notes, one.Error())
	}
	ports := enrol.Ports(d)
	main := enrol.Main(ports, mesh.Service)
	if containers := enrol.Containers(ports); len(containers) > 1 {
		notes = append(notes, portsNote(containers, main))
	}
	if d.Described() {
		notes = append(notes, "this is what describe-task-definition prints: register-task-definition wants the object taskDefinition alone, without what AWS adds to it")
	}
	for _, note := range notes {
		fmt.Fprintln(said, "note:", note)
	}
	for _, line := range left(s, name, identity, written, portsTag(enrol.First(ports, main))) {
		fmt.Fprintln(said, line)
	}
	return nil
}

// left is what has to be set on the service, which a task definition does not say.
func left(s *stack.Stack, cluster string, identity enrol.Identity, d *definition.Definition, ports string) []string {
	c := s.Clusters[cluster]
	domain := s.Accounts[c.Account].Domain
	lines := []string{
		"Set on the service, in the cluster " + c.Name + " of the account " + s.Accounts[c.Account].ID + ":",
		"  tags ecs.solo.io/namespace=" + identity.Namespace + ", ecs.solo.io/service-account=" + identity.ServiceAccount,
		"  tag ecs.solo.io/hostname, if it is to have another name than SERVICE." + c.Name + "." + domain,
	}
	if ports != "" {
		lines = append(lines, "  tag ecs.solo.io/ports="+ports)
	}
	lines = append(lines,
		"  propagateTags SERVICE and enableECSManagedTags true: discovery reads the tasks' tags too",
		"  platformVersion 1.3.0 or later: before it containers do not wait for each other's health",
		"  subnets "+strings.Join(s.PrivateSubnets[c.Account], ", ")+", and no public address",
		"  security group "+s.ClientGroups[c.Account]+", and "+s.ServerGroups[c.Account]+" if anybody calls the service; no other group may admit its ports",
		"The execution role must be allowed to write to the log group "+c.LogGroup+".",
	)
	for _, id := range d.FileSystems() {
		lines = append(lines, "A security group must let the task out to tcp 2049 of "+id+".")
	}
	return lines
}

// serviceOf is the name after which the application's container may be known: the service account, where a container has its name,
// or the family.
func serviceOf(d *definition.Definition, account string) string {
	if slices.Contains(enrol.Containers(enrol.Ports(d)), account) {
		return account
	}
	return definition.Text(d.Family)
}

// portsNote is about a definition several of whose containers have ports. Main is the one that is meant, "" for nobody knows.
func portsNote(containers []string, main string) string {
	which := "nobody knows which of them is the service"
	if main != "" {
		which = main + " is taken for the service, and its ports come first in the tag"
	}
	return fmt.Sprintf("the containers %s have ports, and %s: leave the ports that nobody is to call out of the tag", strings.Join(containers, ", "), which)
}

// portsTag is the value of the tag with the ports: a port whose protocol the definition does not say is tcp.
func portsTag(ports []enrol.Port) string {
	var all []string
	for _, p := range ports {
		all = append(all, cmp.Or(p.AppProtocol, "tcp")+":"+strconv.Itoa(p.Number))
	}
	return strings.Join(all, "/")
}
