package namely

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"tenure/internal/vendorhttp"
)

const (
	apiPath    = "/api/v1"
	hostSuffix = ".namely.com"
	setting    = "namely domain"
)

// subdomain is one DNS label.
var subdomain = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// ParseDomain turns what people type for their Namely into the API's base URL: "acme", "acme.namely.com" and
// "https://acme.namely.com/" all name https://acme.namely.com/api/v1. Any other full URL is taken for a stand-in, as
// [vendorhttp.ParseBase] allows it, and the API's path is added when it is not there.
func ParseDomain(raw string) (string, error) {
	text := strings.TrimSpace(raw)
	if !strings.Contains(text, "://") {
		name := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(text), "/"), hostSuffix)
		if !subdomain.MatchString(name) {
			return "", fmt.Errorf(`%s: %q is not the name of a Namely company: write what stands before .namely.com, for example "acme", or a full base URL`, setting, raw)
		}
		return "https://" + name + hostSuffix + apiPath, nil
	}
	base, err := vendorhttp.ParseBase(setting, text)
	if err != nil {
		return "", err
	}
	base = strings.TrimSuffix(base, apiPath)
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	// People paste the address of the page they are looking at.
	if strings.HasSuffix(strings.ToLower(u.Hostname()), hostSuffix) && u.Path != "" {
		return "", fmt.Errorf("%s: %q names a page of Namely: write the address without %q", setting, raw, u.Path)
	}
	return base + apiPath, nil
}
