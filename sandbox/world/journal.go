package world

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// journal is the world's file: a sequence of JSON records. Each record is one change. The first may hold a whole
// world.
//
// A change is acknowledged only after its record is written. The operating system keeps written data when a process
// is killed, and a kill is what the sandbox has to survive. The file is not synchronized to the disk, so a power
// failure may lose the last changes. A kill may leave part of a record at the end of the file. Its change was never
// acknowledged, and the part is cut off.
type journal struct {
	path string
	// size is the offset of the next record. out is the open file, nil before the first change.
	size int64
	out  *os.File
	// serial is the last serial in the file.
	serial uint64
}

// record is a change. A removed entry is null.
type record struct {
	Serial    uint64                       `json:"serial"`
	Resources map[string]*Resource         `json:"resources,omitempty"`
	Objects   map[string]map[string]Object `json:"objects,omitempty"`
	Notes     map[string]*string           `json:"notes,omitempty"`
}

// File is the name of the world's file in its folder.
const File = "world.json"

// read applies the records in a folder to an empty state.
func read(folder string, s *state) (*journal, error) {
	j := &journal{path: filepath.Join(folder, File)}
	in, err := os.Open(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if j.size, err = s.applyAll(in); err != nil {
		return nil, fmt.Errorf("read the sandbox's state %s: %w", j.path, err)
	}
	j.serial = s.serial
	return j, nil
}

// applyAll applies the complete records of in, and returns how many bytes they have.
func (s *state) applyAll(in io.Reader) (size int64, err error) {
	for records := json.NewDecoder(in); ; {
		var r record
		switch err := records.Decode(&r); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return size, nil
		case err != nil:
			return size, err
		}
		s.apply(&r)
		size = records.InputOffset()
	}
}

func (s *state) apply(r *record) {
	s.serial = r.Serial
	s.revision++
	for key, resource := range r.Resources {
		if s.drop(key); resource != nil {
			s.put(resource)
		}
	}
	for cluster, objects := range r.Objects {
		for key, o := range objects {
			if s.dropObject(cluster, key); o != nil {
				s.putObject(cluster, key, o)
			}
		}
	}
	for key, note := range r.Notes {
		if s.setNote(key, ""); note != nil {
			s.setNote(key, *note)
		}
	}
}

// keep appends a record of the touched entries. Its cost grows with the change, not with the world.
func (j *journal) keep(s *state) error {
	if len(s.touched.resources)+len(s.touched.objects)+len(s.touched.notes) == 0 && s.serial == j.serial {
		return nil
	}
	record, err := json.Marshal(s.record(s.touched))
	if err != nil {
		return fmt.Errorf("keep the sandbox's state: %w", err)
	}
	if j.out == nil {
		if err := j.open(); err != nil {
			return fmt.Errorf("keep the sandbox's state: %w", err)
		}
	}
	// A record ends where its JSON does. A new line after it would be cut off by the next writer, under a reader that is past it.
	line := append([]byte{'\n'}, record...)
	if _, err := j.out.Write(line); err != nil {
		return fmt.Errorf("keep the sandbox's state: %w", errors.Join(err, j.out.Truncate(j.size)))
	}
	j.size += int64(len(line))
	s.touched, j.serial = newTouched(), s.serial
	return nil
}

// open prepares the file for more records. It cuts off an incomplete last record that a kill has left.
func (j *journal) open() (err error) {
	if err := os.MkdirAll(filepath.Dir(j.path), 0o755); err != nil {
		return err
	}
	if j.out, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600); err != nil {
		return err
	}
	return j.out.Truncate(j.size)
}

// compact replaces all records by one that holds the whole world.
func (j *journal) compact(s *state) error {
	if err := j.keep(s); err != nil || j.out == nil {
		return err
	}
	data, err := s.whole()
	if err != nil {
		return err
	}
	if err := os.WriteFile(j.path+".new", data, 0o600); err != nil {
		return err
	}
	if err := os.Rename(j.path+".new", j.path); err != nil {
		return err
	}
	err = j.out.Close()
	j.out, j.size = nil, int64(len(data))
	return err
}

// whole is a record of the whole world.
func (s *state) whole() ([]byte, error) {
	all := newTouched()
	for key := range s.resources {
		all.resources[key] = true
	}
	for key := range s.notes {
		all.notes[key] = true
	}
	for cluster, kinds := range s.objects {
		all.objects[cluster] = map[string]bool{}
		for _, objects := range kinds {
			for key := range objects {
				all.objects[cluster][key] = true
			}
		}
	}
	return json.Marshal(s.record(all))
}

// record is a record of the touched entries with their present values.
func (s *state) record(t touched) *record {
	r := &record{Serial: s.serial, Resources: map[string]*Resource{}, Objects: map[string]map[string]Object{}, Notes: map[string]*string{}}
	for key := range t.resources {
		r.Resources[key] = s.resources[key]
	}
	for cluster, keys := range t.objects {
		r.Objects[cluster] = map[string]Object{}
		for key := range keys {
			r.Objects[cluster][key] = s.objects[cluster][kindOf(key)][key]
		}
	}
	for key := range t.notes {
		r.Notes[key] = nil
		if value, ok := s.notes[key]; ok {
			r.Notes[key] = &value
		}
	}
	return r
}
