package company

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

var firstNames = []string{
	"Avery", "Blair", "Casey", "Devon", "Ellis", "Finley", "Gale", "Harper", "Indra", "Jules", "Kit", "Lane",
	"Marlow", "Noor", "Oakley", "Perrin", "Quinn", "Robin", "Sage", "Tatum", "Uma", "Vesper", "Wren", "Xen",
	"Yael", "Zephyr", "Arden", "Briar", "Cove", "Darcy", "Emlyn", "Frost", "Greer", "Hollis", "Ira", "Juno", "Keir",
}

// Two words that make no surname together.
var (
	lastFirst = []string{
		"Amber", "Bramble", "Cinder", "Dapple", "Ember", "Fern", "Gable", "Hazel", "Inkle", "Juniper", "Kelp", "Lark",
		"Marble", "Nettle", "Opal", "Pebble", "Quill", "Russet", "Saffron", "Thistle", "Umber", "Velvet", "Willow",
		"Yarrow", "Zinnia", "Copper", "Drizzle", "Flint", "Mossy", "Silver", "Tinder",
	}
	lastSecond = []string{
		"kettle", "button", "lantern", "pepper", "biscuit", "whistle", "thimble", "saddle", "bucket", "candle",
		"ladder", "pocket", "ribbon", "teapot", "umbrella", "violin", "waffle", "anchor", "basket", "compass",
		"drum", "easel", "fiddle", "goblet", "hammock", "jigsaw", "mitten", "napkin", "pillow",
	}
)

// stride has no divisor in common with the number of combinations, so that walking by it meets each once before any
// comes again: names are unique without looking, and neighbours have nothing in common.
const stride = 10007

func combinations() int { return len(firstNames) * len(lastFirst) * len(lastSecond) }

// name is the name of person i. After all combinations a numeral keeps it unique.
func name(i int) (first, last string) {
	n := (i % combinations()) * stride % combinations()
	first = firstNames[n%len(firstNames)]
	n /= len(firstNames)
	last = lastFirst[n%len(lastFirst)] + lastSecond[n/len(lastFirst)]
	if round := i / combinations(); round > 0 {
		last += fmt.Sprint(round + 1)
	}
	return first, last
}

// digest is chance that is the same every time.
func digest(kind string, i int) [32]byte { return sha256.Sum256(fmt.Appendf(nil, "%s %d", kind, i)) }

// mix spreads i; different salts give unrelated numbers.
func mix(i, salt int) int {
	d := digest(fmt.Sprintf("mix %d", salt), i)
	return int(binary.BigEndian.Uint32(d[:]) >> 1)
}

// profileID is a UUID of version 4 in form.
func profileID(i int) string {
	d := digest("profile", i)
	d[6], d[8] = d[6]&0x0f|0x40, d[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", d[:4], d[4:6], d[6:8], d[8:10], d[10:16])
}

const serialDigits = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ" // Apple's serials have neither I nor O

// serial is a serial number in the form of a Mac's ("C02") or a phone's ("F17"): the number in the middle keeps it
// unique, the end makes it look like one.
func serial(prefix string, i int) string {
	b := []byte(prefix)
	for n, k := i+1, 0; k < 4; n, k = n/len(serialDigits), k+1 {
		b = append(b, serialDigits[n%len(serialDigits)])
	}
	d := digest(prefix, i)
	for k := range 5 {
		b = append(b, serialDigits[int(d[k])%len(serialDigits)])
	}
	return string(b)
}
