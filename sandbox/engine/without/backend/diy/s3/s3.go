// Package s3 stands in for the part of AWS's S3 client that Pulumi's file backend refers to.
package s3

// CopyObjectInput is a request that only a backend in S3 makes.
type CopyObjectInput struct {
	// CopySource is the object's bucket and key.
	CopySource *string
}
