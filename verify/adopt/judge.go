package adopt

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
	"ambient-ecs/problem"
)

// Always yours: nothing in an account says them.
const (
	licenseKey = config.Project + ":license"
	apiKey     = config.Project + ":apiAccessCidrs"
)

// Judge loads the stack file as the program does, and compares it with what lives as the program's preview does. What is refused
// goes into the report. Project is the text of Pulumi.yaml, which has the defaults.
func (p *Plan) Judge(project []byte) error {
	stage, err := os.MkdirTemp("", "ambient-adopt-")
	if err != nil {
		return fmt.Errorf("load the stack file: %w", err)
	}
	defer os.RemoveAll(stage) // A leftover is readable by its owner only.
	if err := p.put(stage, false); err != nil {
		return err
	}
	values, err := Values(project, p.StackFile)
	if err != nil {
		return err
	}
	_, _, refused := p.load(stage, values)
	for _, one := range refused {
		if one.Field == "license" || one.Field == "apiAccessCidrs" {
			p.Report.yours("%s %s: it is not in any account", one.Field, problem.NotSet)
		} else {
			p.Report.yours("%s", one.Error())
		}
	}
	// With the two that are always missing the rest can be compared.
	values[licenseKey] = "placeholder"
	if p.Inside == nil {
		values[apiKey] = `["192.0.2.1/32"]`
	}
	// So can what checks refuse: what an owner has to do takes longer than what a person has to fill in.
	cfg, read, _ := p.load(stage, values)
	if !read {
		p.Report.yours("the stack file cannot be read until this is mended, so it is not compared with the accounts. Run the command again then: what the owners have to do before the first up is not in this report")
		return nil
	}
	warnings, err := compare.Compare(cfg, p.world())
	for _, one := range problems(err) {
		p.Report.Before = append(p.Report.Before, one.Error())
	}
	p.Report.Notes = append(append(p.Report.Notes, slices.DeleteFunc(warnings, told)...), cfg.NameNotices(config.Lives{})...)
	return nil
}

// told recognises warnings of the preview that the report says already: one for each service, and those about the nodes' group.
func told(warning string) bool {
	return strings.Contains(warning, "nothing of a service changes while its import is unchanged") || strings.HasPrefix(warning, "existingEks.nodeSecurityGroupId: ")
}

// load loads the configuration, as far as it can be read, and returns what is refused.
func (p *Plan) load(stage string, values map[string]string) (cfg config.Config, read bool, refused []problem.Problem) {
	cfg, read, err := config.ReadStackFile(stage, p.Stack).Draft(stage, values)
	return cfg, read, problems(err)
}

// problems are the problems that were joined in an error. config puts a line of its own before them.
func problems(err error) (all problem.List) {
	if joined := errors.Unwrap(err); joined != nil {
		err = joined
	}
	all.Under("", err)
	return all
}

// world is what lives, as the program's preview would see it.
func (p *Plan) world() compare.World {
	w := compare.World{ECSClusters: map[string]compare.ECSCluster{}, Networks: map[string]existing.Network{}, Attachments: map[string]map[string]compare.Attachment{}, Imports: map[string]*compare.Import{}, Owned: map[string]*compare.Import{}, TaskRoles: map[string]compare.Role{}}
	for _, t := range p.clusters {
		w.ECSClusters[t.key] = t.living.ECSCluster
		for i := range t.services {
			m := &t.services[i]
			m.Tasks = m.Desired
			if len(m.owned) > 0 {
				w.Owned[t.key+"/"+m.key] = &m.Import
			} else {
				w.Imports[t.key+"/"+m.key] = &m.Import
			}
			if m.role != "" {
				w.TaskRoles[m.role] = p.facts[t.account.Key].Roles[m.role]
			}
		}
	}
	if p.Inside != nil {
		w.EKS = &p.Inside.EKS
	}
	for key, c := range p.networks {
		if c.network != nil && c.owned == nil {
			w.Networks[key], w.Attachments[key] = c.network.Network, c.network.Attachments
		}
	}
	return w
}

// Values are the values of a stack file over the defaults of Pulumi.yaml, as the engine hands them to the program. A project of another name
// is refused, as the program refuses it: nobody would read what is found or written there.
func Values(project, stack []byte) (map[string]string, error) {
	var declared struct {
		Name   string `yaml:"name"`
		Config map[string]struct {
			Default any `yaml:"default"`
		} `yaml:"config"`
	}
	if err := yaml.Unmarshal(project, &declared); err != nil {
		return nil, fmt.Errorf("read Pulumi.yaml: %w", err)
	}
	if err := config.CheckProject(declared.Name); err != nil {
		return nil, fmt.Errorf("Pulumi.yaml: %w", err)
	}
	var given struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(stack, &given); err != nil {
		return nil, fmt.Errorf("read the stack file: %w", err)
	}
	values := map[string]any{}
	for key, of := range declared.Config {
		if !strings.Contains(key, ":") && of.Default != nil {
			values[config.Project+":"+key] = of.Default
		}
	}
	maps.Copy(values, given.Config)
	text := map[string]string{}
	for key, value := range values {
		if s, is := value.(string); is {
			text[key] = s
			continue
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		text[key] = string(encoded)
	}
	return text, nil
}
