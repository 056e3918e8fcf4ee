//go:build clients

package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"ambient-ecs/ecs/task/enrol"
)

// demand is the path of a program. Without it the test fails: tests/clients/install installs it.
func demand(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed: run tests/clients/install", names[len(names)-1])
	return ""
}

func TestCurl(t *testing.T) {
	curl := []string{demand(t, "curl"), "-sS", "--max-time", "2"}
	for _, client := range []enrol.Client{enrol.ClientCurl, enrol.ClientGo, enrol.ClientJava, enrol.ClientNode, enrol.ClientPython, enrol.ClientDotnet} {
		try(t, []way{{"curl", client, curl, "", inMesh}})
	}
	try(t, []way{{"curl", enrol.ClientNone, curl, "", past}})
}

func TestJava(t *testing.T) {
	java := demand(t, "java")
	classes := t.TempDir()
	if out, err := exec.Command(demand(t, "javac"), "-d", classes, "testdata/Get.java").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	by := func(name string) []string { return []string{java, "-cp", classes, "Get", name} }
	try(t, []way{
		{"HttpURLConnection", enrol.ClientJava, by("HttpURLConnection"), "", inMesh},
		{"Socket", enrol.ClientJava, by("Socket"), "", inMesh},
		{"HttpClient", enrol.ClientJava, by("HttpClient"), "", past},
		{"SocketChannel", enrol.ClientJava, by("SocketChannel"), "", past},
		{"HttpURLConnection", enrol.ClientCurl, by("HttpURLConnection"), "", past},
	})
}

func TestNode(t *testing.T) {
	node := demand(t, "node")
	modules, err := filepath.Abs("../../.sandbox/clients/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(modules); err != nil {
		t.Fatalf("the packages are not installed: run tests/clients/install (%v)", err)
	}
	t.Setenv("NODE_PATH", modules)
	by := func(name string) []string { return []string{node, "testdata/get.js", name} }
	try(t, []way{
		{"proxy-agent", enrol.ClientNode, by("proxy-agent"), "", inMesh},
		{"axios with proxy-agent", enrol.ClientNode, by("axios with proxy-agent"), "", inMesh},
		{"axios", enrol.ClientNode, by("axios"), "", past},
		{"http", enrol.ClientNode, by("http"), "", past},
		{"fetch", enrol.ClientNode, by("fetch"), "", past},
		{"@grpc/grpc-js", enrol.ClientNode, by("@grpc/grpc-js"), "", past},
	})
}

func TestPython(t *testing.T) {
	// Debian's own has Debian's packages.
	python := demand(t, "/usr/bin/python3", "python3")
	for _, module := range []string{"requests", "socks", "httpx", "grpc"} {
		if out, err := exec.Command(python, "-c", "import "+module).CombinedOutput(); err != nil {
			t.Fatalf("%s lacks %s: run tests/clients/install\n%s", python, module, out)
		}
	}
	by := func(name string) []string { return []string{python, "testdata/get.py", name} }
	try(t, []way{
		{"requests", enrol.ClientPython, by("requests"), "", inMesh},
		{"requests", enrol.ClientCurl, by("requests"), "", inMesh},
		{"urllib", enrol.ClientPython, by("urllib"), "", past},
		{"httpx 0.23", enrol.ClientPython, by("httpx 0.23"), "", past},
		{"grpcio", enrol.ClientPython, by("grpcio"), "", past},
	})
}
