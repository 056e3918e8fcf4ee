package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"ambient-ecs/sandbox/lock"
	"ambient-ecs/sandbox/provider"
)

// existingCommand makes what other teams have: `sandbox existing FILE`.
const existingCommand = "existing"

// belongings are the AWS resources that a team has in one account.
type belongings struct {
	// Account is the account id, Region the region. Profile is the team's own, empty for the default profile.
	Account string `yaml:"account"`
	Region  string `yaml:"region"`
	Profile string `yaml:"profile"`
	// Resources are made in this order.
	Resources []belonging `yaml:"resources"`
}

// belonging is one resource. ${name} in an input is the id of a resource before it, ${name.property} one of its properties.
type belonging struct {
	Name   string         `yaml:"name"`
	Type   string         `yaml:"type"`
	Inputs map[string]any `yaml:"inputs"`
}

// putExisting makes the resources of a file through the sandbox's own AWS API, as another team's program would.
func putExisting(ctx context.Context, state string, files []string) (err error) {
	if len(files) != 1 {
		return errors.New("give one file of resources")
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	var theirs belongings
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&theirs); err != nil {
		return fmt.Errorf("read %s: %w", files[0], err)
	}
	if err := os.MkdirAll(state, 0o755); err != nil {
		return fmt.Errorf("create the sandbox's state folder: %w", err)
	}
	unlock, err := lock.Take(state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	packages, closer, err := open(state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closer.Close()) }()
	return theirs.make(ctx, packages, os.Stdout)
}

// make makes the resources in their order, and says which.
func (b belongings) make(ctx context.Context, packages []provider.Package, out io.Writer) error {
	args := map[string]any{"region": b.Region, "allowedAccountIds": []any{b.Account}}
	if b.Profile != "" {
		args["profile"] = b.Profile
	}
	session, err := packages[0].Open(ctx, args)
	if err != nil {
		return err
	}
	made := map[string]map[string]any{}
	for _, r := range b.Resources {
		inputs, err := filled(r.Inputs, made)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		subject := provider.Resource{URN: "urn:pulumi:theirs::theirs::" + r.Type + "::" + r.Name, Token: r.Type, Name: r.Name, Inputs: inputs.(map[string]any), Seed: []byte(strings.Repeat(r.Name+r.Type, 8))}
		checked, failures, err := session.Check(ctx, subject)
		for _, failure := range failures {
			err = errors.Join(err, fmt.Errorf("%s %s", failure.Property, failure.Reason))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		subject.Inputs = checked
		id, state, err := session.Create(ctx, subject)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		state["id"] = id
		made[r.Name] = state
		fmt.Fprintf(out, "%s %s\n", r.Type, id)
	}
	return nil
}

var reference = regexp.MustCompile(`\$\{([a-z0-9-]+)(?:\.([A-Za-z0-9.]+))?\}`)

// filled replaces the references in a value, and turns whole numbers into those of JSON.
func filled(value any, made map[string]map[string]any) (any, error) {
	var err error
	fill := func(v any) any {
		out, failed := filled(v, made)
		err = errors.Join(err, failed)
		return out
	}
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, element := range v {
			out[key] = fill(element)
		}
		return out, err
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			out[i] = fill(element)
		}
		return out, err
	case int:
		return float64(v), nil
	case string:
		text := reference.ReplaceAllStringFunc(v, func(found string) string {
			parts := reference.FindStringSubmatch(found)
			at, path := any(made[parts[1]]), parts[2]
			if path == "" {
				path = "id"
			}
			for _, step := range strings.Split(path, ".") {
				object, _ := at.(map[string]any)
				at = object[step]
			}
			text, ok := at.(string)
			if !ok {
				err = errors.Join(err, fmt.Errorf("%s is nothing that was made before", found))
			}
			return text
		})
		return text, err
	}
	return value, nil
}
