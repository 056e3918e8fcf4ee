package api

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

var eventKind = KindOf(Object{"apiVersion": "v1", "kind": "Event"})

// Complain records a warning about an object, as controllers do; the same one is not repeated.
func (c *Cluster) Complain(o Object, source, reason, message string) {
	sum := sha256.Sum256([]byte(UID(o) + reason + message))
	name := fmt.Sprintf("%s.%x", short(Name(o), 200), sum[:8])
	namespace := Namespace(o)
	if namespace == "" {
		namespace = "default"
	}
	if c.Get(eventKind, namespace, name) != nil {
		return
	}
	stamp := c.Tx.Now.UTC().Format(time.RFC3339)
	// A namespace that is being deleted accepts no more events. Nothing is lost.
	_ = c.Write(Object{
		"apiVersion": "v1", "kind": "Event", "metadata": Object{"name": name, "namespace": namespace},
		"type": "Warning", "reason": reason, "message": message, "source": Object{"component": source},
		"firstTimestamp": stamp, "lastTimestamp": stamp,
		"involvedObject": Object{
			"apiVersion": o["apiVersion"], "kind": o["kind"], "name": Name(o), "namespace": Namespace(o), "uid": UID(o),
		},
	})
}

// Settled forgets the warnings about an object.
func (c *Cluster) Settled(o Object) {
	for _, event := range c.complaints(o) {
		// An event has no finalizers, and it was there a moment ago.
		_ = c.Delete(eventKind, Namespace(event), Name(event))
	}
}

// Complaints returns the warnings about an object, joined.
func (c *Cluster) Complaints(o Object) string {
	var messages []string
	for _, event := range c.complaints(o) {
		messages = append(messages, String(event, "reason")+": "+String(event, "message"))
	}
	return strings.Join(messages, "; ")
}

func (c *Cluster) complaints(o Object) []Object {
	var events []Object
	for _, event := range c.List(eventKind, Namespace(o)) {
		if String(event, "involvedObject", "uid") == UID(o) {
			events = append(events, event)
		}
	}
	return events
}
