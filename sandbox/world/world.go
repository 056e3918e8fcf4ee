// Package world is the sandbox's whole state: every account's AWS resources and every cluster's
// Kubernetes objects, kept in one file between commands.
//
// Whoever changes the world does so in Do, under one lock. After each change, and every tick while somebody
// waits, the controllers run: they are what AWS and Kubernetes do by themselves (schedule tasks, provision
// load balancers, write certificates). A controller decides from the state alone, never from configuration.
package world

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"
)

// Tick is how often controllers run while somebody waits.
const Tick = 20 * time.Millisecond

// Resource is one AWS resource.
type Resource struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	// Kind is the Pulumi type token, for example "aws:ec2/vpc:Vpc", also for what AWS made by itself.
	Kind string `json:"kind"`
	ID   string `json:"id"`
	// Owner is the service that made the resource by itself ("eks", "elasticloadbalancing"), empty for what a user made.
	Owner string `json:"owner,omitempty"`
	// Props are the resource's properties by their Pulumi names, inputs and computed ones alike.
	Props map[string]any `json:"props"`
	// Created is when it was made; controllers use it for what appears late.
	Created time.Time `json:"created"`
}

// String returns a string property, or "".
func (r *Resource) String(key string) string { s, _ := r.Props[key].(string); return s }

// Object is one Kubernetes object as decoded JSON.
type Object = map[string]any

// State is what is kept on disk.
type State struct {
	Version int `json:"version"`
	// Serial feeds generated ids, so that they are stable for the same history.
	Serial    uint64               `json:"serial"`
	Resources map[string]*Resource `json:"resources"`
	// Objects are Kubernetes objects by cluster ARN, then by key (apiVersion/kind/namespace/name).
	Objects map[string]map[string]Object `json:"objects"`
	// Notes are facts that controllers keep between runs, by controller-chosen key.
	Notes map[string]string `json:"notes"`
}

// Controller does what a cloud does by itself. It must be idempotent and quick.
type Controller func(tx *Tx)

// World is the state with its lock, its controllers and its file.
type World struct {
	mu          sync.Mutex
	file        string
	state       State
	controllers []Controller
	dirty       bool
}

// Tx is the world while it is locked.
type Tx struct {
	*State
	// Now is the time of the transaction.
	Now     time.Time
	changed bool
}

// Open reads the world kept in folder, or starts an empty one.
func Open(folder string) (*World, error) {
	w := &World{
		file:  filepath.Join(folder, "world.json"),
		state: State{Version: 1, Resources: map[string]*Resource{}, Objects: map[string]map[string]Object{}, Notes: map[string]string{}},
	}
	data, err := os.ReadFile(w.file)
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &w.state); err != nil {
		return nil, fmt.Errorf("read the sandbox's state %s: %w", w.file, err)
	}
	return w, nil
}

// Control adds a controller. Call it before the world is used.
func (w *World) Control(c ...Controller) { w.controllers = append(w.controllers, c...) }

// Do runs change under the lock. What change did stays done even when it returns an error, as in life.
func (w *World) Do(change func(tx *Tx) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	tx := &Tx{State: &w.state, Now: time.Now().UTC()}
	err := change(tx)
	w.settle(tx)
	return err
}

// settle runs the controllers until none of them changes anything more.
func (w *World) settle(tx *Tx) {
	w.dirty = w.dirty || tx.changed
	for round := 0; round < 20; round++ {
		tx.changed = false
		for _, c := range w.controllers {
			c(tx)
		}
		if !tx.changed {
			return
		}
		w.dirty = true
	}
}

// Wait calls done every tick, under the lock and after the controllers, until it reports true, fails, or ctx ends.
func (w *World) Wait(ctx context.Context, done func(tx *Tx) (bool, error)) error {
	ticker := time.NewTicker(Tick)
	defer ticker.Stop()
	for {
		var ok bool
		err := w.Do(func(tx *Tx) (err error) {
			w.settle(tx)
			ok, err = done(tx)
			return err
		})
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// Save writes the world to its file if it changed since the last time.
func (w *World) Save() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.dirty {
		return nil
	}
	data, err := json.Marshal(&w.state)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(w.file), 0o755); err != nil {
		return err
	}
	temporary := w.file + ".new"
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return err
	}
	if err := os.Rename(temporary, w.file); err != nil {
		return err
	}
	w.dirty = false
	return nil
}

func key(account, kind, id string) string { return account + "|" + kind + "|" + id }

// Changed tells that a resource or an object was changed in place.
func (tx *Tx) Changed() { tx.changed = true }

// Get returns the account's resource, or nil.
func (tx *Tx) Get(account, kind, id string) *Resource { return tx.Resources[key(account, kind, id)] }

// Put adds or replaces a resource.
func (tx *Tx) Put(r *Resource) {
	if r.Created.IsZero() {
		r.Created = tx.Now
	}
	tx.Resources[key(r.Account, r.Kind, r.ID)] = r
	tx.changed = true
}

// Drop removes a resource.
func (tx *Tx) Drop(r *Resource) {
	delete(tx.Resources, key(r.Account, r.Kind, r.ID))
	tx.changed = true
}

// Find returns the resources of a kind that match, ordered by account and id. An empty account means all of them.
func (tx *Tx) Find(account, kind string, match func(*Resource) bool) []*Resource {
	var found []*Resource
	for _, r := range tx.Resources {
		if r.Kind == kind && (account == "" || r.Account == account) && (match == nil || match(r)) {
			found = append(found, r)
		}
	}
	sort.Slice(found, func(i, j int) bool {
		return key(found[i].Account, found[i].Kind, found[i].ID) < key(found[j].Account, found[j].Kind, found[j].ID)
	})
	return found
}

// NextSerial returns a number that was never returned before in this world.
func (tx *Tx) NextSerial() uint64 {
	tx.Serial++
	tx.changed = true
	return tx.Serial
}
