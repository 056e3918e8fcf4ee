package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// prepare makes the stack that a command works on, where it does not exist yet, and returns the arguments for the CLI.
//
// The project's stack file stays as it is. Its secrets are encrypted for another backend, so the sandbox cannot use
// them, and creating a stack would write to the file. So the command gets a copy in which secrets have the sandbox's
// own values.
func (s *session) prepare(ctx context.Context, args []string) ([]string, error) {
	in := parse(args)
	if !in.usesConfiguration() {
		return args, nil
	}
	stack := in.stack
	if stack == "" {
		stack = s.DefaultStack
	}
	project, err := projectName(s.Project)
	if err != nil {
		return nil, err
	}
	source := in.configFile
	if source == "" {
		source = filepath.Join(s.Project, "Pulumi."+stack+".yaml")
	}
	if err := in.refusal(source); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(source)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no stack %q: %s does not exist", stack, source)
	}
	if err != nil {
		return nil, err
	}
	salt, err := s.ensureStack(project, stack)
	if err != nil {
		return nil, err
	}
	file, err := s.stackFile(text, project, salt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	copied := filepath.Join(s.State, "config", project, "Pulumi."+stack+".yaml")
	if err := writeFile(copied, file); err != nil {
		return nil, err
	}
	return in.with(copied), nil
}

// stackFile is the project's stack file with the sandbox's own secrets and defaults.
func (s *session) stackFile(text []byte, project, salt string) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if document.Kind == 0 {
		document = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, errors.New("a stack file is a map")
	}
	for _, key := range []string{"secretsprovider", "encryptedkey", "encryptionsalt"} {
		remove(root, key)
	}
	set(root, "encryptionsalt", scalar(salt))
	config := lookup(root, "config")
	if config == nil || config.Kind != yaml.MappingNode {
		config = &yaml.Node{Kind: yaml.MappingNode}
		set(root, "config", config)
	}
	seal := s.sealer(salt)
	for _, path := range s.Sealed {
		if err := sealPart(config, project, path, seal); err != nil {
			return nil, err
		}
	}
	for i := 0; i+1 < len(config.Content); i += 2 {
		plain, secret := s.Secrets[strings.TrimPrefix(config.Content[i].Value, project+":")]
		if !secret {
			plain = "sandbox"
		}
		value := config.Content[i+1]
		if s.partlySealed(strings.TrimPrefix(config.Content[i].Value, project+":")) {
			continue
		}
		if secret && value.Kind == yaml.ScalarNode {
			sealed, err := seal(value.Value)
			if err != nil {
				return nil, err
			}
			config.Content[i+1] = sealed
			continue
		}
		if err := reseal(value, plain, seal); err != nil {
			return nil, err
		}
	}
	for _, name := range sortedKeys(s.Defaults) {
		if strings.HasPrefix(name, project+":") && lookup(config, name) == nil {
			set(config, name, scalar(s.Defaults[name]))
		}
	}
	return yaml.Marshal(&document)
}

// partlySealed reports whether sealPart handles a setting.
func (s *session) partlySealed(key string) bool {
	return slices.ContainsFunc(s.Sealed, func(path string) bool {
		top, _, _ := strings.Cut(path, ".")
		return top == key
	})
}

// sealPart encrypts one value inside a setting, or leaves out the setting whose value cannot be read.
func sealPart(config *yaml.Node, project, path string, seal sealer) error {
	top, key, _ := strings.Cut(path, ".")
	setting := lookup(config, project+":"+top)
	if setting == nil || setting.Kind != yaml.MappingNode {
		return nil
	}
	value := lookup(setting, key)
	switch {
	case lookup(setting, secure) != nil || value != nil && value.Kind != yaml.ScalarNode:
		remove(config, project+":"+top)
	case value != nil:
		sealed, err := seal(value.Value)
		if err != nil {
			return err
		}
		set(setting, key, sealed)
	}
	return nil
}

// ensureStack creates the stack in the sandbox's backend and returns the salt of its secrets. It runs the CLI in a
// folder of its own, because creating a stack writes to the stack file.
func (s *session) ensureStack(project, stack string) (salt string, err error) {
	folder := filepath.Join(s.State, "projects", project)
	file := filepath.Join(folder, "Pulumi."+stack+".yaml")
	if stacks, _ := filepath.Glob(filepath.Join(s.backend(), ".pulumi", "stacks", project, stack+".json")); len(stacks) == 0 {
		if err := writeFile(filepath.Join(folder, "Pulumi.yaml"), []byte("name: "+project+"\nruntime: go\n")); err != nil {
			return "", err
		}
		var said bytes.Buffer
		cmd := s.command(folder, "stack", "init", stack, "--no-select", "--non-interactive")
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("create stack %s in the sandbox: %w: %s", stack, err, strings.TrimSpace(said.String()))
		}
	}
	salt, err = saltOf(file)
	if err != nil {
		return "", fmt.Errorf("read the sandbox's stack %s: %w (an older sandbox made it: `make clean` removes it)", file, err)
	}
	return salt, nil
}

func projectName(folder string) (string, error) {
	path := filepath.Join(folder, "Pulumi.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("no Pulumi project: %w", err)
	}
	var project struct {
		Name string `yaml:"name"`
	}
	if err := yaml.Unmarshal(text, &project); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	if project.Name == "" {
		return "", fmt.Errorf("%s: the project has no name", path)
	}
	return project.Name, nil
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}
