package enrol

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/document"
)

// The Docker labels of ztunnel in which Enrol notes what it did.
const (
	// LabelIdentity is the identity, "namespace/serviceaccount". A container with it was made by Enrol.
	LabelIdentity = "ambient-ecs.identity"
	// LabelInputs are digests of what the mesh gave: "image=0123456789ab token=…".
	LabelInputs = "ambient-ecs.inputs"
	// LabelAdded is what Enrol added to the other containers, JSON: a list of marks by container.
	LabelAdded = "ambient-ecs.added"
)

// The marks in LabelAdded. A variable is marked by "NAME=value", registry credentials by markCredentials and their secret.
const (
	// markDependsOn: the container had no list dependsOn.
	markDependsOn = "dependsOn"
	// markEnvironment: the container had no list environment.
	markEnvironment = "environment"
	markCredentials = "repositoryCredentials="
	// markNull follows the name of a member that was null. No variable of a preset has the name of a member.
	markNull = "=null"
)

const (
	// inputClient is the input that names the preset, in clear. DefaultClient is not noted.
	inputClient = "client"
	// inputClients is the digest of the presets of single containers. It is not noted where there are none.
	inputClients = "clients"
)

// Stamp is what the labels of a definition's ztunnel say.
type Stamp struct {
	// Identity is for whom the definition was enrolled.
	Identity string
	// Inputs are digests of what the mesh gave, by the name of the input: image, token, health, logs, settings, and clients, if
	// single containers have some. The client is there in clear, if it is not DefaultClient.
	Inputs map[string]string
	added  marks
}

// marks are what was added, by container.
type marks map[string][]string

func (m marks) has(container, mark string) bool { return slices.Contains(m[container], mark) }

// StampOf reads the stamp of an enrolled definition. A definition without ztunnel, or with a ztunnel that Enrol did not
// make or that was not stamped, has none.
func StampOf(d *definition.Definition) (stamp Stamp, stamped bool, err error) {
	c := ztunnelOf(d)
	if c == nil || c.DockerLabels[LabelIdentity] == "" {
		return Stamp{}, false, nil
	}
	stamp, _ = StampOfLabels(c.DockerLabels)
	if err := json.Unmarshal([]byte(c.DockerLabels[LabelAdded]), &stamp.added); err != nil {
		return Stamp{}, true, fmt.Errorf("the label %s of the container %s is not what enrol wrote: %w", LabelAdded, ZtunnelName, err)
	}
	return stamp, true, nil
}

// Stale names the inputs that have changed since the definition was enrolled, sorted: those of the stamp and "identity". A
// task of a stale definition goes on as it was until the definition is enrolled again.
func (s Stamp) Stale(identity Identity, mesh Mesh) (changed []string) {
	return s.StaleSince(identity, mesh.inputs())
}

// StaleSince is Stale with the digests of what the mesh gives, by the name of the input.
func (s Stamp) StaleSince(identity Identity, now map[string]string) (changed []string) {
	for name, digest := range now {
		if s.Inputs[name] != digest {
			changed = append(changed, name)
		}
	}
	for _, optional := range []string{inputClient, inputClients} {
		if s.Inputs[optional] != "" && now[optional] == "" {
			changed = append(changed, optional)
		}
	}
	if s.Identity != identity.String() {
		changed = append(changed, "identity")
	}
	slices.Sort(changed)
	return changed
}

// StampOfLabels is the stamp in the Docker labels of a ztunnel container. A container without one was not made by Enrol.
func StampOfLabels(labels map[string]string) (stamp Stamp, stamped bool) {
	return Stamp{Identity: labels[LabelIdentity], Inputs: ReadInputs(labels[LabelInputs])}, labels[LabelIdentity] != ""
}

// Inputs are digests of what the mesh gives in one text: "health=… image=…". It fits into the value of an AWS tag.
func (m Mesh) Inputs() string {
	var all []string
	digests := m.inputs()
	for _, name := range slices.Sorted(maps.Keys(digests)) {
		all = append(all, name+"="+digests[name])
	}
	return strings.Join(all, " ")
}

// ReadInputs reads a text of Inputs.
func ReadInputs(text string) map[string]string {
	all := map[string]string{}
	for _, input := range strings.Fields(text) {
		name, digest, _ := strings.Cut(input, "=")
		all[name] = digest
	}
	return all
}

// inputs are digests of what the mesh gives. The token's, for example, changes with the gateway's address and with the
// root certificate.
func (m Mesh) inputs() map[string]string {
	// What is empty and what is not there are the same, wherever the mesh was read from.
	settings, labels := m.Ztunnel, m.Labels
	if len(settings.Environment) == 0 {
		settings.Environment = nil
	}
	if len(labels) == 0 {
		labels = nil
	}
	all := map[string]string{
		"image":    Digest(m.Image),
		"token":    Digest(m.Token),
		"health":   Digest(m.Health),
		"logs":     Digest([]string{m.Region, m.LogGroup}),
		"settings": Digest([]any{settings, labels, m.Credentials[Registry(m.Image)]}),
	}
	if m.Client != "" && m.Client != DefaultClient {
		// The default is not noted: a stamp of before there were presets says the same.
		all[inputClient] = string(m.Client)
	}
	if len(m.Clients) > 0 {
		all[inputClients] = Digest(m.Clients)
	}
	return all
}

// Digest is the beginning of a SHA-256: enough to tell two inputs apart, and nothing that anybody relies on to be safe.
func Digest(value any) string {
	sum := sha256.Sum256(document.Encode(value))
	return hex.EncodeToString(sum[:6])
}

// stamp is the labels that say what was done.
func stamp(identity Identity, mesh Mesh, added marks) map[string]string {
	return map[string]string{
		LabelIdentity: identity.String(),
		LabelInputs:   mesh.Inputs(),
		LabelAdded:    string(document.Encode(added)),
	}
}

// ztunnelOf is the definition's container of that name, nil if there is none.
func ztunnelOf(d *definition.Definition) *types.ContainerDefinition {
	for i := range d.ContainerDefinitions {
		if definition.Text(d.ContainerDefinitions[i].Name) == ZtunnelName {
			return &d.ContainerDefinitions[i]
		}
	}
	return nil
}
