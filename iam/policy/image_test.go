package policy

import "testing"

func TestOnlyPrivateECRImagesHaveARepositoryARN(t *testing.T) {
	for image, want := range map[string]string{
		"111111111111.dkr.ecr.eu-central-1.amazonaws.com/team/app:1.2":      "arn:aws:ecr:eu-central-1:111111111111:repository/team/app",
		"111111111111.dkr.ecr.eu-central-1.amazonaws.com/app@sha256:0123":   "arn:aws:ecr:eu-central-1:111111111111:repository/app",
		"111111111111.dkr.ecr.eu-central-1.amazonaws.com/app:1@sha256:0123": "arn:aws:ecr:eu-central-1:111111111111:repository/app",
		"111111111111.dkr.ecr.eu-central-1.amazonaws.com/app":               "arn:aws:ecr:eu-central-1:111111111111:repository/app",
		"111111111111.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app":         "arn:aws-us-gov:ecr:us-gov-west-1:111111111111:repository/app",
		"111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn/app:1":            "arn:aws-cn:ecr:cn-north-1:111111111111:repository/app",
		"111111111111.dkr-ecr.eu-west-1.on.aws/app:1":                       "arn:aws:ecr:eu-west-1:111111111111:repository/app",
		"public.ecr.aws/docker/library/nginx:1":                             "",
		"us-docker.pkg.dev/soloio-img/istio/ztunnel:1.28.1-solo":            "",
		"nginx": "",
		"example.com/111111111111.dkr.ecr.eu-central-1.amazonaws.com/app": "",
		"111111111111.dkr.ecr.eu-central-1.amazonaws.com.example.com/app": "",
		"evil111111111111.dkr.ecr.eu-central-1.amazonaws.com/app":         "",
		"111111111111.dkr.ecr.eu-central-1.amazonaws.com":                 "",
	} {
		got, private := ECRRepository(image)
		if got != want || private != (want != "") {
			t.Errorf("%s: %q, %v", image, got, private)
		}
	}
}
