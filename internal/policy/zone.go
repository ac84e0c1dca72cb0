package policy

import (
	"strings"
	"time"
	_ "time/tzdata" // a container without zone files must not move anybody's last hour

	"tenure/internal/employee"
)

// ZoneName is the IANA name of the person's time zone: by office, then by region or country of the home, then of
// the office, then the default.
func (p Policy) ZoneName(e employee.Employee) string {
	for office, zone := range p.TimeZones.Offices {
		if e.Office != "" && strings.EqualFold(office, e.Office) {
			return zone
		}
	}
	for _, place := range []employee.Address{e.Home, e.OfficeAddress} {
		country := strings.ToUpper(place.Country)
		if country == "" {
			continue
		}
		for _, key := range []string{country + "-" + strings.ToUpper(place.State), country} {
			if zone, ok := p.TimeZones.Countries[key]; ok {
				return zone
			}
		}
	}
	return p.TimeZones.Default
}

// Zone is the person's time zone. Parse has checked every name; should a zone be unknown all the same, it is UTC.
func (p Policy) Zone(e employee.Employee) *time.Location {
	zone, err := time.LoadLocation(p.ZoneName(e))
	if err != nil {
		return time.UTC
	}
	return zone
}

// Instant is when the clock in zone shows c on the given day. Where the clocks go back and show c twice, it is
// the first time; where they go forward and skip c, it is as long after the jump as c is after its start.
func Instant(day employee.Date, c Clock, zone *time.Location) time.Time {
	wall := day.At(c.Hour, c.Minute, time.UTC)
	_, before := wall.Add(-24 * time.Hour).In(zone).Zone()
	_, after := wall.Add(24 * time.Hour).In(zone).Zone()
	early, late := wall.Add(-time.Duration(before)*time.Second), wall.Add(-time.Duration(after)*time.Second)
	if late.Before(early) {
		early, late = late, early
	}
	for _, t := range []time.Time{early, late} {
		if shows(t.In(zone), wall) {
			return t.In(zone)
		}
	}
	return late.In(zone)
}

func shows(t, wall time.Time) bool {
	return t.Day() == wall.Day() && t.Hour() == wall.Hour() && t.Minute() == wall.Minute()
}
