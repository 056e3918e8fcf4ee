// Package zone chooses availability zones by their ids.
//
// A zone id ("euc1-az1") names the same place in every account. A zone name ("eu-central-1a") does not, because AWS
// shuffles the names for each account. The same name in two accounts may be two places: traffic that looks local
// would cross zones and cost money.
//
// The package imports nothing of Pulumi.
package zone
