// Package stackfile reads a stack's configuration as the engine does: the stack file over the defaults of
// Pulumi.yaml, types checked, every value as the text that a program receives.
package stackfile

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/pulumi/esc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// loaded are results by root and stack: tests read the same few files a thousand times.
var loaded sync.Map // [2]string to map[string]string

// Load returns the configuration of a stack, for the caller to change. Its file is Pulumi.<stack>.yaml, in folder root or in
// examples/<stack>, and is read once.
func Load(root, stack string) (map[string]string, error) {
	if values, ok := loaded.Load([2]string{root, stack}); ok {
		return maps.Clone(values.(map[string]string)), nil
	}
	values, err := read(root, stack)
	if err != nil {
		return nil, err
	}
	loaded.Store([2]string{root, stack}, values)
	return maps.Clone(values), nil
}

// projects are by text: reading Pulumi.yaml takes the engine longer than all else here, and tests copy it to many folders.
var projects sync.Map // string to *workspace.Project

func projectOf(path string) (*workspace.Project, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if project, ok := projects.Load(string(text)); ok {
		return project.(*workspace.Project), nil
	}
	project, err := workspace.LoadProject(path)
	if err == nil {
		projects.Store(string(text), project)
	}
	return project, err
}

func read(root, stack string) (map[string]string, error) {
	project, err := projectOf(filepath.Join(root, "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read Pulumi.yaml: %w", err)
	}
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	path := filepath.Join(root, "Pulumi."+stack+".yaml")
	if _, err := os.Stat(path); err != nil {
		path = filepath.Join(root, "examples", stack, "Pulumi."+stack+".yaml")
	}
	file, err := workspace.LoadProjectStack(sink, project, path)
	if err != nil {
		return nil, fmt.Errorf("read the stack file of %s: %w", stack, err)
	}
	err = workspace.ValidateStackConfigAndApplyProjectConfig(context.Background(), stack, project, esc.Value{},
		file.Config, config.NopEncrypter, config.NopDecrypter)
	if err != nil {
		return nil, fmt.Errorf("stack %s: %w", stack, err)
	}
	decrypted, err := file.Config.Decrypt(config.NopDecrypter)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for key, value := range decrypted {
		values[key.String()] = value
	}
	return values, nil
}
