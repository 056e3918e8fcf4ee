package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ambient-ecs/verify/topology"
)

// drawings are the formats of topology.
var drawings = []string{"table", "mermaid", "svg", "html", "json"}

func (p *program) topology() *cobra.Command {
	var format string
	var certificates bool
	c := &cobra.Command{
		Use:   "topology",
		Short: "Show the mesh as it is",
		Long: text(`
			topology shows what istiod knows: services, workloads with their protocols and identities, gateways and
			policies, who may call whom, and which services users outside the mesh reach. It reads and changes nothing.

			mermaid and svg are pictures for a document; svg leaves out what does not fit, and says so. html is a page
			with everything, for any number of services: redirect it to a file and open that in a browser. json has the lists
			of the table for other programs.`),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if !slices.Contains(drawings, format) {
				return fmt.Errorf("output format %q: want one of %v", format, drawings)
			}
			if certificates && (format == "mermaid" || format == "svg") {
				return fmt.Errorf("--certificates is for table, html and json: %s does not show them", format)
			}
			s, b, err := p.connect(c.Context(), access{readOnly: true, log: c.ErrOrStderr()})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, b.Close()) }()
			m, err := topology.Read(c.Context(), b, s, certificates)
			if err != nil {
				return err
			}
			return draw(c.OutOrStdout(), m, format)
		},
	}
	c.Flags().StringVarP(&format, "output", "o", drawings[0], "`FORMAT`: table, mermaid, svg, html or json")
	c.Flags().BoolVar(&certificates, "certificates", false, "also show certificates: identity, issuer and expiry")
	return c
}

func draw(w io.Writer, m *topology.Mesh, format string) error {
	var text string
	switch format {
	case "mermaid":
		text = m.Mermaid()
	case "svg":
		text = m.SVG()
	case "html":
		return m.HTML(w, time.Now())
	case "json":
		return m.JSON(w)
	default:
		return m.Table(w)
	}
	_, err := io.WriteString(w, text)
	return err
}
