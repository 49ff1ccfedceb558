// Package azuread is left out.
package azuread

import (
	"errors"
	"net/http"
)

var errLeftOut = errors.New("azuread is not in this build")

type AzureADConfig struct{}

func (*AzureADConfig) Validate() error { return errLeftOut }

func (*AzureADConfig) UnmarshalYAML(func(any) error) error { return errLeftOut }

func NewAzureADRoundTripper(*AzureADConfig, http.RoundTripper) (http.RoundTripper, error) {
	return nil, errLeftOut
}
