package enrol

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/problem"
)

// check refuses what the mesh cannot have in a definition. What ECS refuses is found in the enrolled definition.
func check(d *definition.Definition, mesh Mesh) (found problem.List) {
	found.Under("mesh", mesh.Validate())
	for _, container := range slices.Sorted(maps.Keys(mesh.Clients)) {
		if !Calls(d, container) {
			found.Refuse("mesh.Clients."+container, mesh.Clients[container], "the definition has no container of this name that calls anybody")
		}
	}
	own := ztunnelOf(d)
	essential, others := false, 0
	for i, c := range d.ContainerDefinitions {
		at := func(field string) string { return fmt.Sprintf("containerDefinitions[%d].%s", i, field) }
		if definition.Text(c.Name) == ZtunnelName {
			if !made(c) && !adoptable(c) {
				found.Refuse(at("name"), ZtunnelName, "this is the name of the mesh's container, by which discovery knows a task of the mesh: give the container another name")
			}
			continue
		}
		others++
		essential = essential || definition.Essential(c)
		for j, p := range c.PortMappings {
			if port := definition.Number(p.ContainerPort); port >= FirstZtunnelPort && port <= LastZtunnelPort {
				found.Refuse(at(fmt.Sprintf("portMappings[%d].containerPort", j)), port, "ztunnel shares the task's network and keeps the ports %d to %d", FirstZtunnelPort, LastZtunnelPort)
			}
		}
		for j, w := range c.DependsOn {
			if own == nil && definition.Text(w.ContainerName) == ZtunnelName {
				found.Refuse(at(fmt.Sprintf("dependsOn[%d].containerName", j)), ZtunnelName, "there is no container of this name")
			}
		}
	}
	checkDatagrams(&found, d, serviceOf(d, mesh))
	switch {
	case others == 0:
		found.Missing("containerDefinitions", "a task of the mesh runs a container besides %s", ZtunnelName)
	case !essential:
		found.Add("containerDefinitions", "", "none but %s is essential: the task would go on when the application has ended", ZtunnelName)
	}
	return found
}

// serviceOf is the name of the service whose tasks the definition describes.
func serviceOf(d *definition.Definition, mesh Mesh) string {
	return cmp.Or(mesh.Service, definition.Text(d.Family))
}

// made reports whether Enrol made the container.
func made(c types.ContainerDefinition) bool { return c.DockerLabels[LabelIdentity] != "" }

// adoptable reports whether the container is as `istioctl ecs add-service`, or the program for a service in its short form,
// makes it: ztunnel's image, and a bootstrap token.
func adoptable(c types.ContainerDefinition) bool {
	image, _, _ := strings.Cut(definition.Text(c.Image), "@")
	image = image[strings.LastIndexByte(image, '/')+1:]
	image, _, _ = strings.Cut(image, ":")
	return image == ZtunnelName && slices.ContainsFunc(c.Environment, func(v types.KeyValuePair) bool {
		return definition.Text(v.Name) == EnvBootstrapToken && definition.Text(v.Value) != ""
	})
}

// Remarks are those of the notes that nobody has to do anything about.
func Remarks(before, after *definition.Definition, mesh Mesh) (remarks []string) {
	remark := func(format string, args ...any) { remarks = append(remarks, fmt.Sprintf(format, args...)) }
	if own := ztunnelOf(before); own != nil && !made(*own) {
		remark("the container %s was adopted: it was made by istioctl ecs add-service or by this program, and is now enrol's", ZtunnelName)
	}
	for _, c := range after.ContainerDefinitions {
		name := definition.Text(c.Name)
		if name == ZtunnelName {
			continue
		}
		if udp := datagrams(c); len(udp) > 0 {
			remark("the container %s has udp %s, which the mesh does not carry: only containers of the task reach it, at 127.0.0.1", name, strings.Join(udp, ", "))
		}
		if h := c.HealthCheck; h != nil && len(h.Command) > 0 && !slices.Contains([]string{"CMD", "CMD-SHELL", "NONE"}, h.Command[0]) {
			remark("the health check of the container %s begins with neither CMD nor CMD-SHELL: ECS takes it and AWS's own examples have it, although AWS's documentation wants one of the two", name)
		}
		if client := mesh.ClientOf(name, c.FirelensConfiguration != nil); client != ClientNone && len(c.EnvironmentFiles) > 0 {
			remark("the container %s has environmentFiles: what they say of %s loses against the definition", name, strings.Join(client.names(), ", "))
		}
	}
	if before.Nulls > 0 {
		remark("members that are null: %d. They count as not set", before.Nulls)
	}
	return remarks
}

// notesOn are what works in an enrolled definition and needs somebody's eye, and the remarks.
func notesOn(before, after *definition.Definition, mesh Mesh) (notes []string) {
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	reserved := 0
	for _, c := range after.ContainerDefinitions {
		name := definition.Text(c.Name)
		reserved += definition.Reserved(c)
		if name == ZtunnelName {
			continue
		}
		client := mesh.ClientOf(name, c.FirelensConfiguration != nil)
		for _, v := range client.Leading() {
			if value, said := valueOf(c, v.Name); said && !v.Leads(value) {
				more := ""
				if v.Name == EnvJavaOptions { // its options add up
					more = ". Add to it: " + v.Value
				}
				note("the container %s sets %s itself, to something else than ztunnel: its calls may go past the mesh%s", name, v.Name, more)
			}
		}
		if client == ClientNone {
			continue
		}
		if no, said := valueOf(c, EnvNoProxy); said && !strings.Contains(no, "169.254.170.2") {
			note("the container %s sets %s itself, without 169.254.170.2: it may look for its AWS credentials through the mesh, where they are not", name, EnvNoProxy)
		}
	}
	if _, memory := after.Size(); mesh.Ztunnel.Memory == 0 && fmt.Sprint(reserved) == memory {
		note("the containers take all of the task's %s MiB, and %s gets what they do not use: give the task more, and %s memory of its own", memory, ZtunnelName, ZtunnelName)
	}
	for _, p := range after.Unknown {
		note("%s: it is kept as it is", p.Error())
	}
	return append(notes, Remarks(before, after, mesh)...)
}

// valueOf is a variable of a container. Of a secret only the name is known.
func valueOf(c types.ContainerDefinition, name string) (value string, said bool) {
	for _, v := range c.Environment {
		if definition.Text(v.Name) == name {
			return definition.Text(v.Value), true
		}
	}
	return "", false
}
