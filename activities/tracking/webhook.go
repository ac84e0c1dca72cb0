package tracking

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"golang.org/x/text/unicode/norm"
)

// SignatureHeader carries the signature of a webhook.
const SignatureHeader = "X-Hmac-Signature"

const signaturePrefix = "hmac-sha256-hex="

// The reasons for which a webhook is not EasyPost's. None of them holds the secret or the signature.
var (
	ErrNoSecret     = errors.New("easypost webhook secret is empty: set the secret that the webhook was created with")
	ErrNoSignature  = errors.New("webhook has no " + SignatureHeader + " header")
	ErrBadSignature = errors.New("webhook signature does not fit: it is not from EasyPost, or the secret is another one")
)

// VerifyWebhook says whether a webhook is EasyPost's. body is the raw body as it came, byte for byte; header is the
// value of [SignatureHeader]. The secret is decomposed (NFKD) before it becomes the key, as the vendor does. The
// signature holds no time, so a receiver drops events whose id it has seen.
func VerifyWebhook(secret string, body []byte, header string) error {
	switch {
	case secret == "":
		return ErrNoSecret // an empty key would let anybody sign
	case header == "":
		return ErrNoSignature
	}
	mac := hmac.New(sha256.New, []byte(norm.NFKD.String(secret)))
	_, _ = mac.Write(body)
	want := signaturePrefix + hex.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(want), []byte(header)) {
		return ErrBadSignature
	}
	return nil
}
