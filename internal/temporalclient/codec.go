package temporalclient

import (
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// What an encrypted payload's metadata says, in clear.
const (
	metaEncoding = converter.MetadataEncoding
	metaKeyID    = "encryption-key-id"
	metaCipher   = "encryption-cipher"

	encodingEncrypted = "binary/encrypted"
	cipherName        = "AES-256-GCM"
)

// Codec encrypts payloads with the first key of a keyring and decrypts with whichever key a payload names. A
// payload that is not encrypted passes through decoding untouched, so encryption can be switched on over histories
// that began without it.
type Codec struct {
	keys Keyring
}

var _ converter.PayloadCodec = (*Codec)(nil)

// NewCodec makes the codec of a keyring. With an empty keyring it encodes nothing.
func NewCodec(keys Keyring) *Codec { return &Codec{keys: keys} }

// Encode implements converter.PayloadCodec.
func (c *Codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	if c.keys.Empty() {
		return payloads, nil
	}
	return each(payloads, c.encrypt)
}

// Decode implements converter.PayloadCodec. A payload whose key is not in the keyring is an error that names the
// key's id; it is never passed on as if it were data.
func (c *Codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return each(payloads, c.decrypt)
}

func each(in []*commonpb.Payload, f func(*commonpb.Payload) (*commonpb.Payload, error)) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(in))
	for i, p := range in {
		var err error
		if out[i], err = f(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *Codec) encrypt(p *commonpb.Payload) (*commonpb.Payload, error) {
	plain, err := proto.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encrypt payload: %w", err)
	}
	key := c.keys.keys[0]
	return &commonpb.Payload{
		Metadata: map[string][]byte{
			metaEncoding: []byte(encodingEncrypted),
			metaCipher:   []byte(cipherName),
			metaKeyID:    []byte(key.id),
		},
		Data: key.aead.Seal(nil, nil, plain, boundTo(key.id)), //nolint:gosec // G407: this AEAD draws a random nonce itself
	}, nil
}

func (c *Codec) decrypt(p *commonpb.Payload) (*commonpb.Payload, error) {
	if string(p.GetMetadata()[metaEncoding]) != encodingEncrypted {
		return p, nil
	}
	id := string(p.GetMetadata()[metaKeyID])
	aead := c.keys.find(id)
	if aead == nil {
		return nil, fmt.Errorf("payload is encrypted with key %q, which is not among the keys here (%s); add it behind the first key in %s",
			id, strings.Join(c.keys.IDs(), ", "), EnvPayloadKeys)
	}
	plain, err := aead.Open(nil, nil, p.GetData(), boundTo(id))
	if err != nil {
		return nil, fmt.Errorf("payload does not open with key %q: it was altered, or another key goes by the same id", id)
	}
	var out commonpb.Payload
	if err := proto.Unmarshal(plain, &out); err != nil {
		return nil, fmt.Errorf("payload opened with key %q holds no Temporal payload: %w", id, err)
	}
	return &out, nil
}

// boundTo is the additional data: a ciphertext moved under another cipher or key id does not open.
func boundTo(id string) []byte { return []byte(cipherName + "/" + id) }
