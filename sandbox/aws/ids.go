package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"ambient-ecs/sandbox/world"
)

// digest is a string of hex digits that is stable for the same history of the world.
func digest(tx *world.Tx, purpose string) string {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%s/%d", purpose, tx.NextSerial())))
	return hex.EncodeToString(sum[:])
}

// newID makes an EC2 id such as vpc-0a1b2c3d4e5f67890.
func newID(tx *world.Tx, prefix string) string { return prefix + "-0" + digest(tx, prefix)[:16] }

// ec2ID makes a type's ids such as vpc-0a1b2c3d4e5f67890.
func ec2ID(prefix string) func(*world.Tx) string {
	return func(tx *world.Tx) string { return newID(tx, prefix) }
}

// newUUID makes an id such as those of KMS keys.
func newUUID(tx *world.Tx, purpose string) string {
	d := digest(tx, purpose)
	return fmt.Sprintf("%s-%s-4%s-a%s-%s", d[:8], d[8:12], d[13:16], d[17:20], d[20:32])
}

// newUnique makes IAM's unique ids, such as AROA… for roles.
func newUnique(tx *world.Tx, prefix string) string {
	return prefix + strings.ToUpper(digest(tx, prefix)[:17])
}

// arn makes an ARN of this account and region.
func (c *call) arn(service, resource string) string { return c.expand(arn(service, resource), nil) }

// iamARN makes an ARN of this account.
func (c *call) iamARN(resource string) string { return c.expand(iamARN(resource), nil) }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
