package googlesim

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	jwtGrant    = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	tokenLife   = 3599 * time.Second
	clockLeeway = 5 * time.Minute
	clientEmail = "tenure@simulated-project.iam.gserviceaccount.com"
)

func newKey() (keyPEM, id string, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(der)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), hex.EncodeToString(sum[:20]), nil
}

type keyPair struct{ pem, id string }

// oneKey is the key pair of every stand-in of this process that keeps nothing: making one costs a tenth of a second.
var oneKey = sync.OnceValues(func() (keyPair, error) {
	text, id, err := newKey()
	return keyPair{text, id}, err
})

func processKey() (keyPEM, id string, err error) {
	k, err := oneKey()
	return k.pem, k.id, err
}

// ServiceAccountJSON is a key file for the service account, as the vendor's console would give it out, whose
// token_uri is this stand-in at baseURL. The key pair is made at set-up and kept with the state; stand-ins that
// keep nothing share one for the life of the process.
func (s *Simulator) ServiceAccountJSON(baseURL string) []byte {
	audience := strings.TrimRight(baseURL, "/") + "/token"
	var file map[string]string
	s.locked(func() {
		if !slices.Contains(s.state.Audiences, audience) {
			s.state.Audiences = append(s.state.Audiences, audience)
		}
		file = map[string]string{
			"type": "service_account", "project_id": "simulated-project",
			"private_key_id": s.state.KeyID, "private_key": s.state.Key,
			"client_email": clientEmail, "client_id": ClientID, "token_uri": audience,
		}
	})
	b, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		panic(err) // a map of strings always encodes
	}
	return b
}

// AuthorizeScopes sets which scopes are authorised for the client in the admin console. A token request that
// asks for one other fails whole. With no argument every scope is authorised, as at the start.
func (s *Simulator) AuthorizeScopes(scopes ...string) {
	s.locked(func() { s.state.Scopes = slices.Clone(scopes) })
}

// ExpireTokens makes every access token given out so far invalid, as a revoked key would.
func (s *Simulator) ExpireTokens() {
	s.locked(func() { clear(s.state.Grants) })
}

func tokenRefusal(status int, code, description string) answer {
	return answer{status: status, body: map[string]string{"error": code, "error_description": description}}
}

func invalidGrant(description string) answer {
	return tokenRefusal(http.StatusBadRequest, "invalid_grant", description)
}

type claims struct {
	Iss   string `json:"iss"`
	Scope string `json:"scope"`
	Aud   string `json:"aud"`
	Iat   int64  `json:"iat"`
	Exp   int64  `json:"exp"`
	Sub   string `json:"sub"`
	Prn   string `json:"prn"`
}

func (s *Simulator) token(c *call) answer {
	if err := c.r.ParseForm(); err != nil {
		return tokenRefusal(http.StatusBadRequest, "invalid_request", "Bad Request")
	}
	if c.r.PostForm.Get("grant_type") != jwtGrant {
		return tokenRefusal(http.StatusBadRequest, "unsupported_grant_type", "Invalid grant_type: "+c.r.PostForm.Get("grant_type"))
	}
	cl, refused := s.checkAssertion(c.r.PostForm.Get("assertion"))
	if refused != nil {
		return *refused
	}
	subject, refused := s.checkSubject(cl)
	if refused != nil {
		return *refused
	}
	access := "ya29.sim-" + randomText()
	s.state.Grants[access] = grant{Subject: subject, Scopes: strings.Fields(cl.Scope), Expires: time.Now().Add(tokenLife)}
	return changed(map[string]any{"access_token": access, "expires_in": int(tokenLife.Seconds()), "token_type": "Bearer"})
}

// checkAssertion checks form, signature, issuer, audience, times and scopes of a signed request.
func (s *Simulator) checkAssertion(assertion string) (claims, *answer) {
	var cl claims
	if err := s.verify(assertion, &cl); err != nil {
		return cl, refusedBecause(invalidGrant(err.Error()))
	}
	now := time.Now()
	switch iat, exp := time.Unix(cl.Iat, 0), time.Unix(cl.Exp, 0); {
	case cl.Iss != clientEmail:
		return cl, refusedBecause(invalidGrant("Invalid grant: account not found"))
	case !slices.Contains(s.state.Audiences, cl.Aud):
		return cl, refusedBecause(invalidGrant("Invalid JWT: Failed audience check. The right audience is the token endpoint"))
	case iat.After(now.Add(clockLeeway)) || exp.Before(now) || exp.Sub(iat) > time.Hour+clockLeeway:
		return cl, refusedBecause(invalidGrant("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."))
	case strings.TrimSpace(cl.Scope) == "":
		return cl, refusedBecause(tokenRefusal(http.StatusBadRequest, "invalid_scope", "Invalid OAuth scope or ID token audience provided."))
	case !s.authorized(cl.Scope):
		return cl, refusedBecause(tokenRefusal(http.StatusUnauthorized, "unauthorized_client",
			"Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."))
	}
	return cl, nil
}

func refusedBecause(a answer) *answer { return &a }

func (s *Simulator) authorized(scope string) bool {
	for _, want := range strings.Fields(scope) {
		if s.state.Scopes != nil && !slices.Contains(s.state.Scopes, want) {
			return false
		}
	}
	return true
}

// checkSubject finds whom the token acts as.
func (s *Simulator) checkSubject(cl claims) (id string, refused *answer) {
	if cl.Sub == "" && cl.Prn == "" {
		return "", nil
	}
	if cl.Prn != "" && cl.Prn != cl.Sub {
		return "", refusedBecause(invalidGrant("Invalid JWT: sub and prn differ"))
	}
	u := s.user(cl.Sub)
	if u == nil {
		if s.deleted(cl.Sub) {
			return "", refusedBecause(invalidGrant("The account has been deleted"))
		}
		return "", refusedBecause(invalidGrant("Invalid email or User ID"))
	}
	if u.Suspended && s.Suspended == RefuseToken {
		return "", refusedBecause(invalidGrant("Invalid email or User ID"))
	}
	return u.ID, nil
}

// verify checks an RS256 JWT against the service account's own key and decodes its claims.
func (s *Simulator) verify(assertion string, cl *claims) error {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return errors.New("Invalid JWT: it must have three parts") //nolint:staticcheck // the vendor's own words
	}
	var head struct{ Alg, Kid string }
	if decodePart(parts[0], &head) != nil || decodePart(parts[1], cl) != nil {
		return errors.New("Invalid JWT: it cannot be decoded") //nolint:staticcheck // the vendor's own words
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || head.Alg != "RS256" {
		return errors.New("Invalid JWT Signature.") //nolint:staticcheck // the vendor's own words
	}
	key, err := s.publicKey()
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) != nil {
		return errors.New("Invalid JWT Signature.") //nolint:staticcheck // the vendor's own words
	}
	return nil
}

func decodePart(part string, v any) error {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

func (s *Simulator) publicKey() (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(s.state.Key))
	if block == nil {
		return nil, errors.New("the stand-in's key file is damaged")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, isRSA := key.(*rsa.PrivateKey)
	if !isRSA {
		return nil, errors.New("the stand-in's key is not an RSA key")
	}
	return &private.PublicKey, nil
}

func randomText() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand panics instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}
