package arch

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// address finds what looks like a mail address.
var address = regexp.MustCompile(`[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b`)

// Domains that belong to nobody (RFC 2606, RFC 6761).
var nobodys = []string{"example.com", "example.org", "example.net"}

func nobody(domain string) bool {
	domain = strings.ToLower(domain)
	for _, d := range nobodys {
		if domain == d || strings.HasSuffix(domain, "."+d) {
			return true
		}
	}
	for _, tld := range []string{".invalid", ".test", ".example", ".localhost"} {
		if strings.HasSuffix(domain, tld) {
			return true
		}
	}
	return false
}

// notAddresses look like one and are none.
var notAddresses = []*regexp.Regexp{
	regexp.MustCompile(`^git@github\.com$`),
	// A module or an image with its version, an import path's user part.
	regexp.MustCompile(`@v\d`),
	regexp.MustCompile(`@(latest|sha256)`),
	// Vendors' names for machines: no mailbox answers there.
	regexp.MustCompile(`^system@okta\.com$`),
	regexp.MustCompile(`\.iam\.gserviceaccount\.com$`),
}

func TestTree_HoldsNoRealMailAddress(t *testing.T) {
	for _, name := range textFiles(t) {
		text := read(t, name)
		for _, found := range address.FindAllSubmatch(text, -1) {
			if !nobody(string(found[1])) && !excused(string(found[0])) {
				t.Errorf("%s holds the address %s; use one at example.com", name, found[0])
			}
		}
	}
}

func excused(s string) bool {
	for _, r := range notAddresses {
		if r.MatchString(s) {
			return true
		}
	}
	return false
}

// credentials look like a vendor's live secret. The stand-ins' own defaults are made not to.
var credentials = regexp.MustCompile(`xox[abprs]-\d{9,}-|xapp-1-A[0-9A-Z]{8,}-\d{9,}|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}|AIza[0-9A-Za-z_-]{35}`)

func TestTree_HoldsNoCredential(t *testing.T) {
	for _, name := range textFiles(t) {
		if m := credentials.Find(read(t, name)); m != nil {
			t.Errorf("%s holds what looks like a credential (%.8s…)", name, m)
		}
	}
}

// textFiles are the repository's files but for checksums and pictures.
func textFiles(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, name := range tracked(t) {
		switch filepath.Ext(name) {
		case ".sum", ".png", ".ico", ".woff2", ".gz":
			continue
		}
		names = append(names, name)
	}
	return names
}

// read returns a tracked file's text; nothing for a binary one, or one that was just removed.
func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	if bytes.IndexByte(text, 0) >= 0 {
		return nil
	}
	return text
}

func TestAddress_FindsAndExcuses(t *testing.T) {
	find := func(s string) bool {
		m := address.FindStringSubmatch(s)
		return m != nil && !nobody(m[1]) && !excused(m[0])
	}
	real := "someone" + "@" + "gmail.com" // put together, so that this file holds none
	for s, want := range map[string]bool{
		"leaver@example.com": false, "leaver@mail.example.org": false, "x@y.invalid": false, "x@corp.test": false,
		real: true, "mail " + real + "!": true, "x@notexample" + ".com": true, "@types/node": false, "module@v1.2.3": false,
	} {
		require.Equal(t, want, find(s), s)
	}
}
