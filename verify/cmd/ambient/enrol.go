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
	var identity, client string
	var from contractFiles
	c := &cobra.Command{
		Use:   "enrol --identity CLUSTER/SERVICEACCOUNT < in.json > out.json",
		Short: "Put a task definition into the mesh",
		Long: text(`
			enrol reads a task definition in AWS's format (that of 'aws ecs register-task-definition --cli-input-json', or what
			'aws ecs describe-task-definition' prints) and writes it as a task of the mesh: with ztunnel, which the other
			containers wait for and send their calls to. Order, white space and what it does not know stay as they are. It needs
			the stack's outputs, or a contract and a token (docs/consuming.md), and asks no account.

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
			return enrolInto(s, d, identity, enrol.Client(client), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&identity, "identity", "", "`CLUSTER/SERVICEACCOUNT`: who the tasks are in the mesh")
	c.Flags().StringVar(&client, "client", string(enrol.DefaultClient), "`NAME` of what the application calls others with: "+names(enrol.Clients)+" (docs/clients.md)")
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
func enrolInto(s *stack.Stack, d *definition.Definition, key string, client enrol.Client, out, said io.Writer) error {
	name, account, _ := strings.Cut(key, "/")
	_, known := s.Clusters[name]
	token := s.Tokens[key]
	if !known || token == "" {
		return fmt.Errorf("the stack has no identity %q: choose one of %s", key, strings.Join(slices.Sorted(maps.Keys(s.Tokens)), ", "))
	}
	identity := enrol.Identity{Namespace: s.NamespaceOfAccount(name, account), ServiceAccount: account}
	mesh := enrolled.Mesh(s, name, key)
	mesh.Client = client
	written, notes, err := enrol.Enrol(d, identity, mesh)
	if err := errors.Join(err, checkRoles(s, d, key)); err != nil {
		return fmt.Errorf("the task definition is refused:\n%w", err)
	}
	if _, err := out.Write(written.Bytes()); err != nil {
		return err
	}
	if err := enrol.Credentials(d); err != nil {
		notes = append(notes, strings.Split(err.Error(), "\n")...)
	}
	if d.Described() {
		notes = append(notes, "this is what describe-task-definition prints: register-task-definition wants the object taskDefinition alone, without what AWS adds to it")
	}
	for _, note := range notes {
		fmt.Fprintln(said, "note:", note)
	}
	for _, line := range left(s, name, identity, written) {
		fmt.Fprintln(said, line)
	}
	return nil
}

// checkRoles refuses roles with which the task could not be who it says, or not start.
func checkRoles(s *stack.Stack, d *definition.Definition, key string) error {
	var problems []error
	if want, have := s.TaskRoles[key], definition.Text(d.TaskRoleArn); have != want {
		problems = append(problems, fmt.Errorf("taskRoleArn = %q: istiod knows the identity %s by the role %s", have, key, want))
	}
	if definition.Text(d.ExecutionRoleArn) == "" {
		name, _, _ := strings.Cut(key, "/")
		problems = append(problems, fmt.Errorf("executionRoleArn is not set: ECS writes ztunnel's logs with it; the account's is %s", s.ExecutionRoles[s.Clusters[name].Account]))
	}
	return errors.Join(problems...)
}

// left is what has to be set on the service, which a task definition does not say.
func left(s *stack.Stack, cluster string, identity enrol.Identity, d *definition.Definition) []string {
	c := s.Clusters[cluster]
	domain := s.Accounts[c.Account].Domain
	lines := []string{
		"Set on the service, in the cluster " + c.Name + " of the account " + s.Accounts[c.Account].ID + ":",
		"  tags ecs.solo.io/namespace=" + identity.Namespace + ", ecs.solo.io/service-account=" + identity.ServiceAccount,
		"  tag ecs.solo.io/hostname, if it is to have another name than SERVICE." + c.Name + "." + domain,
	}
	if ports := portsTag(d); ports != "" {
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

// portsTag is the value of the tag with the ports: a port whose protocol the definition does not say is tcp.
func portsTag(d *definition.Definition) string {
	var all []string
	for _, c := range d.ContainerDefinitions {
		for _, p := range c.PortMappings {
			all = append(all, cmp.Or(string(p.AppProtocol), "tcp")+":"+strconv.Itoa(definition.Number(p.ContainerPort)))
		}
	}
	return strings.Join(all, "/")
}
