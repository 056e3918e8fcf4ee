package aws

import "strings"

// ARN is an Amazon Resource Name in its parts. The zero value stands for a text that is not an ARN.
type ARN struct{ Partition, Service, Region, Account, Resource string }

// ParseARN takes an ARN apart.
func ParseARN(text string) ARN {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 {
		return ARN{}
	}
	return ARN{parts[1], parts[2], parts[3], parts[4], parts[5]}
}

// AccountOf is the account in an ARN, or "".
func AccountOf(arn string) string { return ParseARN(arn).Account }

// NameOf is the part of an ARN after the last slash, or the whole text.
func NameOf(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
