package gatewayapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// APIVersion and Kind are those of every definition.
const (
	APIVersion = "apiextensions.k8s.io/v1"
	Kind       = "CustomResourceDefinition"
)

// needed are the definitions without which the mesh has no gateway.
var needed = []string{"gatewayclasses.gateway.networking.k8s.io", "gateways.gateway.networking.k8s.io"}

// skipped are further kinds in later release files. They stop people from installing an older version by hand, and
// nothing refers to them.
var skipped = []string{"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}

// CRD is one custom resource definition.
type CRD struct {
	// Name is "<plural>.<group>".
	Name string
	// Labels and Annotations are the definition's own.
	Labels, Annotations map[string]string
	// Spec is the spec as in the file, of maps, slices and scalars.
	Spec map[string]any
}

// document is the part of a YAML document that the program reads. It leaves out the status, which belongs to the API
// server.
type document struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name        string            `yaml:"name"`
		Labels      map[string]string `yaml:"labels"`
		Annotations map[string]string `yaml:"annotations"`
	} `yaml:"metadata"`
	Spec map[string]any `yaml:"spec"`
}

// parse returns the definitions in the files, sorted by name.
func parse(files []file) ([]CRD, error) {
	var crds []CRD
	var problems []error
	for _, f := range files {
		found, err := parseFile(f)
		if err != nil {
			problems = append(problems, err)
		}
		crds = append(crds, found...)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	slices.SortFunc(crds, func(a, b CRD) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(crds); i++ {
		if crds[i].Name == crds[i-1].Name {
			problems = append(problems, fmt.Errorf("%s is defined twice", crds[i].Name))
		}
	}
	for _, name := range needed {
		if !slices.ContainsFunc(crds, func(crd CRD) bool { return crd.Name == name }) {
			problems = append(problems, fmt.Errorf("%s is not among them", name))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return crds, nil
}

func parseFile(f file) ([]CRD, error) {
	var crds []CRD
	decoder := yaml.NewDecoder(bytes.NewReader(f.data))
	for n := 1; ; n++ {
		var node yaml.Node
		if err := decoder.Decode(&node); errors.Is(err, io.EOF) {
			return crds, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s, document %d: %w", f.name, n, err)
		}
		var doc document
		if err := node.Decode(&doc); err != nil {
			return nil, fmt.Errorf("%s, document %d: %w", f.name, n, err)
		}
		if doc.Kind == "" && doc.APIVersion == "" || slices.Contains(skipped, doc.Kind) {
			continue
		}
		if err := doc.validate(); err != nil {
			return nil, fmt.Errorf("%s, document %d: %w", f.name, n, err)
		}
		crds = append(crds, CRD{
			Name: doc.Metadata.Name, Labels: doc.Metadata.Labels, Annotations: doc.Metadata.Annotations, Spec: doc.Spec,
		})
	}
}

// validate finds what the API server would refuse first: a name that does not consist of plural and group.
func (d document) validate() error {
	if d.APIVersion != APIVersion || d.Kind != Kind {
		return fmt.Errorf("it is a %s of %s: want only %s of %s", d.Kind, d.APIVersion, Kind, APIVersion)
	}
	group, _ := d.Spec["group"].(string)
	names, _ := d.Spec["names"].(map[string]any)
	plural, _ := names["plural"].(string)
	if group == "" || plural == "" {
		return fmt.Errorf("definition %q has no spec.group or no spec.names.plural", d.Metadata.Name)
	}
	if want := plural + "." + group; d.Metadata.Name != want {
		return fmt.Errorf("definition %q must have the name %q, its plural and group", d.Metadata.Name, want)
	}
	if versions, _ := d.Spec["versions"].([]any); len(versions) == 0 {
		return fmt.Errorf("definition %q has no version", d.Metadata.Name)
	}
	if value := d.Metadata.Annotations[approved]; communityGroup(group) && !isApproval(value) {
		return fmt.Errorf("definition %q is of a group of the Kubernetes project and has the annotation %s %q: the API server wants the URL of the approval, or \"unapproved\" with a reason",
			d.Metadata.Name, approved, value)
	}
	return nil
}

// approved is the annotation in which a definition of a community group names the pull request that approved it.
const approved = "api-approved.kubernetes.io"

// communityGroup reports whether the API server reserves a group for the Kubernetes project.
func communityGroup(group string) bool {
	return slices.ContainsFunc([]string{"k8s.io", "kubernetes.io"}, func(domain string) bool {
		return group == domain || strings.HasSuffix(group, "."+domain)
	})
}

// isApproval reports whether the API server accepts a value of the annotation.
func isApproval(value string) bool {
	if strings.HasPrefix(value, "unapproved") {
		return true
	}
	approval, err := url.ParseRequestURI(value)
	return err == nil && approval.Scheme != "" && approval.Host != ""
}
