// Package googleiam is left out.
package googleiam

import (
	"errors"
	"net/http"
)

var errLeftOut = errors.New("google_iam is not in this build")

type Config struct{}

func (*Config) UnmarshalYAML(func(any) error) error { return errLeftOut }

func NewRoundTripper(*Config, http.RoundTripper) (http.RoundTripper, error) { return nil, errLeftOut }
