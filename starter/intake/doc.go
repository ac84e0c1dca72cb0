// Package intake is where everything that reaches Tenure from outside comes in: it is checked here and meets the
// one case per employee.
package intake
