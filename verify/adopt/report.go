package adopt

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
)

// Report says what a stack file takes over, and what it does not.
type Report struct {
	// Taken are the services of the file that the program takes over, Owned those that their owners keep, Left what is not in it.
	Taken []string
	Owned []string
	Left  []Left
	// Yours is what a person has to fill in or decide. Before is what the owners have to do before the first up, as the program's
	// preview would say it. Notes are what is good to know.
	Yours, Before, Notes []string
}

// Left is something that was not taken over, with every reason.
type Left struct {
	What    string
	Reasons []string
}

func (r *Report) leave(what, reason string, args ...any) {
	reason = fmt.Sprintf(reason, args...)
	for i := range r.Left {
		if r.Left[i].What == what {
			r.Left[i].Reasons = append(r.Left[i].Reasons, reason)
			return
		}
	}
	r.Left = append(r.Left, Left{what, []string{reason}})
}

func (r *Report) yours(format string, args ...any) {
	r.Yours = append(r.Yours, fmt.Sprintf(format, args...))
}

func (r *Report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Print writes the report.
func (r *Report) Print(out io.Writer) {
	list := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(out, "\n%s\n", title)
		for _, line := range lines {
			fmt.Fprintf(out, "  %s\n", printable(line))
		}
	}
	list("Taken over, unchanged at first:", r.Taken)
	list("Left to their owners, who enrol them:", r.Owned)
	var left []string
	for _, l := range r.Left {
		for _, reason := range l.Reasons {
			left = append(left, l.What+": "+reason)
		}
	}
	list("Not taken over:", left)
	list("Yours to fill in or decide:", r.Yours)
	list("To do in the accounts before the first up, by whoever owns it:", r.Before)
	list("Good to know:", r.Notes)
}

// plain is text that cannot be taken for anything else.
var plain = regexp.MustCompile(`^[\w+=,.@:/-]+$`)

// shown is a name of somebody else's in a message.
func shown(name string) string {
	if plain.MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}

// printable keeps a line one line: whatever is in it, the terminal gets no control character.
func printable(line string) string {
	out := make([]rune, 0, len(line))
	for _, r := range line {
		if !strconv.IsPrint(r) {
			escaped := strconv.QuoteRune(r)
			out = append(out, []rune(escaped[1:len(escaped)-1])...)
			continue
		}
		out = append(out, r)
	}
	return string(out)
}
