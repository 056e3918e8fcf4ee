package world

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// state is the world in memory, with the indexes by which it is read.
type state struct {
	serial uint64
	// revision counts the changes in this process.
	revision  uint64
	resources map[string]*Resource
	// kinds are the resources of each kind, ordered by account and id.
	kinds map[string][]*Resource
	// objects are Kubernetes objects by cluster ARN, then by kind (apiVersion/kind), then by key.
	objects map[string]map[string]map[string]Object
	notes   map[string]string
	// touched are the entries that have changed since the last record.
	touched touched
}

// touched are keys of resources, of objects by cluster, and of notes. The serial has always changed with one of them.
type touched struct {
	resources, notes map[string]bool
	objects          map[string]map[string]bool
}

func newState() *state {
	return &state{
		resources: map[string]*Resource{}, kinds: map[string][]*Resource{},
		objects: map[string]map[string]map[string]Object{}, notes: map[string]string{}, touched: newTouched(),
	}
}

func newTouched() touched {
	return touched{resources: map[string]bool{}, notes: map[string]bool{}, objects: map[string]map[string]bool{}}
}

// Tx is the locked world. Callers may change what it returns in place if they call Changed or PutObject
// afterwards.
type Tx struct {
	*state
	// Now is the time of the transaction.
	Now     time.Time
	changed bool
	// rounds is how often the controllers have run in this process.
	rounds int
}

// Moment is a moment in the world: by the clock, and by what the controllers have done.
type Moment struct {
	at     time.Time
	rounds int
}

// IsZero reports whether it is no moment yet.
func (m Moment) IsZero() bool { return m.at.IsZero() }

// Moment returns the present one.
func (tx *Tx) Moment() Moment { return Moment{at: tx.Now, rounds: tx.rounds} }

// String writes a moment for a resource's properties, where a controller finds it again in its next run.
func (m Moment) String() string { return m.at.Format(time.RFC3339Nano) + " " + strconv.Itoa(m.rounds) }

// ParseMoment reads what String has written. A moment of an earlier process counts from the beginning of this one.
func (tx *Tx) ParseMoment(text string) Moment {
	clock, rounds, _ := strings.Cut(text, " ")
	var m Moment
	m.at, _ = time.Parse(time.RFC3339Nano, clock)
	if m.rounds, _ = strconv.Atoi(rounds); m.rounds > tx.rounds {
		m.rounds = 0
	}
	return m
}

// leastRounds is how often the controllers run before a wait may end. The longest way, a task that becomes healthy behind a new load
// balancer, takes a dozen rounds.
const leastRounds = 25

// Past reports whether a wait since a moment has lasted long enough. On a machine that is short of processors the clock goes on and the
// world does not, so both count.
func (tx *Tx) Past(since Moment, limit time.Duration) bool {
	return tx.Now.Sub(since.at) > limit && tx.rounds-since.rounds >= leastRounds
}

func key(account, kind, id string) string { return account + "|" + kind + "|" + id }

func order(a, b *Resource) int {
	return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.ID, b.ID))
}

// Get returns the account's resource, or nil.
func (tx *Tx) Get(account, kind, id string) *Resource { return tx.resources[key(account, kind, id)] }

// Changed marks a resource that was changed in place, so that it is kept. It ignores a resource that is not in
// the world yet: Put keeps that one.
func (tx *Tx) Changed(r *Resource) {
	if tx.Get(r.Account, r.Kind, r.ID) == r {
		tx.Put(r)
	}
}

// Put adds or replaces a resource.
func (tx *Tx) Put(r *Resource) {
	if r.Created.IsZero() {
		r.Created = tx.Now
	}
	tx.put(r)
	tx.touched.resources[key(r.Account, r.Kind, r.ID)] = true
	tx.change()
}

func (s *state) put(r *Resource) {
	s.resources[key(r.Account, r.Kind, r.ID)] = r
	at, found := slices.BinarySearchFunc(s.kinds[r.Kind], r, order)
	if found {
		s.kinds[r.Kind][at] = r
		return
	}
	s.kinds[r.Kind] = slices.Insert(s.kinds[r.Kind], at, r)
}

// Drop removes a resource.
func (tx *Tx) Drop(r *Resource) {
	tx.drop(key(r.Account, r.Kind, r.ID))
	tx.touched.resources[key(r.Account, r.Kind, r.ID)] = true
	tx.change()
}

func (s *state) drop(key string) {
	r := s.resources[key]
	if r == nil {
		return
	}
	delete(s.resources, key)
	if at, found := slices.BinarySearchFunc(s.kinds[r.Kind], r, order); found {
		s.kinds[r.Kind] = slices.Delete(s.kinds[r.Kind], at, at+1)
	}
}

// Find returns the resources of a kind that match, ordered by account and id. An empty account means all of them, and
// so does an empty kind.
func (tx *Tx) Find(account, kind string, match func(*Resource) bool) []*Resource {
	var found []*Resource
	if kind == "" {
		for _, kind := range slices.Sorted(maps.Keys(tx.kinds)) {
			if kind != "" {
				found = append(found, tx.Find(account, kind, match)...)
			}
		}
		return found
	}
	of := tx.kinds[kind]
	at, _ := slices.BinarySearchFunc(of, account, func(r *Resource, account string) int { return strings.Compare(r.Account, account) })
	for _, r := range of[at:] {
		if account != "" && r.Account != account {
			break
		}
		if match == nil || match(r) {
			found = append(found, r)
		}
	}
	return found
}

// kindOf is the part of an object's key (apiVersion/kind/namespace/name) before namespace and name.
func kindOf(key string) string {
	key = key[:strings.LastIndexByte(key, '/')]
	return key[:strings.LastIndexByte(key, '/')]
}

// Clusters returns the ARNs of the clusters that have objects, sorted.
func (tx *Tx) Clusters() []string { return slices.Sorted(maps.Keys(tx.objects)) }

// Object returns a cluster's object by its key (apiVersion/kind/namespace/name), or nil.
func (tx *Tx) Object(cluster, key string) Object { return tx.objects[cluster][kindOf(key)][key] }

// ObjectsOf yields a cluster's objects of a kind (apiVersion/kind) by key, in no order.
func (tx *Tx) ObjectsOf(cluster, kind string) iter.Seq2[string, Object] {
	return maps.All(tx.objects[cluster][kind])
}

// Objects yields all objects of a cluster by key, in no order.
func (tx *Tx) Objects(cluster string) iter.Seq2[string, Object] {
	return func(yield func(string, Object) bool) {
		for _, kind := range tx.objects[cluster] {
			for key, o := range kind {
				if !yield(key, o) {
					return
				}
			}
		}
	}
}

// PutObject adds or replaces an object.
func (tx *Tx) PutObject(cluster, key string, o Object) {
	tx.putObject(cluster, key, o)
	tx.touchObject(cluster, key)
}

func (s *state) putObject(cluster, key string, o Object) {
	if s.objects[cluster] == nil {
		s.objects[cluster] = map[string]map[string]Object{}
	}
	kind := kindOf(key)
	if s.objects[cluster][kind] == nil {
		s.objects[cluster][kind] = map[string]Object{}
	}
	s.objects[cluster][kind][key] = o
}

// DropObject removes an object. A cluster ends with its last object.
func (tx *Tx) DropObject(cluster, key string) {
	tx.dropObject(cluster, key)
	tx.touchObject(cluster, key)
}

func (s *state) dropObject(cluster, key string) {
	kind := kindOf(key)
	if delete(s.objects[cluster][kind], key); len(s.objects[cluster][kind]) == 0 {
		delete(s.objects[cluster], kind)
	}
	if len(s.objects[cluster]) == 0 {
		delete(s.objects, cluster)
	}
}

// DropObjects removes all objects of a cluster.
func (tx *Tx) DropObjects(cluster string) {
	for key := range tx.Objects(cluster) {
		tx.DropObject(cluster, key)
	}
}

func (tx *Tx) touchObject(cluster, key string) {
	if tx.touched.objects[cluster] == nil {
		tx.touched.objects[cluster] = map[string]bool{}
	}
	tx.touched.objects[cluster][key] = true
	tx.change()
}

// Note returns a fact that a controller keeps between runs, "" for none.
func (tx *Tx) Note(key string) string { return tx.notes[key] }

// SetNote keeps a fact by a key of the controller's choice; an empty value forgets it.
func (tx *Tx) SetNote(key, value string) {
	if tx.notes[key] == value {
		return
	}
	tx.setNote(key, value)
	tx.touched.notes[key] = true
	tx.change()
}

func (s *state) setNote(key, value string) {
	if s.notes[key] = value; value == "" {
		delete(s.notes, key)
	}
}

// ForgetNotes forgets the facts whose keys match.
func (tx *Tx) ForgetNotes(match func(key string) bool) {
	for key := range tx.notes {
		if match(key) {
			tx.SetNote(key, "")
		}
	}
}

// Serial is the last number that NextSerial has returned.
func (tx *Tx) Serial() uint64 { return tx.serial }

// Revision is another number after every change. It is not kept.
func (tx *Tx) Revision() uint64 { return tx.revision }

func (tx *Tx) change() {
	tx.changed = true
	tx.revision++
}

// NextSerial returns a number that was never returned before in this world. The same history gives the same
// numbers.
func (tx *Tx) NextSerial() uint64 {
	tx.serial++
	tx.change()
	return tx.serial
}
