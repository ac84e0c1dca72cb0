// Package workflows holds Tenure's processes, one per file: Offboard, DeviceReturn, WatchDirectory. They are
// deterministic and do no I/O: everything reaches them as input, as an activity's result, or as a message. A
// process reads as a table of contents; what it does at each step is in the plan, which is data.
//
// The parts that every process of a person shares are in case_*.go: step records and their log, the alarm clock,
// the mirrors in Slack and Jira, and the messages by which people act on a step.
package workflows
