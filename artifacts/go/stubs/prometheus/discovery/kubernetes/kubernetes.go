// Package kubernetes is left out: promtool names its configuration, and nothing makes one.
package kubernetes

import (
	"github.com/prometheus/common/config"

	"github.com/prometheus/prometheus/discovery"
)

type SDConfig struct {
	discovery.Config
	HTTPClientConfig config.HTTPClientConfig
}
