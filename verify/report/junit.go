package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"time"

	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/run"
)

type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Time     string   `xml:"time,attr"`
	Suites   []*suite `xml:"testsuite"`
}

// suite is the cases of one policy state.
type suite struct {
	Name      string     `xml:"name,attr"`
	Tests     int        `xml:"tests,attr"`
	Failures  int        `xml:"failures,attr"`
	Errors    int        `xml:"errors,attr"`
	Skipped   int        `xml:"skipped,attr"`
	Timestamp string     `xml:"timestamp,attr"`
	Cases     []testcase `xml:"testcase"`
}

type testcase struct {
	Name      string   `xml:"name,attr"`
	ClassName string   `xml:"classname,attr"`
	Time      string   `xml:"time,attr"`
	Failure   *message `xml:"failure"`
	Error     *message `xml:"error"`
	Skipped   *message `xml:"skipped"`
	Output    string   `xml:"system-out,omitempty"`
}

type message struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// junit has a failure for a case that is wrong, and an error for one that is undecided: CI tools count both.
func junit(w io.Writer, r *run.Report) error {
	all := suites{Name: "ambient verify " + r.Install, Time: decimal(r.Took)}
	by := map[string]*suite{}
	in := func(name string) *suite {
		if by[name] == nil {
			by[name] = &suite{Name: name, Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05")}
			all.Suites = append(all.Suites, by[name])
		}
		return by[name]
	}
	for _, result := range r.Results {
		c := result.Case
		s := in(c.State)
		t := testcase{Name: c.ID + " " + c.Name, ClassName: r.Install + "." + string(c.Kind), Time: decimal(result.Took), Output: result.Why}
		text := fmt.Sprintf("%s → %s: expected %s, seen %s: %s", c.Source(), c.Destination(), c.Expected(), result.Seen, orNothing(result.Why))
		switch result.Verdict {
		case run.Wrong:
			t.Failure = &message{"expected " + c.Expected() + ", seen " + result.Seen, text}
			s.Failures++
			all.Failures++
		case run.Undecided:
			t.Error = &message{"undecided", text}
			s.Errors++
			all.Errors++
		}
		s.Tests++
		all.Tests++
		s.Cases = append(s.Cases, t)
	}
	for _, skipped := range r.Skipped {
		s := in(cases.Base)
		s.Cases = append(s.Cases, testcase{Name: skipped.ID + " " + skipped.Name, ClassName: r.Install + ".skipped", Time: "0", Skipped: &message{Message: skipped.Reason}})
		s.Tests++
		s.Skipped++
		all.Tests++
		all.Skipped++
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	out := xml.NewEncoder(w)
	out.Indent("", "  ")
	if err := out.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func decimal(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
