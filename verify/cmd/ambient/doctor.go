package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/run"
)

func (p *program) doctor() *cobra.Command {
	var format, kubeconfig string
	var window time.Duration
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is missing where a call does not work, and how to mend it",
		Long: text(`
			doctor walks the way of every call and names the first missing piece of each that does not work. It reads,
			makes no call and changes nothing. What stops no call now is told after that, and last what may be as intended:
			a service that should call others and called nobody through its ztunnel (docs/clients.md). doctor also says what
			it could not look at.

			Before the first up of a stack with existingEks it says what is in the way in that EKS cluster: another Istio, sidecars,
			definitions of the Gateway API, plug-ins of its network.

			Exit codes: 0 nothing is missing, warnings aside, 1 something is, 2 the mesh could not be read.`),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("output format %q: want text or json", format)
			}
			if window < 0 {
				return fmt.Errorf("--calls-since %s: want how far back to look, or 0 for not at all", window)
			}
			s, err := p.read(c.Context())
			if notUp(err) {
				found, ahead := p.ahead(c.Context(), kubeconfig)
				switch {
				case ahead != nil:
					return ahead
				case found != nil:
					return told(c, format, found)
				}
			}
			if err != nil {
				return err
			}
			e, err := p.evidence(c.Context(), p.place, s)
			if err != nil {
				return err
			}
			found, err := doctor.Run(c.Context(), e, s, doctor.Options{Window: window})
			if err != nil {
				return err
			}
			return told(c, format, found)
		},
	}
	c.Flags().StringVar(&kubeconfig, "kubeconfig", "", "a `FILE` to look into an existing EKS cluster with, before the first up (default: tokens of 'aws eks get-token')")
	c.Flags().StringVarP(&format, "output", "o", "text", "`FORMAT`: text or json; json prints what could not be looked at on standard error")
	c.Flags().DurationVar(&window, "calls-since", 24*time.Hour, "`DURATION` to look back for calls in the access logs of ztunnels and in flow logs, 0 for not at all")
	return c
}

// told prints what was found. If anything is missing, the status is that of something wrong.
func told(c *cobra.Command, format string, found *doctor.Result) error {
	if err := printFindings(c.OutOrStdout(), c.ErrOrStderr(), format, found); err != nil {
		return err
	}
	if found.Missing() {
		return status(run.ExitWrong)
	}
	return nil
}

// shown is the largest number of affected pairs that are listed for a finding.
const shown = 4

func printFindings(w, aside io.Writer, format string, result *doctor.Result) error {
	found := result.Findings
	if format == "json" {
		type finding struct {
			Ingredient string   `json:"ingredient"`
			Subject    string   `json:"subject"`
			Affects    []string `json:"affects"`
			Sentence   string   `json:"sentence"`
			Fix        string   `json:"fix"`
			Latent     bool     `json:"latent"`
			Warning    bool     `json:"warning"`
		}
		all := []finding{}
		for _, f := range found {
			all = append(all, finding(f))
		}
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		if err := out.Encode(all); err != nil {
			return err
		}
		return printUnseen(aside, result.Unseen)
	}
	if len(found) == 0 {
		if _, err := fmt.Fprintln(w, "Nothing is missing."); err != nil {
			return err
		}
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
		switch {
		case f.Latent:
			text += "   It stops no call now.\n"
		case f.Warning:
			text += "   It may be as intended.\n"
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return printUnseen(w, result.Unseen)
}

func printUnseen(w io.Writer, unseen []string) error {
	for _, sentence := range unseen {
		if _, err := fmt.Fprintf(w, "Not looked at: %s.\n", sentence); err != nil {
			return err
		}
	}
	return nil
}
