// Package company is the seeded company that demonstrations and tests put into the stand-ins: people with their
// managers, places, devices, groups and applications, and the accounts that belong to nobody. It is data: the same on
// every call and every machine, with no clock and no chance in it.
//
// Nobody in it exists. Names are put together from words that make no surname, addresses are in the domains kept for
// examples, and streets are invented around real towns, so that an address has the form a courier expects.
package company
