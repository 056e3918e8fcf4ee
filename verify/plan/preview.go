package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
)

// Change is a previewed change, as far as istiod's decisions depend on it.
type Change struct {
	// Put are the objects that will be created or changed. Drop are the objects that will be deleted.
	Put, Drop []backend.Object
	// Waypoints are, by the ARN of an ECS service, the waypoint that its tag will name, "" for none.
	Waypoints map[string]string
	// Restarts are ECS services whose tasks will be replaced, as Pulumi names them.
	Restarts []string
	// Leaving counts, by hostname, the ECS services that will no longer run a task. Coming counts those that will start
	// to run tasks.
	Leaving, Coming map[string]int
}

// Empty reports whether nothing changes on which istiod's decisions depend.
func (c Change) Empty() bool { return len(c.Put)+len(c.Drop)+len(c.Waypoints) == 0 }

// tagHostname is the tag of an ECS service with its name in the mesh.
const tagHostname = "ecs.solo.io/hostname"

// runs reports whether an ECS service should run tasks.
func runs(r *record) bool {
	if r == nil {
		return false
	}
	count, given := r.Inputs["desiredCount"].(float64)
	return !given || count > 0
}

// tagWaypoint is the tag of an ECS service that discovery copies to a label of its ServiceEntry.
const tagWaypoint = "istio.io/use-waypoint"

const (
	kubernetesType = "kubernetes:"
	serviceType    = "aws:ecs/service:Service"
)

// decisive are the kinds of objects on which istiod's decisions depend. A Namespace may name a waypoint.
var decisive = []string{"AuthorizationPolicy", "DestinationRule", "Gateway", "HTTPRoute", "Namespace", "PeerAuthentication", "VirtualService"}

// step is one step of `pulumi preview --json`.
type step struct {
	Op       string  `json:"op"`
	URN      string  `json:"urn"`
	OldState *record `json:"oldState"`
	NewState *record `json:"newState"`
}

type record struct {
	Type   string         `json:"type"`
	ID     string         `json:"id"`
	Inputs map[string]any `json:"inputs"`
}

// Read reads the output of `pulumi preview --json`.
func Read(preview []byte) (Change, error) {
	var printed struct {
		Steps       []step `json:"steps"`
		Diagnostics []struct {
			Severity, Message string
		} `json:"diagnostics"`
	}
	if err := json.Unmarshal(preview, &printed); err != nil {
		return Change{}, fmt.Errorf("the plan is not what `pulumi preview --json` prints: %w", err)
	}
	for _, d := range printed.Diagnostics {
		if d.Severity == "error" {
			return Change{}, fmt.Errorf("the preview failed, so there is no plan: %s", strings.TrimSpace(d.Message))
		}
	}
	if len(printed.Steps) == 0 {
		return Change{}, errors.New("the plan has no steps: is it the output of `pulumi preview --json`?")
	}
	change := Change{Waypoints: map[string]string{}, Leaving: map[string]int{}, Coming: map[string]int{}}
	for _, s := range printed.Steps {
		change.add(s)
	}
	return change, nil
}

func (c *Change) add(s step) {
	switch s.Op {
	case "create", "update", "create-replacement", "delete", "delete-replaced":
	default:
		return
	}
	gone := strings.HasPrefix(s.Op, "delete")
	state := s.NewState
	if gone {
		state = s.OldState
	}
	if state == nil {
		return
	}
	switch {
	case state.Type == serviceType:
		if host := backend.Text(state.Inputs, "tags", tagHostname); host != "" {
			had, has := !strings.HasPrefix(s.Op, "create") && runs(s.OldState), !gone && runs(s.NewState)
			if had && !has {
				c.Leaving[host]++
			} else if has && !had {
				c.Coming[host]++
			}
		}
		if s.Op == "update" && s.OldState != nil {
			before, after := waypointTag(s.OldState), waypointTag(state)
			if before != after {
				c.Waypoints[s.OldState.ID] = after
			}
			if s.OldState.Inputs["taskDefinition"] != state.Inputs["taskDefinition"] {
				c.Restarts = append(c.Restarts, name(s.URN))
			}
		}
	case strings.HasPrefix(state.Type, kubernetesType):
		object := backend.Object{}
		for key, value := range state.Inputs {
			if !strings.HasPrefix(key, "__") {
				object[key] = value
			}
		}
		kind, _ := object["kind"].(string)
		if !slices.Contains(decisive, kind) {
			return
		}
		// A replacement deletes the old object before or after it creates the new one. Only the new one counts.
		if s.Op == "delete-replaced" {
			return
		}
		if gone {
			c.Drop = append(c.Drop, object)
		} else {
			c.Put = append(c.Put, object)
		}
	}
}

func waypointTag(r *record) string {
	tags, _ := r.Inputs["tags"].(map[string]any)
	text, _ := tags[tagWaypoint].(string)
	return text
}

// name is the last part of a URN.
func name(urn string) string { return urn[strings.LastIndex(urn, "::")+2:] }
