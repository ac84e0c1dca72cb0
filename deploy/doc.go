// Package deploy holds what docker-compose.yml mounts and the tests that keep it true: the compose file is read with
// Compose's own library, the scripts are compared with what the programs expect. Nothing is started.
package deploy
