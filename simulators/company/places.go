package company

import "fmt"

// Offices lists the places of work.
func Offices() []Office {
	return []Office{
		{"New York", "America/New_York", "+1 212 555 0100", Address{"410 Lantern Street", "Floor 9", "New York", "NY", "10013", "US"}},
		{"Austin", "America/Chicago", "+1 512 555 0110", Address{"88 Thistle Avenue", "Suite 300", "Austin", "TX", "78701", "US"}},
		{"San Francisco", "America/Los_Angeles", "+1 415 555 0120", Address{"1250 Kestrel Street", "", "San Francisco", "CA", "94105", "US"}},
		{"Toronto", "America/Toronto", "+1 416 555 0130", Address{"75 Maplewick Street", "Suite 1200", "Toronto", "ON", "M5V 2T6", "CA"}},
		{"Vancouver", "America/Vancouver", "+1 604 555 0140", Address{"900 Heron Street", "", "Vancouver", "BC", "V6B 1A1", "CA"}},
		{"Berlin", "Europe/Berlin", "+49 30 55501 50", Address{"Laternenweg 12", "", "Berlin", "", "10115", "DE"}},
		{"Seoul", "Asia/Seoul", "+82 2 555 0160", Address{"48 Deungbul-ro", "7F", "Seoul", "", "04524", "KR"}},
	}
}

// office places person i. About seven in ten work in the US.
func office(i int) Office {
	offices := Offices()
	pattern := [...]int{0, 0, 1, 2, 0, 5, 2, 1, 3, 0, 2, 6, 0, 1, 2, 4, 0, 3, 1, 0}
	return offices[pattern[i%len(pattern)]]
}

// home is an address near the office, in the country's form.
func home(o Office, i int) Address {
	street := streets[mix(i, 7)%len(streets)]
	number := 3 + mix(i, 11)%940
	a := o.Address
	switch o.Name {
	case "New York":
		a.City, a.Zip = pick(i, "Albany", "12207", "Yonkers", "10701", "Brooklyn", "11201")
	case "Austin":
		a.City, a.Zip = pick(i, "Austin", "78704", "Round Rock", "78664", "San Marcos", "78666")
	case "San Francisco":
		a.City, a.Zip = pick(i, "Oakland", "94607", "San Mateo", "94401", "Berkeley", "94704")
	case "Toronto":
		a.City, a.Zip = pick(i, "Toronto", "M4W 1A8", "Mississauga", "L5B 3C1", "Hamilton", "L8P 1A1")
	case "Vancouver":
		a.City, a.Zip = pick(i, "Vancouver", "V5K 0A1", "Burnaby", "V5H 2E8", "Richmond", "V6X 1A1")
	case "Berlin":
		a.City, a.Zip = pick(i, "Berlin", "10405", "Potsdam", "14467", "Berlin", "12047")
	case "Seoul":
		a.City, a.Zip = pick(i, "Seoul", "03141", "Suwon", "16490", "Incheon", "21554")
	}
	a.Line1, a.Line2 = fmt.Sprintf("%d %s Street", number, street), ""
	switch a.Country {
	case "DE":
		a.Line1 = fmt.Sprintf("%sweg %d", street, 1+number%180)
	case "KR":
		a.Line1 = fmt.Sprintf("%d %s-ro", 1+number%300, street)
	}
	if i%5 == 0 {
		a.Line2 = fmt.Sprintf("Apt %d", 1+i%60)
	}
	return a
}

// pick chooses one of three towns with its postal code.
func pick(i int, pairs ...string) (city, zip string) {
	n := mix(i, 13) % (len(pairs) / 2)
	return pairs[2*n], pairs[2*n+1]
}

var streets = []string{
	"Alder", "Barley", "Clover", "Dapple", "Ember", "Fennel", "Gorse", "Harrow", "Indigo", "Juniper",
	"Kettle", "Larkspur", "Marrow", "Nettle", "Orchard", "Pepper", "Quill", "Rowan", "Saffron", "Tansy",
}
