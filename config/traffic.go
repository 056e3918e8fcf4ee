package config

// Traffic shapes the requests to a service, on its waypoint.
//
// A backend is named as the service file does: "NAME" is a service of the same cluster (beside a shared service: a shared
// service), "CLUSTER/NAME" one of any cluster. The service itself is one of its backends.
type Traffic struct {
	// Routes are tried in their order before Split.
	Routes []Route `config:"routes"`
	// Split shares the requests out by weight. Empty: all to the service itself.
	Split map[string]int `config:"split"`
	// Timeout is how long a request may take with all its retries, for example "5s". Empty: no limit.
	Timeout string `config:"timeout"`
	// Retries repeats a request that failed.
	Retries *Retries `config:"retries"`
	// Fault breaks some requests on purpose, for tests of what calls the service.
	Fault *Fault `config:"fault"`
}

// Route sends the requests that match somewhere else. At least one of Headers, PathPrefix and Method.
type Route struct {
	// Headers must have exactly these values.
	Headers map[string]string `config:"headers"`
	// PathPrefix is what the path begins with, whole segments.
	PathPrefix string `config:"pathPrefix"`
	// Method is the HTTP method.
	Method string `config:"method"`
	// To are the backends with their weights.
	To map[string]int `config:"to"`
}

// Retries repeats a request.
type Retries struct {
	// Attempts is how often at most, besides the first time.
	Attempts int `config:"attempts"`
	// PerTryTimeout is how long one attempt may take, for example "1s". Empty: as long as the request.
	PerTryTimeout string `config:"perTryTimeout"`
	// On are the reasons, in Envoy's words ("5xx", "connect-failure", "reset"). Empty: Istio's own.
	On []string `config:"on"`
}

// Fault is what is done to some of the requests.
type Fault struct {
	Delay *Delay `config:"delay"`
	Abort *Abort `config:"abort"`
}

// Delay holds requests back.
type Delay struct {
	// Percent of the requests, 1 to 100.
	Percent int `config:"percent"`
	// Duration is how long, for example "2s".
	Duration string `config:"duration"`
}

// Abort answers requests without passing them on.
type Abort struct {
	// Percent of the requests, 1 to 100.
	Percent int `config:"percent"`
	// Status is the HTTP status of the answer, 200 to 599.
	Status int `config:"status"`
}

// PathNormalization is one of Istio's ways to make paths alike that an application takes for the same.
type PathNormalization string

const (
	// PathBase resolves "." and ".." (RFC 3986) and leaves the rest.
	PathBase PathNormalization = "BASE"
	// PathMergeSlashes merges slashes besides.
	PathMergeSlashes PathNormalization = "MERGE_SLASHES"
	// PathDecodeAndMergeSlashes decodes %2F and %5C besides.
	PathDecodeAndMergeSlashes PathNormalization = "DECODE_AND_MERGE_SLASHES"
)
