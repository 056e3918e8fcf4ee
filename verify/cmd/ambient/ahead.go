package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/verify/adopt"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/stack"
)

// notUp reports whether a stack could not be read because nothing was deployed yet: it has no outputs, or Pulumi knows no such stack.
func notUp(err error) bool {
	return errors.Is(err, stack.ErrNotUp) || err != nil && strings.Contains(err.Error(), "no stack named")
}

// ahead looks into the EKS cluster that a stack file names, before the first up. The result is nil where the stack file names none.
func (p *program) ahead(ctx context.Context, kubeconfig string) (*doctor.Result, error) {
	c, named, err := p.named(kubeconfig)
	if err != nil || !named {
		return nil, err
	}
	inside, err := p.lookInside(ctx, c)
	if err != nil {
		return nil, err
	}
	if inside.Locked != "" {
		return nil, fmt.Errorf("look into the EKS cluster %s: %s", c.name, inside.Locked)
	}
	found := &doctor.Result{}
	for _, r := range inside.Residents {
		found.Findings = append(found.Findings, doctor.Finding{Ingredient: r.Ingredient, Subject: r.Subject, Sentence: r.Sentence, Fix: r.Fix, Affects: []string{"the first up"}})
	}
	return found, nil
}

// settings are the values of the stack file in the project's folder, by key. name is the file's. There are none where there is no file.
func (p *program) settings() (value func(key string) string, name string, err error) {
	stack := cmp.Or(p.stack, p.defaultStack())
	file := filepath.Join(p.project, "Pulumi."+stack[strings.LastIndexByte(stack, '/')+1:]+".yaml")
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return func(string) string { return "" }, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read the stack file: %w", err)
	}
	project, err := os.ReadFile(filepath.Join(p.project, "Pulumi.yaml"))
	if err != nil {
		return nil, "", fmt.Errorf("read the project: %w: --project names the folder of Pulumi.yaml", err)
	}
	values, err := adopt.Values(project, text)
	return func(key string) string { return values[config.Project+":"+key] }, filepath.Base(file), err
}

// named is the EKS cluster of the stack file in the project's folder.
func (p *program) named(kubeconfig string) (c controlPlane, named bool, err error) {
	value, file, err := p.settings()
	if err != nil || file == "" {
		return c, false, err
	}
	var eks struct{ Name string }
	var accounts map[string]struct{ ID, Profile, RoleARN, Region string }
	for key, into := range map[string]any{"existingEks": &eks, "accounts": &accounts} {
		if text := value(key); text != "" {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				return c, false, fmt.Errorf("%s: %s: %w", file, key, err)
			}
		}
	}
	if eks.Name == "" {
		return c, false, nil
	}
	home, known := accounts[value("home")]
	if !known {
		return c, false, fmt.Errorf("%s: home = %q: accounts has no such key", file, value("home"))
	}
	return controlPlane{
		account: adopt.Account{Key: value("home"), ID: home.ID, Profile: home.Profile, RoleARN: home.RoleARN},
		region:  cmp.Or(home.Region, value("region")), name: eks.Name, kubeconfig: kubeconfig, gatewayAPI: value("gatewayApiSource"),
	}, true, nil
}
