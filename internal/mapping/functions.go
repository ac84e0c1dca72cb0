package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"golang.org/x/text/unicode/norm"
)

// functions are what a mapping has besides CEL's own and those for texts (https://pkg.go.dev/github.com/google/cel-go/ext#Strings).
func functions() []cel.EnvOption {
	texts := types.NewListType(types.StringType)
	return []cel.EnvOption{
		cel.Function("plain", cel.Overload("tenure_plain", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.String(plain(string(v.(types.String)))) }))),
		cel.Function("slug", cel.Overload("tenure_slug", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.String(slug(string(v.(types.String)))) }))),
		cel.Function("titled", cel.Overload("tenure_titled", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.String(titled(string(v.(types.String)))) }))),
		cel.Function("initial", cel.Overload("tenure_initial", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.String(initial(string(v.(types.String)))) }))),
		cel.Function("prefixed", cel.Overload("tenure_prefixed", []*cel.Type{cel.StringType, cel.StringType}, cel.StringType,
			cel.BinaryBinding(func(prefix, v ref.Val) ref.Val {
				return types.String(prefixed(string(prefix.(types.String)), string(v.(types.String))))
			}))),
		cel.Function("firstOf", cel.Overload("tenure_first_of", []*cel.Type{texts}, cel.StringType, cel.UnaryBinding(firstOf))),
	}
}

// spelt are letters that have no decomposition into a letter of ASCII and a mark, as people spell them where they
// have none. German umlauts lose their dots like every other mark: an expression that wants ae says so with replace.
var spelt = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "o", 'Ø': "o", 'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d",
	'þ': "th", 'Þ': "th", 'ł': "l", 'Ł': "l", 'ı': "i", 'ħ': "h", 'Ħ': "h", 'ŋ': "n", 'Ŋ': "n", 'ĸ': "k", 'ŧ': "t", 'Ŧ': "t",
}

// fold writes a text in lower-case ASCII: marks are dropped, a letter that ASCII does not have is spelt, and what no
// letters of ASCII stand for (other scripts) is given to other as it is.
func fold(s string, other func(*strings.Builder)) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		case spelt[r] != "":
			b.WriteString(spelt[r])
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’': // O'Neill is oneill
		default:
			other(&b)
		}
	}
	return b.String()
}

// plain keeps letters and digits, in lower-case ASCII: what a login is made of. A name in another script gives
// nothing.
func plain(s string) string { return fold(s, func(*strings.Builder) {}) }

// slug is plain with a hyphen for whatever lies between words: "Customer Success" is customer-success.
func slug(s string) string {
	return strings.Trim(fold(s, func(b *strings.Builder) {
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}), "-")
}

// titled begins every word with a capital: HR's worker type "full time" is Full Time.
func titled(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		first, size := utf8.DecodeRuneInString(w)
		words[i] = string(unicode.ToTitle(first)) + w[size:]
	}
	return strings.Join(words, " ")
}

// initial is the first letter of a text, and nothing of nothing.
func initial(s string) string {
	_, size := utf8.DecodeRuneInString(strings.TrimSpace(s))
	return strings.TrimSpace(s)[:size]
}

// prefixed puts something before a text, unless that is blank: a department that HR leaves blank is no group "dept-".
func prefixed(prefix, s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return prefix + s
}

// firstOf is the first text of a list that is not blank.
func firstOf(list ref.Val) ref.Val {
	for it := list.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		v, ok := it.Next().(types.String)
		if !ok {
			return types.NewErr("firstOf takes a list of texts")
		}
		if strings.TrimSpace(string(v)) != "" {
			return v
		}
	}
	return types.String("")
}
