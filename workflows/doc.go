// Package workflows holds Tenure's processes, one per file: Offboard, DeviceReturn and WatchDirectory, and the small
// ones that help them: Request carries one ask from a front door to its case, WatchTickets finds tickets that people
// moved, Doctor examines every connection, Look answers a command line that has no store. They are deterministic and
// do no I/O: everything reaches them as input, as an activity's result, or as a message. A process reads as a table of
// contents; what it does at each step is in the plan, which is data.
//
// The parts that every process of a person shares are in case_*.go: step records and their log, the alarm clock,
// the mirrors in Slack and Jira, and the messages by which people act on a step.
package workflows
