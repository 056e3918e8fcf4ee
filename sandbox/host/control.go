package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/shim"
)

// control answers the shims. Each connection is one provider instance, which lives as long as its shim.
type control struct {
	path     string
	listener net.Listener
	packages map[string]provider.Package

	mu          sync.Mutex
	connections map[net.Conn]struct{}
	running     sync.WaitGroup
}

func listen(path string, packages []provider.Package) (*control, error) {
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox's control socket: %w", err)
	}
	c := &control{path: path, listener: listener, packages: map[string]provider.Package{}, connections: map[net.Conn]struct{}{}}
	for _, p := range packages {
		c.packages[p.Name()] = p
	}
	c.running.Go(c.accept)
	return c, nil
}

func (c *control) accept() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		c.connections[conn] = struct{}{}
		c.mu.Unlock()
		c.running.Go(func() {
			c.serve(conn)
			c.mu.Lock()
			delete(c.connections, conn)
			c.mu.Unlock()
		})
	}
}

// serve runs one instance until its shim goes away.
func (c *control) serve(conn net.Conn) {
	defer conn.Close()
	var request shim.Request
	if err := json.NewDecoder(conn).Decode(&request); err != nil {
		return
	}
	instance, err := c.instance(request)
	if err != nil {
		_ = json.NewEncoder(conn).Encode(shim.Reply{Error: err.Error()})
		return
	}
	defer instance.Close()
	if err := json.NewEncoder(conn).Encode(shim.Reply{Port: instance.Port}); err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, conn)
}

func (c *control) instance(r shim.Request) (*provider.Server, error) {
	pkg, ok := c.packages[r.Package]
	if !ok {
		return nil, fmt.Errorf("the sandbox has no package %q", r.Package)
	}
	return provider.Serve(pkg, r.Engine)
}

// close ends every instance.
func (c *control) close() error {
	err := c.listener.Close()
	c.mu.Lock()
	for conn := range c.connections {
		err = errors.Join(err, conn.Close())
	}
	c.mu.Unlock()
	c.running.Wait()
	return err
}
