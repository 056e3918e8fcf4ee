//go:build !unix

package lock

import "os"

// lockFile does nothing: the standard library knows no file lock here.
func lockFile(*os.File) error { return nil }
