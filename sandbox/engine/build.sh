#!/bin/sh
# Build the Pulumi CLI for the sandbox, from the root of the repository: sandbox/engine/build.sh OUTPUT
#
# The official CLI links the SDKs of AWS, Azure, Google Cloud and Vault for backends, secrets and logs in a cloud, and an
# OpenAPI library and a chat for Pulumi Cloud: 580 of 1,650 packages. The sandbox keeps its state in files. So this
# builds a copy of the CLI's module without them. The engine, the display and the commands that work on a stack are
# Pulumi's own, unchanged. The CLI refuses what needs an omitted part.
set -eu

root=$PWD
engine=$root/sandbox/engine
module=github.com/pulumi/pulumi/pkg/v3
copy=$root/$(dirname "$1")/.pulumi
trap 'rm -rf "$copy"' EXIT

cd "$engine"
go mod download $module
version=$(go list -m -f '{{.Version}}' $module)
rm -rf "$copy"
mkdir -p "$copy/pkg"
(cd "$(go list -m -f '{{.Dir}}' $module)" && tar -cf - --exclude testdata --exclude '*_test.go' .) | (cd "$copy/pkg" && tar -xf -)
chmod -R u+w "$copy"
cd "$copy/pkg"

# edit FILE SCRIPT: runs sed, and fails if it changes nothing.
edit() {
	sed "$2" "$1" >"$copy/edited"
	if cmp -s "$1" "$copy/edited"; then
		echo "The Pulumi CLI $version no longer has what $0 takes out of $1: $2" >&2
		exit 1
	fi
	mv "$copy/edited" "$1"
}

# Backends: files only.
edit backend/diy/backend.go '/"gocloud.dev\/blob\/azureblob"/d'
edit backend/diy/backend.go '/"gocloud.dev\/blob\/s3blob"/d'
edit backend/diy/backend.go '/"gocloud.dev\/blob\/gcsblob"/d'
edit backend/diy/backend.go '/\/backend\/diy\/postgres"/d'
edit backend/diy/backend.go 's/gcsblob\.Scheme/"gs"/'
edit backend/diy/bucket.go 's|github.com/aws/aws-sdk-go-v2/service/s3|github.com/pulumi/pulumi/pkg/v3/backend/diy/s3|'
# Logs of deployed functions.
rm operations/operations_aws.go operations/operations_gcp.go
edit operations/resources.go '/case "aws":/d'
edit operations/resources.go '/return AWSOperationsProvider(/d'
edit operations/resources.go '/case "gcp":/d'
edit operations/resources.go '/return GCPOperationsProvider(/d'
# Commands for Pulumi Cloud.
for command in neo org insights cloud; do
	edit cmd/pulumi/pulumi.go "/\"github.com\/pulumi\/pulumi\/pkg\/v3\/cmd\/pulumi\/$command\"/d"
	edit cmd/pulumi/pulumi.go "/[[:space:]]$command\.New[A-Za-z]*Cmd()/d"
done
edit cmd/pulumi/pulumi.go '/\/cmd\/pulumi\/env"/d'
edit cmd/pulumi/pulumi.go '/cmdEnv\.NewEnvCmd()/d'
for file in config io; do
	edit cmd/pulumi/config/$file.go 's|"github.com/pulumi/esc/cmd/esc/cli"|cli "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/config/esc"|'
done
edit cmd/pulumi/config/config.go 's|"github.com/nbutton23/zxcvbn-go"|zxcvbn "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/config/strength"|'
# Keys that the sandbox has derived. A passphrase that was typed wrong is still refused.
edit secrets/passphrase/manager.go 's/config\.NewSymmetricCrypterFromPassphrase/newCrypter/'
# Stand-ins for the packages that the rest of the CLI still imports.
rm -r secrets/cloud authhelpers cmd/pulumi/cloud cmd/pulumi/env
cp -R "$engine/without/." .

cp "$engine/go.sum" "$copy/go.sum"
cp "$engine/go.mod" "$copy/go.mod"
go mod edit -replace "$module=$copy/pkg" "$copy/go.mod"
cd "$root"
./sandbox/build.sh "the Pulumi CLI" sandbox/engine "$1" $module/cmd/pulumi \
	-trimpath -modfile "$copy/go.mod" -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$version"
