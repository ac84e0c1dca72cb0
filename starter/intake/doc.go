// Package intake stands behind the front doors: the inbox, which keeps what came through a door until Temporal has
// taken it, and the schedules of what looks for itself, at the HR system and at moved tickets. Each ask becomes one
// workflow, which weighs it and takes it to the one case per employee.
package intake
