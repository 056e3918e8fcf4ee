package cost

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"ambient-ecs/verify/preview"
)

// Line is what one kind of thing costs in one account.
type Line struct {
	Account Account
	// Item says what it is, such as "NAT gateway".
	Item string
	// Count is how many there are.
	Count float64
	// Hourly is what all of them cost in an hour, in US dollars.
	Hourly float64
	// Unverified reports that the list has no source for a price of this line.
	Unverified bool
	// Unknown says why the line has no price. Hourly is 0 then.
	Unknown string
}

// Monthly is what all of them cost in a month of 730 hours, in US dollars.
func (l Line) Monthly() float64 { return l.Hourly * Hours }

// Estimate is what a stack costs.
type Estimate struct {
	// Date is that of the list of prices, as YYYY-MM-DD.
	Date string
	// Lines are sorted by account, and within an account by price, dearest first.
	Lines []Line
	// NotInSum names what depends on use.
	NotInSum []string
}

// Hourly is the sum of the lines that have a price, in US dollars. With an account, only its lines count.
func (e *Estimate) Hourly(accounts ...Account) (sum float64) {
	for _, line := range e.Lines {
		if len(accounts) == 0 || slices.Contains(accounts, line.Account) {
			sum += line.Hourly
		}
	}
	return sum
}

// Priced counts the lines that have a price, and without those that have none. With an account, only its lines count.
func (e *Estimate) Priced(accounts ...Account) (priced, without int) {
	for _, line := range e.Lines {
		switch {
		case len(accounts) > 0 && !slices.Contains(accounts, line.Account):
		case line.Unknown != "":
			without++
		default:
			priced++
		}
	}
	return priced, without
}

// UnverifiedRegions are the regions of lines whose price has no source, in their order, with the number of those lines.
func (e *Estimate) UnverifiedRegions() (regions []string, lines map[string]int) {
	lines = map[string]int{}
	for _, line := range e.Lines {
		if line.Unverified {
			lines[line.Account.Region]++
		}
	}
	return slices.Sorted(maps.Keys(lines)), lines
}

// Accounts are the accounts with lines, in their order.
func (e *Estimate) Accounts() (accounts []Account) {
	for _, line := range e.Lines {
		if !slices.Contains(accounts, line.Account) {
			accounts = append(accounts, line.Account)
		}
	}
	return accounts
}

// Add adds up what a stack costs at a time. The time decides whether EKS still supports the version of Kubernetes.
func Add(s *preview.Stack, prices *Prices, now time.Time) *Estimate {
	a := &adder{stack: s, prices: prices, now: now, estimate: &Estimate{Date: prices.Date}}
	for _, r := range s.Resources {
		rule, priced := rules[r.Type]
		switch {
		case priced:
			rule(a, r)
		case strings.HasPrefix(r.Type, "kubernetes:"):
			object(a, r)
		case strings.HasPrefix(r.Type, "aws:") && !free[r.Type] && uses[r.Type] == "":
			a.unknown(r, r.Type, "this command does not know what it costs")
		}
		if use := uses[r.Type]; use != "" {
			a.use(use)
		}
	}
	discovery(a)
	a.use("data that leaves AWS, or goes from one zone or region to another")
	slices.SortStableFunc(a.estimate.Lines, func(x, y Line) int {
		return cmp.Or(cmp.Compare(x.Account.ID, y.Account.ID), cmp.Compare(x.Account.Region, y.Account.Region), cmp.Compare(y.Hourly, x.Hourly), cmp.Compare(x.Item, y.Item))
	})
	slices.Sort(a.estimate.NotInSum)
	return a.estimate
}

type adder struct {
	stack    *preview.Stack
	prices   *Prices
	now      time.Time
	estimate *Estimate
}

// part is an amount of something that has a price.
type part struct {
	price  string
	amount float64
}

// line adds count times the parts.
func (a *adder) line(r *resource, item string, count float64, parts ...part) {
	if count == 0 {
		return
	}
	line := Line{Account: accountOf(a.stack, r), Item: item, Count: count}
	for _, p := range parts {
		price, known := a.prices.find(line.Account.Region, p.price)
		if !known {
			_, region := a.prices.Regions[line.Account.Region]
			line.Hourly, line.Unverified, line.Unknown = 0, false, "the list has no price "+p.price+" for "+line.Account.Region
			if !region {
				line.Unknown = "the list has no prices for the region " + cmp.Or(line.Account.Region, "of its provider")
			}
			break
		}
		line.Hourly += count * p.amount * price.PerHour()
		line.Unverified = line.Unverified || price.Source == ""
	}
	a.put(line)
}

// unknown adds a line without a price.
func (a *adder) unknown(r *resource, item, why string) {
	a.put(Line{Account: accountOf(a.stack, r), Item: item, Count: 1, Unknown: why})
}

func (a *adder) put(line Line) {
	for i := range a.estimate.Lines {
		if other := &a.estimate.Lines[i]; other.Account == line.Account && other.Item == line.Item && other.Unknown == line.Unknown {
			other.Count, other.Hourly = other.Count+line.Count, other.Hourly+line.Hourly
			return
		}
	}
	a.estimate.Lines = append(a.estimate.Lines, line)
}

func (a *adder) use(item string) {
	if !slices.Contains(a.estimate.NotInSum, item) {
		a.estimate.NotInSum = append(a.estimate.NotInSum, item)
	}
}
