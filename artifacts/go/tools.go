//go:build tools

// Package tools names the commands to build, so that go.mod and go.sum lock them and all that they need without the
// service discoveries (-tags remove_all_sd) and with the stubs. A new version: change it here and in
// artifacts/releases.ts, and have `go build` write the rest as artifacts/buildPrograms.ts calls it, with -mod=mod.
package tools

import (
	_ "github.com/prometheus/alertmanager/cmd/alertmanager"
	_ "github.com/prometheus/alertmanager/cmd/amtool"
	_ "github.com/prometheus/node_exporter"
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
