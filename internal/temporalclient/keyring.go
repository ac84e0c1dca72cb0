package temporalclient

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// The settings that carry the payload keys. One of them, never both.
const (
	EnvPayloadKeys     = "TENURE_PAYLOAD_KEYS"
	EnvPayloadKeysFile = "TENURE_PAYLOAD_KEYS_FILE"
)

const (
	keySize  = 32 // bytes: AES-256
	keyShape = "id:base64 pairs separated by commas, the base64 of exactly 32 random bytes each"
	keyMend  = "make a key with `openssl rand -base64 32`, choose an id for it (a date will do), and put it first; keep older keys behind it until every case they encrypted is past retention"
)

// A key id travels in clear with every payload, so it is short and says nothing.
var keyID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Keyring holds the payload keys in order: the first one encrypts, all of them decrypt. That is how a key is
// rotated: put the new one first, restart, and drop the old one when nothing it encrypted is kept any more. The zero
// value holds none. A Keyring prints as its ids only, whichever verb or logger prints it.
type Keyring struct {
	keys []payloadKey
}

type payloadKey struct {
	id   string
	aead cipher.AEAD
}

// ParseKeyring reads "id:base64,id2:base64". Line ends separate as commas do, and blank lines and lines that begin
// with # are passed over, so the same text can be kept in a file. Its errors say which entry is wrong and never quote
// it.
func ParseKeyring(text string) (Keyring, error) {
	var ring Keyring
	for i, entry := range splitEntries(text) {
		key, err := parseKey(entry)
		if err != nil {
			return Keyring{}, fmt.Errorf("payload keys: entry %d: %w; the shape is %s; %s", i+1, err, keyShape, keyMend)
		}
		if ring.find(key.id) != nil {
			return Keyring{}, fmt.Errorf("payload keys: entry %d: id %q is used twice; give every key its own id", i+1, key.id)
		}
		ring.keys = append(ring.keys, key)
	}
	if ring.Empty() {
		return Keyring{}, fmt.Errorf("payload keys: no key found; the shape is %s; %s", keyShape, keyMend)
	}
	return ring, nil
}

func splitEntries(text string) []string {
	var entries []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			continue
		}
		for entry := range strings.SplitSeq(line, ",") {
			if entry = strings.TrimSpace(entry); entry != "" {
				entries = append(entries, entry)
			}
		}
	}
	return entries
}

func parseKey(entry string) (payloadKey, error) {
	id, encoded, ok := strings.Cut(entry, ":")
	if !ok {
		return payloadKey{}, errors.New("has no colon between id and key")
	}
	if !keyID.MatchString(id) {
		return payloadKey{}, errors.New("has an id that is not 1 to 64 letters, digits, dots, dashes or underscores")
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return payloadKey{}, fmt.Errorf("key %q is not standard base64", id) // the decoder's error would quote a byte
	}
	if len(raw) != keySize {
		return payloadKey{}, fmt.Errorf("key %q is %d bytes long, not %d", id, len(raw), keySize)
	}
	return newPayloadKey(id, raw)
}

func newPayloadKey(id string, raw []byte) (payloadKey, error) {
	block, err := aes.NewCipher(raw)
	if err != nil {
		return payloadKey{}, err
	}
	// A fresh random nonce for each payload, kept in front of the ciphertext. Random nonces are safe for 2^32
	// payloads under one key (NIST SP 800-38D §8.3): at 200 payloads a case that is 20 million cases.
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return payloadKey{id: id, aead: aead}, err
}

// KeyringFromEnv reads TENURE_PAYLOAD_KEYS, or the file that TENURE_PAYLOAD_KEYS_FILE names. With neither the keyring
// is empty and payloads are not encrypted: the caller decides whether that is allowed. getenv is usually os.Getenv.
func KeyringFromEnv(getenv func(string) string) (Keyring, error) {
	text, path := getenv(EnvPayloadKeys), getenv(EnvPayloadKeysFile)
	switch {
	case text != "" && path != "":
		return Keyring{}, fmt.Errorf("%s and %s are both set; keep one of them", EnvPayloadKeys, EnvPayloadKeysFile)
	case path != "":
		ring, err := ReadKeyFile(path)
		if err != nil {
			return Keyring{}, fmt.Errorf("%s: %w", EnvPayloadKeysFile, err)
		}
		return ring, nil
	case text == "":
		return Keyring{}, nil
	}
	ring, err := ParseKeyring(text)
	if err != nil {
		return Keyring{}, fmt.Errorf("%s: %w", EnvPayloadKeys, err)
	}
	return ring, nil
}

// ReadKeyFile reads the keys kept in a file.
func ReadKeyFile(path string) (Keyring, error) {
	text, err := os.ReadFile(path) // #nosec G304 -- the path is the operator's own setting
	if err != nil {
		return Keyring{}, fmt.Errorf("payload key file: %w; give the path of a readable file that holds %s", err, keyShape)
	}
	ring, err := ParseKeyring(string(text))
	if err != nil {
		return Keyring{}, fmt.Errorf("payload key file %s: %w", path, err)
	}
	return ring, nil
}

// EnsureKeyFile reads the keys kept in a file, first making the file with one new key, readable by its owner alone,
// when there is none. The embedded server keeps its key beside its database this way: that protects copies of the
// database, not the folder itself.
func EnsureKeyFile(path string) (Keyring, error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return ReadKeyFile(path)
	}
	raw := make([]byte, keySize)
	_, _ = rand.Read(raw) // never fails; crypto/rand crashes the program rather than returning an error
	text := "# Payload keys: the first encrypts, all decrypt. Without this file the histories cannot be read.\n" +
		"k1:" + base64.StdEncoding.EncodeToString(raw) + "\n"
	if err := writeOnce(path, text); err != nil {
		return Keyring{}, fmt.Errorf("payload key file: %w", err)
	}
	return ReadKeyFile(path)
}

// writeOnce puts the whole text at path or nothing: a crash in between must not leave half a key behind, and of two
// processes that start together only one may win.
func writeOnce(path, text string) error {
	draft, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = draft.WriteString(text)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Empty says that there is no key, so nothing is encrypted.
func (r Keyring) Empty() bool { return len(r.keys) == 0 }

// IDs are the key ids, the encrypting one first.
func (r Keyring) IDs() []string {
	ids := make([]string, len(r.keys))
	for i, k := range r.keys {
		ids[i] = k.id
	}
	return ids
}

// String, GoString, Format and LogValue show the ids and never a key.
func (r Keyring) String() string { return "keyring(" + strings.Join(r.IDs(), ",") + ")" }

// GoString is String, so that %#v shows no key either.
func (r Keyring) GoString() string { return r.String() }

// Format is String for every verb: without it %x and %v of an enclosing struct would walk into the cipher.
func (r Keyring) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, r.String()) }

// LogValue is String for slog.
func (r Keyring) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalText is String for encoders (JSON among them).
func (r Keyring) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

func (r Keyring) find(id string) cipher.AEAD {
	for _, k := range r.keys {
		if k.id == id {
			return k.aead
		}
	}
	return nil
}
