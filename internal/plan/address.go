package plan

import (
	"regexp"
	"strings"

	"tenure/internal/employee"
)

var (
	usZip     = regexp.MustCompile(`^\d{5}(-\d{4})?$`)
	caZip     = regexp.MustCompile(`^(?i:[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]) ?(?i:\d[ABCEGHJ-NPRSTV-Z]\d)$`)
	stateCode = regexp.MustCompile(`^[A-Za-z]{2}$`)
)

// CheckAddress says what of an address is missing or cannot be right before a box is sent there; nothing when it
// looks complete. It names the fields and never their values. US and Canadian addresses are checked for their
// postal codes' forms (USPS ZIP and ZIP+4; Canada Post's letters) and a two-letter state or province.
func CheckAddress(a employee.Address) []string {
	var faults []string
	missing := func(value, field string) bool {
		if strings.TrimSpace(value) == "" {
			faults = append(faults, field+" is missing")
			return true
		}
		return false
	}
	missing(a.Line1, "street (line 1)")
	missing(a.City, "city")
	country := strings.ToUpper(strings.TrimSpace(a.Country))
	noCountry := missing(country, "country")
	if country == "US" || country == "CA" {
		if !missing(a.State, "state") && !stateCode.MatchString(strings.TrimSpace(a.State)) {
			faults = append(faults, "state is not a two-letter code")
		}
	}
	if !missing(a.Zip, "zip") && !noCountry {
		faults = append(faults, checkZip(country, strings.TrimSpace(a.Zip))...)
	}
	return faults
}

func checkZip(country, zip string) []string {
	switch {
	case country == "US" && !usZip.MatchString(zip):
		return []string{"zip is not a US zip code (12345 or 12345-6789)"}
	case country == "CA" && !caZip.MatchString(zip):
		return []string{"zip is not a Canadian postal code (K1A 0B1)"}
	}
	return nil
}
