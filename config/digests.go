package config

import (
	"regexp"
	"strings"

	"ambient-ecs/problem"
)

// DigestSettings are what images must name.
type DigestSettings struct {
	// RequireDigests refuses images of services that are named by tag.
	RequireDigests bool `config:"requireDigests"`
}

var (
	// digestOf is the digest at the end of an image reference.
	digestOf = regexp.MustCompile(`@sha256:([0-9a-f]{64})$`)
	// placeholder is a digest of one repeated digit, as in Pulumi.prod.yaml. No image has it.
	placeholder = regexp.MustCompile(`^(0{64}|1{64}|2{64}|3{64}|4{64}|5{64}|6{64}|7{64}|8{64}|9{64}|a{64}|b{64}|c{64}|d{64}|e{64}|f{64})$`)
)

// eachImage calls visit with the field of every service whose image can be read, and the image. A service with a task
// definition has several. Ztunnel's is not among them: its tag is the version of the mesh.
func (c Config) eachImage(visit func(field, image string)) {
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			service, field := c.asService(key, name), c.Field(key, name)
			if service.definition == nil {
				if image.MatchString(service.Image) {
					visit(field+".image", service.Image)
				}
				continue
			}
			for _, one := range service.definition.Needs().Images {
				visit(field+".taskDefinition", one)
			}
		}
	}
}

// checkDigests refuses placeholders everywhere, and tags where requireDigests is set.
func (c Config) checkDigests(p *problem.List) {
	c.eachImage(func(field, image string) {
		digest := digestOf.FindStringSubmatch(image)
		switch {
		case digest != nil && placeholder.MatchString(digest[1]):
			p.Refuse(field, image, "the digest is the example's placeholder: give your image's, such as `docker buildx imagetools inspect` prints")
		case digest == nil && c.RequireDigests:
			p.Refuse(field, image, "requireDigests is set, and a tag can name another image tomorrow: append @sha256: and the image's digest")
		}
	})
}

// latest warns of images without a digest whose tag is, or is by default, latest. Tasks of one service may then run
// different images. Open stacks, whose protect is false, are for trying out.
func (c Config) latest() []string {
	var all []string
	if !c.Protect {
		return nil
	}
	c.eachImage(func(field, image string) {
		if digestOf.MatchString(image) {
			return
		}
		_, tag, tagged := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
		if !tagged || tag == "latest" {
			all = append(all, field+": "+image+" means latest, so a task that starts tomorrow may run another image: name a version or a digest")
		}
	})
	return all
}
