//go:build tools

// Package tools names the command to build, so that go.mod and go.sum lock it and all that it needs. This version of
// the SDK is the last whose module holds the Node language host.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
