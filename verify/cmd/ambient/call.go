package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/stack"
)

// eksPrefix marks a caller in EKS.
const eksPrefix = "eks:"

func (p *program) call() *cobra.Command {
	var request backend.Request
	var headers []string
	c := &cobra.Command{
		Use:   "call FROM URL",
		Short: "Make one request from a workload of the mesh",
		Long: text(`
			call makes one request and prints the answer, indented if it is JSON. How the call ended and whom the access
			log shows goes to standard error.

			FROM is an ECS service (ecs-1/shell-task) or a workload of EKS (eks:default/eks-shell).

			Exit codes: 0 it was answered, 1 it failed, 2 it makes no sense, 3 it could not be made.`),
		Example: "  ambient call ecs-1/shell-task http://echo-service.ambient-ecs-3.ecs.external:8080/",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) (err error) {
			s, b, err := p.connect(c.Context(), access{log: c.ErrOrStderr()})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, b.Close()) }()
			if err := fill(&request, s, args[0], args[1], headers); err != nil {
				return err
			}
			answer := b.Call(c.Context(), request)
			if err := printBody(c.OutOrStdout(), answer.Body); err != nil {
				return err
			}
			fmt.Fprintln(c.ErrOrStderr(), ending(answer))
			switch answer.Outcome {
			case backend.Answered:
				return nil
			case backend.Undecided:
				return status(run.ExitUndecided)
			}
			return status(run.ExitWrong)
		},
	}
	flags := c.Flags()
	flags.StringVarP(&request.Method, "method", "X", "", "the request's method (default: GET, or POST with --data)")
	flags.StringVarP(&request.Data, "data", "d", "", "the request's body")
	flags.StringArrayVarP(&headers, "header", "H", nil, "a header, \"Name: value\"; may be given several times")
	flags.BoolVar(&request.PastProxy, "past-proxy", false, "call directly from a task instead of through its ztunnel")
	flags.DurationVar(&request.Timeout, "timeout", 0, "how long to wait for the answer (default: the back end's own)")
	return c
}

// fill completes a request from the command line.
func fill(r *backend.Request, s *stack.Stack, from, target string, headers []string) error {
	source, err := caller(s, from)
	if err != nil {
		return err
	}
	r.From = source
	if r.PastProxy && !source.ECS() {
		return errors.New("--past-proxy is for tasks: nothing in a pod of the mesh gets past its proxy")
	}
	r.ByProxy = source.ECS() && !r.PastProxy && s.Clusters[source.Cluster].Services[source.Service].Client == stack.ClientNone
	if r.Timeout < 0 {
		return fmt.Errorf("--timeout %s: it cannot be negative", r.Timeout)
	}
	u, err := url.Parse(target)
	if err != nil {
		return fmt.Errorf("URL: %w", err)
	}
	if u.Scheme != "http" || u.Hostname() == "" {
		return fmt.Errorf("URL %q: want http://HOST[:PORT][/PATH]; the mesh encrypts by itself", target)
	}
	r.Host, r.Port, r.Path = u.Hostname(), 80, u.RequestURI()
	if u.Port() != "" {
		if r.Port, err = strconv.Atoi(u.Port()); err != nil || r.Port < 1 || r.Port > 65535 {
			return fmt.Errorf("URL %q: port %q is not between 1 and 65535", target, u.Port())
		}
	}
	for _, h := range headers {
		name, value, ok := strings.Cut(h, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return fmt.Errorf("header %q: want \"Name: value\"", h)
		}
		if r.Headers == nil {
			r.Headers = map[string]string{}
		}
		r.Headers[name] = strings.TrimSpace(value)
	}
	if r.Method == "" && r.Data != "" {
		r.Method = http.MethodPost
	}
	return nil
}

// caller reads FROM.
func caller(s *stack.Stack, from string) (backend.Source, error) {
	if rest, ok := strings.CutPrefix(from, eksPrefix); ok {
		namespace, workload, ok := strings.Cut(rest, "/")
		if !ok || namespace == "" || workload == "" {
			return backend.Source{}, fmt.Errorf("caller %q: want %sNAMESPACE/WORKLOAD", from, eksPrefix)
		}
		return backend.Source{Namespace: namespace, Workload: workload}, nil
	}
	cluster, service, _ := strings.Cut(from, "/")
	c, ok := s.Clusters[cluster]
	if !ok {
		return backend.Source{}, fmt.Errorf("caller %q: the stack has the ECS clusters %s; a workload of EKS is %sNAMESPACE/WORKLOAD", from, strings.Join(s.ClusterKeys(), ", "), eksPrefix)
	}
	if _, ok := c.Services[service]; !ok {
		return backend.Source{}, fmt.Errorf("caller %q: %s has the services %s", from, cluster, strings.Join(c.ServiceKeys(), ", "))
	}
	return backend.Source{Cluster: cluster, Service: service}, nil
}

// printBody prints an answer's body, indented if it is JSON.
func printBody(w io.Writer, body string) error {
	if body == "" {
		return nil
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, []byte(body), "", "  ") == nil {
		body = pretty.String()
	}
	if !strings.HasSuffix(body, "\n") {
		body += "\n"
	}
	_, err := io.WriteString(w, body)
	return err
}

// ending describes the result of a call on one line.
func ending(a backend.Answer) string {
	line := string(a.Outcome)
	if a.Status != 0 {
		line += fmt.Sprintf(" %d", a.Status)
	}
	if a.Exit != 0 {
		line += fmt.Sprintf(" (curl %d)", a.Exit)
	}
	if a.Took > 0 {
		line += " in " + a.Took.Round(time.Millisecond).String()
	}
	if a.Client != "" || a.Server != "" {
		line += ", " + a.Client + " → " + a.Server
	}
	if a.Why != "" {
		line += ": " + a.Why
	}
	return line
}
