//go:build tools

// Package tools names the command to build, so that go.mod and go.sum lock it and all that it needs. This version of
// the SDK is the last whose module holds the Node language host. It is built from the module's files and runPlugin.go.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
