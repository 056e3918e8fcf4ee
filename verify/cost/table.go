package cost

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table prints the estimate for people. It begins with the regions whose prices are unverified, so that nobody takes their sum for AWS's.
func (e *Estimate) Table(w io.Writer) error {
	if regions, lines := e.UnverifiedRegions(); len(regions) > 0 {
		for i, region := range regions {
			regions[i] = fmt.Sprintf("%s (lines: %d)", region, lines[region])
		}
		fmt.Fprintf(w, "Prices are unverified in %s: no source was found. Check them at https://calculator.aws.\n\n", strings.Join(regions, ", "))
	}
	for _, account := range e.Accounts() {
		if err := e.account(w, account); err != nil {
			return err
		}
	}
	priced, without := e.Priced()
	sum := fmt.Sprintf("$%.4f an hour, $%.2f a month of %d hours", e.Hourly(), e.Hourly()*Hours, Hours)
	if priced == 0 && without > 0 {
		sum = unknown
	}
	fmt.Fprintf(w, "All accounts: %s%s. List prices of %s, without tax, discounts and free tiers.\n", sum, incomplete(without), e.Date)
	if without > 0 {
		fmt.Fprintln(w, "What a region's list lacks may be given with --prices FILE: docs/cost.md.")
	}
	_, err := fmt.Fprintf(w, "Not in the sum, because it depends on use:\n- %s\n", strings.Join(e.NotInSum, "\n- "))
	return err
}

// unknown stands where there is no price.
const unknown = "unknown"

// incomplete says beside a sum how many lines it lacks.
func incomplete(without int) string {
	if without == 0 {
		return ""
	}
	return fmt.Sprintf(", incomplete (lines without a price: %d)", without)
}

// account prints the lines of an account and their sum.
func (e *Estimate) account(w io.Writer, account Account) error {
	fmt.Fprintf(w, "Account %s, %s\n", cmp.Or(account.ID, "that no provider names"), cmp.Or(account.Region, "no region"))
	rows := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(rows, "COUNT\tUSD/HOUR\tUSD/MONTH\t  ITEM")
	for _, line := range e.Lines {
		switch {
		case line.Account != account:
		case line.Unknown != "":
			fmt.Fprintf(rows, "%v\t%s\t%s\t  %s: %s\n", line.Count, unknown, unknown, line.Item, line.Unknown)
		default:
			item := line.Item
			if line.Unverified {
				item += " (price unverified)"
			}
			fmt.Fprintf(rows, "%v\t%.4f\t%.2f\t  %s\n", line.Count, line.Hourly, line.Monthly(), item)
		}
	}
	priced, without := e.Priced(account)
	hourly, monthly := fmt.Sprintf("%.4f", e.Hourly(account)), fmt.Sprintf("%.2f", e.Hourly(account)*Hours)
	if priced == 0 {
		hourly, monthly = unknown, unknown
	}
	fmt.Fprintf(rows, "\t%s\t%s\t  together%s\n", hourly, monthly, incomplete(without))
	if err := rows.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// document is the JSON of an estimate. Fields are only ever added. The sums are null where lines are there and none has a price.
type document struct {
	PricesOf string `json:"pricesOf"`
	Currency string `json:"currency"`
	// UnverifiedRegions are those of lines whose price has no source.
	UnverifiedRegions []string `json:"unverifiedRegions,omitempty"`
	// Incomplete reports that a line has no price, so that the sums are too small.
	Incomplete bool     `json:"incomplete"`
	Hourly     *float64 `json:"hourly"`
	Monthly    *float64 `json:"monthly"`
	Lines      []entry  `json:"lines"`
	NotInSum   []string `json:"notInSum"`
}

// entry has no hourly and no monthly price if unknown says why.
type entry struct {
	Account    string   `json:"account"`
	Region     string   `json:"region"`
	Item       string   `json:"item"`
	Count      float64  `json:"count"`
	Hourly     *float64 `json:"hourly,omitempty"`
	Monthly    *float64 `json:"monthly,omitempty"`
	Unverified bool     `json:"unverified,omitempty"`
	Unknown    string   `json:"unknown,omitempty"`
}

// JSON prints the estimate for programs.
func (e *Estimate) JSON(w io.Writer) error {
	priced, without := e.Priced()
	d := document{PricesOf: e.Date, Currency: "USD", Incomplete: without > 0, Lines: []entry{}, NotInSum: e.NotInSum}
	d.UnverifiedRegions, _ = e.UnverifiedRegions()
	if priced > 0 || without == 0 {
		hourly, monthly := e.Hourly(), e.Hourly()*Hours
		d.Hourly, d.Monthly = &hourly, &monthly
	}
	for _, line := range e.Lines {
		item := entry{Account: line.Account.ID, Region: line.Account.Region, Item: line.Item, Count: line.Count, Unverified: line.Unverified, Unknown: line.Unknown}
		if line.Unknown == "" {
			hourly, monthly := line.Hourly, line.Monthly()
			item.Hourly, item.Monthly = &hourly, &monthly
		}
		d.Lines = append(d.Lines, item)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}
