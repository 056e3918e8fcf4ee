package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/run"
)

func (p *program) doctor() *cobra.Command {
	var format, kubeconfig string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is missing where a call does not work, and how to mend it",
		Long: text(`
			doctor walks the way of every call and names the first missing piece of each that does not work. It reads,
			makes no call and changes nothing. What stops no call now but will stop the next task is told last.

			Before the first up of a stack with existingEks it says what is in the way in that EKS cluster: another Istio, sidecars,
			definitions of the Gateway API, plug-ins of its network.

			Exit codes: 0 nothing is missing, 1 something is, 2 the mesh could not be read.`),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("output format %q: want text or json", format)
			}
			s, err := p.read(c.Context())
			if notUp(err) {
				found, looked, ahead := p.ahead(c.Context(), kubeconfig)
				switch {
				case ahead != nil:
					return ahead
				case looked:
					return told(c.OutOrStdout(), format, found)
				}
			}
			if err != nil {
				return err
			}
			e, err := p.evidence(c.Context(), p.place, s)
			if err != nil {
				return err
			}
			found, err := doctor.Run(c.Context(), e, s)
			if err != nil {
				return err
			}
			return told(c.OutOrStdout(), format, found)
		},
	}
	c.Flags().StringVar(&kubeconfig, "kubeconfig", "", "a `FILE` to look into an existing EKS cluster with, before the first up (default: tokens of 'aws eks get-token')")
	c.Flags().StringVarP(&format, "output", "o", "text", "`FORMAT`: text or json")
	return c
}

// told prints the findings. With any the status is that of something wrong.
func told(w io.Writer, format string, found []doctor.Finding) error {
	if err := printFindings(w, format, found); err != nil {
		return err
	}
	if len(found) > 0 {
		return status(run.ExitWrong)
	}
	return nil
}

// shown is the largest number of affected pairs that are listed for a finding.
const shown = 4

func printFindings(w io.Writer, format string, found []doctor.Finding) error {
	if format == "json" {
		type finding struct {
			Ingredient string   `json:"ingredient"`
			Subject    string   `json:"subject"`
			Affects    []string `json:"affects"`
			Sentence   string   `json:"sentence"`
			Fix        string   `json:"fix"`
			Latent     bool     `json:"latent"`
		}
		all := []finding{}
		for _, f := range found {
			all = append(all, finding(f))
		}
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(all)
	}
	if len(found) == 0 {
		_, err := fmt.Fprintln(w, "Nothing is missing.")
		return err
	}
	for i, f := range found {
		text := fmt.Sprintf("%d. %s.\n   Fix: %s.\n", i+1, f.Sentence, f.Fix)
		if affected := f.Affects; len(affected) > 0 {
			more := ""
			if len(affected) > shown {
				more = fmt.Sprintf(", and %d more", len(affected)-shown)
				affected = affected[:shown]
			}
			text += "   Affects: " + strings.Join(affected, ", ") + more + "\n"
		}
		if f.Latent {
			text += "   It stops no call now, but the next task.\n"
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}
