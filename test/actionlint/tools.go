//go:build tools

// Package tools names what is built here.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
