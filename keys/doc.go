// Package keys makes the KMS keys that the configuration asks for, and says for each account which key encrypts what.
//
// A key is for one use. Its policy lets the account's own IAM policies decide, and lets the one service in that needs the key,
// for the log groups, alarms or volumes of this account only. Keys are rotated each year. A key that is removed can be restored
// for 30 days: what it encrypted is lost after that. With protect no `up` removes one.
package keys
