package temporalclient

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

func encrypted(t *testing.T, r Keyring, value any) *commonpb.Payload {
	t.Helper()
	data, _ := Converters(r)
	p, err := data.ToPayload(value)
	require.NoError(t, err)
	return p
}

func TestCodec_RoundTrip_KeepsTheWholePayload(t *testing.T) {
	r := ring(t, "k1:"+encoded("a"))
	plain, err := converter.GetDefaultDataConverter().ToPayload(map[string]string{"email": "leaver@example.com"})
	require.NoError(t, err)
	out, err := NewCodec(r).Encode([]*commonpb.Payload{plain})
	require.NoError(t, err)
	require.Equal(t, "k1", string(out[0].GetMetadata()[metaKeyID]))
	require.NotContains(t, string(out[0].GetData()), "leaver")
	back, err := NewCodec(r).Decode(out)
	require.NoError(t, err)
	require.True(t, proto.Equal(plain, back[0]))
}

func TestCodec_SameValueTwice_LooksDifferent(t *testing.T) {
	r := ring(t, "k1:"+encoded("a"))
	require.NotEqual(t, encrypted(t, r, "x").GetData(), encrypted(t, r, "x").GetData())
}

func TestCodec_Rotation(t *testing.T) {
	before := ring(t, "old:"+encoded("a"))
	during := ring(t, "new:"+encoded("b")+",old:"+encoded("a"))
	after := ring(t, "new:"+encoded("b"))
	was, is := encrypted(t, before, "x"), encrypted(t, during, "x")

	var got string
	data, _ := Converters(during)
	require.NoError(t, data.FromPayload(was, &got), "a rotated ring reads what the old key wrote")
	require.Equal(t, "x", got)
	data, _ = Converters(after)
	require.NoError(t, data.FromPayload(is, &got), "and writes with the new key")
	err := data.FromPayload(was, &got)
	require.ErrorContains(t, err, `key "old", which is not among the keys here (new); add it`)
}

func TestCodec_Altered_DoesNotOpen(t *testing.T) {
	r := ring(t, "k1:"+encoded("a")+",k2:"+encoded("a"))
	for name, alter := range map[string]func(*commonpb.Payload){
		"data":   func(p *commonpb.Payload) { p.Data[len(p.Data)-1] ^= 1 },
		"nonce":  func(p *commonpb.Payload) { p.Data[0] ^= 1 },
		"short":  func(p *commonpb.Payload) { p.Data = p.Data[:5] },
		"key id": func(p *commonpb.Payload) { p.Metadata[metaKeyID] = []byte("k2") }, // the same key by another id
	} {
		t.Run(name, func(t *testing.T) {
			p := encrypted(t, r, "x")
			alter(p)
			_, err := NewCodec(r).Decode([]*commonpb.Payload{p})
			require.ErrorContains(t, err, "does not open with key")
		})
	}
}

func TestCodec_PlainPayload_PassesThroughDecoding(t *testing.T) {
	plain := encrypted(t, Keyring{}, "readable since before encryption")
	out, err := NewCodec(ring(t, "k1:"+encoded("a"))).Decode([]*commonpb.Payload{plain})
	require.NoError(t, err)
	require.True(t, proto.Equal(plain, out[0]))
}

func TestConverters_FailureText_IsEncrypted_TypeIsNot(t *testing.T) {
	_, failures := Converters(ring(t, "k1:"+encoded("a")))
	in := temporal.NewApplicationError("no mailbox leaver@example.com", "NotFound")
	wire := failures.ErrorToFailure(in)
	require.NotContains(t, wire.String(), "leaver")
	require.Equal(t, "NotFound", wire.GetApplicationFailureInfo().GetType())
	require.ErrorContains(t, failures.FailureToError(wire), "leaver@example.com")
}
