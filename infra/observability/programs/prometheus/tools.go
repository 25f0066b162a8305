// Package prometheus pins the Prometheus that a test runs: a release newer than Debian's, since that does
// not take OTLP. promtool is built from it where Debian's package is not installed.
package prometheus
