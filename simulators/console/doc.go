// Package console is one page that shows what every vendor's own console would show of the simulated company, and
// lets a person do there what people do in those consoles.
package console
