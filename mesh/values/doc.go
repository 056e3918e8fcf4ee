// Package values says which Helm releases make the mesh's control plane, in which order, and with which
// values.
//
// Istio's charts have no schema: a misspelt key renders without complaint and does nothing. Every key
// written here is therefore also asserted on the rendered objects, with the real charts.
//
// Two of Istio's traps shape the package. Every value of the istiod chart is copied to a plain ConfigMap,
// so the licence never is a value, only a reference to a Secret. And the ambient profile sets an image
// variant that no empty value can unset, so images without a variant are named in full.
package values
