// Package world is the sandbox's whole state: every account's AWS resources and every cluster's
// Kubernetes objects, kept in one file between commands.
//
// Every change is a transaction under one lock, and is in the file before the transaction returns. Controllers play the
// work that AWS and Kubernetes do by themselves (schedule tasks, provision load balancers, write certificates). A
// controller decides from the state alone, never from configuration.
package world

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// Tick is the polling interval of Wait, and the shortest time between two runs of the controllers.
const Tick = 20 * time.Millisecond

// rest is the pause between two runs of the controllers, as a multiple of the last run's duration. The cost of a run
// grows with the whole world, so the pause bounds the controllers' share of the time in a large one.
const rest = 3

// Resource is one AWS resource.
type Resource struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	// Kind is the Pulumi type token, for example "aws:ec2/vpc:Vpc". Resources that AWS made by itself have one too.
	Kind string `json:"kind"`
	ID   string `json:"id"`
	// Owner is the service that made the resource by itself ("eks", "elasticloadbalancing"), empty for what a user made.
	Owner string `json:"owner,omitempty"`
	// Props are the resource's properties by their Pulumi names, inputs and computed ones alike.
	Props map[string]any `json:"props"`
	// Created is the time of creation. Controllers use it for effects that take time.
	Created time.Time `json:"created"`
}

// String returns a string property, or "".
func (r *Resource) String(key string) string { s, _ := r.Props[key].(string); return s }

// Object is one Kubernetes object as decoded JSON.
type Object = map[string]any

// Controller plays work that a cloud does by itself. It must be idempotent and quick.
type Controller func(tx *Tx)

// World is the state with its lock, its controllers and its file.
type World struct {
	mu          sync.Mutex
	state       *state
	journal     *journal
	controllers []Controller
	// unsettled means that the world has changed since the controllers ran, or may have changed before a kill. next is
	// the time from which they may run again.
	unsettled bool
	next      time.Time
	// rounds is how often the controllers have run.
	rounds int
}

// Open reads the world kept in folder, or starts an empty one. It writes nothing before the first change, so a world can
// be read while another process changes it.
func Open(folder string) (*World, error) {
	w := &World{state: newState(), unsettled: true}
	var err error
	w.journal, err = read(folder, w.state)
	return w, err
}

// Control adds a controller. Call it before the world is used.
func (w *World) Control(c ...Controller) { w.controllers = append(w.controllers, c...) }

// Do runs change and then the controllers. Before change, the controllers finish the work of earlier requests.
// The effects of change stay even when it returns an error, as they do in a cloud.
func (w *World) Do(change func(tx *Tx) error) error {
	return w.transact(func(tx *Tx) error {
		if w.unsettled {
			w.settle(tx)
		}
		err := change(tx)
		w.settle(tx)
		return err
	})
}

// Look asks a question that changes nothing. The controllers run before it if something has changed since they ran, or if they
// have rested.
func (w *World) Look(ask func(tx *Tx) error) error {
	return w.transact(func(tx *Tx) error {
		if w.unsettled || !tx.Now.Before(w.next) {
			w.settle(tx)
		}
		return ask(tx)
	})
}

// Request runs change as a call of a cloud's API: it returns before the controllers act on it. The controllers run
// in Wait, Do and Close.
func (w *World) Request(change func(tx *Tx) error) error { return w.transact(change) }

// Wait calls done every tick until it reports true, fails, or ctx ends. Meanwhile the controllers run.
func (w *World) Wait(ctx context.Context, done func(tx *Tx) (bool, error)) error {
	ticker := time.NewTicker(Tick)
	defer ticker.Stop()
	for {
		var ok bool
		err := w.transact(func(tx *Tx) (err error) {
			if !tx.Now.Before(w.next) {
				w.settle(tx)
			}
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

// Close lets the controllers finish and rewrites the file without its history.
func (w *World) Close() error {
	return w.transact(func(tx *Tx) error {
		if w.unsettled {
			w.settle(tx)
		}
		return w.journal.compact(w.state)
	})
}

// Dump writes the whole world as its file has it after Close.
func (w *World) Dump(out io.Writer) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	data, err := w.state.whole()
	if err == nil {
		_, err = out.Write(data)
	}
	return err
}

// transact runs change under the lock and keeps what it changed. A change that cannot be kept stays in memory, is an
// error, and is kept with the next one.
func (w *World) transact(change func(tx *Tx) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	tx := &Tx{state: w.state, Now: time.Now().UTC(), rounds: w.rounds}
	err := change(tx)
	w.unsettled = w.unsettled || tx.changed
	return errors.Join(err, w.journal.keep(w.state))
}

// settle runs the controllers until none of them changes anything more.
func (w *World) settle(tx *Tx) {
	for round := 0; round < 20; round++ {
		tx.changed = false
		for _, c := range w.controllers {
			c(tx)
		}
		if !tx.changed {
			break
		}
	}
	tx.changed, w.unsettled = false, false
	w.rounds++
	tx.rounds = w.rounds
	end := time.Now().UTC()
	w.next = end.Add(max(Tick, rest*end.Sub(tx.Now)))
}
