package cost

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table prints the estimate for people.
func (e *Estimate) Table(w io.Writer) error {
	unverified, without := 0, 0
	for _, account := range e.Accounts() {
		fmt.Fprintf(w, "Account %s, %s\n", cmp.Or(account.ID, "that no provider names"), cmp.Or(account.Region, "no region"))
		rows := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(rows, "COUNT\tUSD/HOUR\tUSD/MONTH\t  ITEM")
		for _, line := range e.Lines {
			switch {
			case line.Account != account:
			case line.Unknown != "":
				without++
				fmt.Fprintf(rows, "%v\t?\t?\t  %s: %s\n", line.Count, line.Item, line.Unknown)
			default:
				item := line.Item
				if line.Unverified {
					unverified++
					item += " (price unverified)"
				}
				fmt.Fprintf(rows, "%v\t%.4f\t%.2f\t  %s\n", line.Count, line.Hourly, line.Monthly(), item)
			}
		}
		fmt.Fprintf(rows, "\t%.4f\t%.2f\t  together\n", e.Hourly(account), e.Hourly(account)*Hours)
		if err := rows.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "All accounts: $%.4f an hour, $%.2f a month of %d hours. List prices of %s, without tax, discounts and free tiers.\n", e.Hourly(), e.Hourly()*Hours, Hours, e.Date)
	if without > 0 {
		fmt.Fprintf(w, "Lines without a price, not in the sum: %d.\n", without)
	}
	if unverified > 0 {
		fmt.Fprintf(w, "Lines with a price for which no source was found: %d. Check them at https://calculator.aws.\n", unverified)
	}
	_, err := fmt.Fprintf(w, "Not in the sum, because it depends on use:\n- %s\n", strings.Join(e.NotInSum, "\n- "))
	return err
}

// document is the JSON of an estimate. Fields are only ever added.
type document struct {
	PricesOf string   `json:"pricesOf"`
	Currency string   `json:"currency"`
	Hourly   float64  `json:"hourly"`
	Monthly  float64  `json:"monthly"`
	Lines    []entry  `json:"lines"`
	NotInSum []string `json:"notInSum"`
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
	d := document{PricesOf: e.Date, Currency: "USD", Hourly: e.Hourly(), Monthly: e.Hourly() * Hours, Lines: []entry{}, NotInSum: e.NotInSum}
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
