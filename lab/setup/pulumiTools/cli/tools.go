//go:build tools

// Package tools names the command to build, so that go.mod and go.sum lock it and all that it needs. `go install`
// refuses it, because the module has replace directives: the one that matters is repeated in this go.mod.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
