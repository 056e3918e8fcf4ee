// Package shim is the process that the engine starts for one provider instance. The provider itself lives
// in the sandbox: the shim asks for an instance over the sandbox's control socket, tells the engine its
// port, and stays for as long as the engine and the sandbox want it.
package shim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// Socket is the environment variable that holds the control socket's path.
const Socket = "AMBIENT_ECS_SANDBOX"

// Prefix begins the file name of every provider plugin; the package name follows.
const Prefix = "pulumi-resource-"

// Request asks for an instance of a package. It and Reply are one line of JSON each.
type Request struct {
	Package string `json:"package"`
	// Engine is the address of the engine that started the plugin.
	Engine string `json:"engine"`
}

// Reply is the instance's port on 127.0.0.1, or why there is none.
type Reply struct {
	Port  int    `json:"port,omitempty"`
	Error string `json:"error,omitempty"`
}

// Run is the whole plugin: args are the process's arguments, the program's own name first. It returns when the
// sandbox closes the connection, or with an error when it gets no instance.
func Run(args []string, out io.Writer) error {
	socket := os.Getenv(Socket)
	if socket == "" {
		return errors.New("this plugin belongs to a sandbox and runs only inside one")
	}
	name := strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	request := Request{Package: strings.TrimPrefix(name, Prefix)}
	// The engine passes its own flags first and its address last.
	if len(args) > 1 {
		request.Engine = args[len(args)-1]
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return fmt.Errorf("the sandbox does not answer: %w", err)
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(request); err != nil {
		return fmt.Errorf("ask the sandbox for package %s: %w", request.Package, err)
	}
	var reply Reply
	if err := json.NewDecoder(conn).Decode(&reply); err != nil {
		return fmt.Errorf("the sandbox gave no answer for package %s: %w", request.Package, err)
	}
	if reply.Error != "" {
		return errors.New(reply.Error)
	}
	if _, err := fmt.Fprintln(out, reply.Port); err != nil {
		return err
	}
	// Nothing more is said on the connection: it ends when the sandbox ends, or with this process.
	_, _ = io.Copy(io.Discard, conn)
	return nil
}
