#!/bin/sh
# Build one program and show the progress: build.sh LABEL FOLDER OUTPUT PACKAGE [go build flags…]
#
# A first build compiles large SDKs for minutes. Go prints nothing meanwhile. So this script counts the packages
# that are still to be compiled and shows each one that is done. It prints nothing when there is nothing to
# compile.
set -eu

label=$1 folder=$2 output=$PWD/$3 package=$4
shift 4

command -v go >/dev/null 2>&1 || { echo "Go is not installed: ambient-ecs needs the Go version named in go.mod (https://go.dev/dl)." >&2; exit 1; }
wanted=$(awk '$1 == "go" {print $2; exit}' "$folder/go.mod")
have=$(cd / && GOTOOLCHAIN=local go env GOVERSION | sed 's/^go//')
oldest=$(printf '%s\n%s\n' "$wanted" "$have" | sort -V | head -n 1)
if [ "$oldest" != "$wanted" ] && [ "$(go env GOTOOLCHAIN)" = local ]; then
	echo "Go $have is too old: ambient-ecs needs Go $wanted or newer (https://go.dev/dl)." >&2
	exit 1
fi

# The compile of the largest package, pulumi-aws's ec2, takes up to 3.3 GB. With the recipes' flags and this limit it takes 2.
export GOMEMLIMIT="${GOMEMLIMIT:-1900MiB}"

cd "$folder"
if [ ! -e "$output" ]; then
	free=$(df -Pk "$(go env GOCACHE 2>/dev/null | sed 's|/[^/]*$||')" 2>/dev/null | awk 'NR == 2 {print int($4 / 1048576)}')
	if [ -n "$free" ] && [ "$free" -lt 6 ]; then
		echo "Not enough disk: the first build fills about 6 GB of Go's caches, and $free GB are free." >&2
		exit 1
	fi
	if [ ! -t 2 ]; then
		echo "Building $label…" >&2
	fi
fi

if [ -t 2 ] && [ ! -e "$output" ]; then
	total=$(go list -deps -f '{{if .Stale}}x{{end}}' "$@" "$package" 2>/dev/null | grep -c x || true)
	set +e
	{ go build -v "$@" -o "$output" "$package" 2>&1; echo "exit $?"; } | awk -v total="$total" -v label="$label" '
		/^exit [0-9]+$/ { status = $2; next }
		/^[a-zA-Z0-9_.~\/-]+$/ { done++; printf "\r\033[KBuilding %s: %d of %d packages  %s", label, done, total, $0 > "/dev/stderr"; next }
		{ printf "\n%s", $0 > "/dev/stderr" }
		END { printf "\r\033[K" > "/dev/stderr"; if (!status) printf "Built %s.\n", label > "/dev/stderr"; else print "" > "/dev/stderr"; exit status }'
	exit $?
fi
exec go build "$@" -o "$output" "$package"
