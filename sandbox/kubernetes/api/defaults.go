package api

import (
	"encoding/base64"
	"fmt"
	"time"
)

// fillIn changes an object as the API server does before validation: it sets defaults and the fields that the
// server assigns. It has only the defaults that are visible in this sandbox.
func (c *Cluster) fillIn(kind Kind, o, live Object) {
	if s, err := schemasOf(kind); err == nil && s != nil {
		s.fillIn(kind.GroupVersionKind, o)
		return
	}
	switch kind.GroupVersionKind {
	case NamespaceKind:
		Set(o, Name(o), "metadata", "labels", "kubernetes.io/metadata.name")
		Set(o, []any{"kubernetes"}, "spec", "finalizers")
		if live == nil {
			Set(o, "Active", "status", "phase")
		}
	case SecretKind:
		for k, v := range Strings(o, "stringData") {
			Set(o, base64.StdEncoding.EncodeToString([]byte(v)), "data", k)
		}
		delete(o, "stringData")
		fallbackTo(o, "Opaque", "type")
	case DeploymentKind:
		fallbackTo(o, int64(1), "spec", "replicas")
		fallbackTo(o, int64(10), "spec", "revisionHistoryLimit")
		fallbackTo(o, int64(600), "spec", "progressDeadlineSeconds")
		fallbackTo(o, "RollingUpdate", "spec", "strategy", "type")
		fillInPod(Map(o, "spec", "template", "spec"))
	case DaemonSetKind:
		fallbackTo(o, int64(10), "spec", "revisionHistoryLimit")
		fallbackTo(o, "RollingUpdate", "spec", "updateStrategy", "type")
		fillInPod(Map(o, "spec", "template", "spec"))
	case ServiceKind:
		c.fillInService(o)
	case CRDKind:
		c.fillInDefinition(o, live)
	}
}

func fallbackTo(o Object, value any, path ...string) {
	if o != nil && Value(o, path...) == nil {
		Set(o, value, path...)
	}
}

func fillInPod(spec Object) {
	if spec == nil {
		return
	}
	fallbackTo(spec, "Always", "restartPolicy")
	fallbackTo(spec, "ClusterFirst", "dnsPolicy")
	fallbackTo(spec, int64(30), "terminationGracePeriodSeconds")
	for _, container := range Maps(spec, "containers") {
		fallbackTo(container, "IfNotPresent", "imagePullPolicy")
		for _, port := range Maps(container, "ports") {
			fallbackTo(port, "TCP", "protocol")
		}
	}
}

func (c *Cluster) fillInService(o Object) {
	fallbackTo(o, "ClusterIP", "spec", "type")
	fallbackTo(o, "None", "spec", "sessionAffinity")
	for _, port := range Maps(o, "spec", "ports") {
		fallbackTo(port, "TCP", "protocol")
		fallbackTo(port, port["port"], "targetPort")
	}
	if String(o, "spec", "type") != "ExternalName" && String(o, "spec", "clusterIP") == "" {
		n := c.Tx.NextSerial()
		ip := fmt.Sprintf("172.20.%d.%d", n/250%250, n%250+2)
		Set(o, ip, "spec", "clusterIP")
		Set(o, []any{ip}, "spec", "clusterIPs")
	}
	if String(o, "spec", "type") == "LoadBalancer" {
		fallbackTo(o, "Cluster", "spec", "externalTrafficPolicy")
		for _, port := range Maps(o, "spec", "ports") {
			if port["nodePort"] == nil {
				port["nodePort"] = int64(30000 + c.Tx.NextSerial()%2768)
			}
		}
	}
	fallbackTo(o, Object{}, "status", "loadBalancer")
}

// fillInDefinition establishes a new definition at once. A real API server takes some milliseconds.
func (c *Cluster) fillInDefinition(o, live Object) {
	names := Map(o, "spec", "names")
	if names == nil {
		return
	}
	fallbackTo(o, String(names, "kind")+"List", "spec", "names", "listKind")
	fallbackTo(o, "None", "spec", "conversion", "strategy")
	if live != nil {
		return
	}
	Set(o, Copy(names), "status", "acceptedNames")
	for _, v := range Maps(o, "spec", "versions") {
		if Bool(v, "storage") {
			Set(o, []any{v["name"]}, "status", "storedVersions")
		}
	}
	now := c.Tx.Now.Truncate(time.Second)
	SetCondition(o, "NamesAccepted", "True", "NoConflicts", "no conflicts found", 0, now)
	SetCondition(o, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted", 0, now)
}
