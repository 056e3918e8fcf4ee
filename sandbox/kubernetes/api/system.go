package api

import "errors"

// systemNamespaces come with every cluster and cannot be deleted.
var systemNamespaces = []string{"default", "kube-node-lease", "kube-public", "kube-system"}

var errSystemNamespace = errors.New("this namespace may not be deleted")

// Bootstrap makes what a new cluster has from its first second.
func (c *Cluster) Bootstrap() error {
	for _, name := range systemNamespaces {
		if c.Get(NamespaceKind, "", name) != nil {
			continue
		}
		ns := Object{"apiVersion": "v1", "kind": "Namespace", "metadata": Object{"name": name}}
		c.fillIn(builtin[NamespaceKind], ns, nil)
		if err := c.Write(ns); err != nil {
			return err
		}
	}
	return nil
}
