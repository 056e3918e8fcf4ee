package policy

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"ambient-ecs/verify/backend"
)

// kept is the number of answers that a cache keeps, enough for the policy states of a few runs.
const kept = 128

// Cache runs istiod once for each set of objects.
type Cache struct {
	mu    sync.Mutex
	known map[[32]byte]*Istiod
	order [][32]byte
}

// Get is what istiod sends to the proxies for these objects. Objects that istiod does not read make no
// difference.
func (c *Cache) Get(objects []backend.Object) (*Istiod, error) {
	key, err := sum(objects)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := c.known[key]; i != nil {
		return i, nil
	}
	i, err := New(objects)
	if err != nil {
		return nil, err
	}
	if c.known == nil {
		c.known = map[[32]byte]*Istiod{}
	}
	if len(c.order) == kept {
		delete(c.known, c.order[0])
		c.order = slices.Delete(c.order, 0, 1)
	}
	c.known[key], c.order = i, append(c.order, key)
	return i, nil
}

// sum identifies a set of objects. It ignores bookkeeping that changes with every write.
func sum(objects []backend.Object) ([32]byte, error) {
	var documents []string
	for _, o := range objects {
		if !Reads(o) {
			continue
		}
		metadata, _ := o["metadata"].(map[string]any)
		data, err := json.Marshal([]any{
			o["apiVersion"], o["kind"], metadata["namespace"], metadata["name"], metadata["labels"], metadata["annotations"],
			metadata["creationTimestamp"], metadata["deletionTimestamp"], o["spec"], o["status"], o["data"],
		})
		if err != nil {
			return [32]byte{}, fmt.Errorf("%s %s: %w", o["kind"], backend.NameOf(o), err)
		}
		documents = append(documents, string(data))
	}
	slices.Sort(documents)
	data, err := json.Marshal(documents)
	return sha256.Sum256(data), err
}
