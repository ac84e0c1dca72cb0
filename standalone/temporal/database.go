package temporal

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	schema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
	_ "modernc.org/sqlite" // database/sql driver "sqlite"

	"tenure/internal/temporalclient"
)

// ensureDatabase makes the database when there is none. It is built under another name and moved into place whole: a
// process killed while building leaves a draft that the next start throws away, never half a schema.
func ensureDatabase(cfg Config) error {
	path := filepath.Join(cfg.Dir, databaseFile)
	_, err := os.Stat(path)
	if err == nil {
		return checkSchema(path)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("temporal: database: %w", err)
	}
	draft := path + ".new"
	if err := errors.Join(removeIfThere(draft), removeIfThere(draft+"-journal")); err != nil {
		return fmt.Errorf("temporal: remove unfinished database: %w", err)
	}
	if err := buildDatabase(cfg, draft); err != nil {
		return fmt.Errorf("temporal: set up database: %w", err)
	}
	return os.Rename(draft, path)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func buildDatabase(cfg Config, path string) error {
	database := sqlConfig(path, map[string]string{"journal_mode": "delete", "synchronous": "2"})
	if err := schema.SetupSchema(database); err != nil {
		return err
	}
	namespace, err := schema.NewNamespaceConfig(clusterName, cfg.Namespace, false, temporalclient.SearchAttributes())
	if err != nil {
		return err
	}
	namespace.Detail.Config.Retention = durationpb.New(cfg.Retention)
	if err := schema.CreateNamespaces(database, namespace); err != nil {
		return err
	}
	return stampSchema(path)
}

// The server does not say in an SQLite file which schema it was made with, and does not migrate it: a newer server
// would fail in the middle of a case. So the file is stamped, and a mismatch is told at the start.

func stampSchema(path string) error {
	return withDatabase(path, func(db *sql.DB) error {
		_, err := db.Exec(`CREATE TABLE tenure_stamp (schema TEXT NOT NULL, visibility TEXT NOT NULL);
			INSERT INTO tenure_stamp VALUES (?, ?)`, schema.Version, schema.VisibilityVersion)
		return err
	})
}

func checkSchema(path string) error {
	var main, visibility string
	err := withDatabase(path, func(db *sql.DB) error {
		return db.QueryRow(`SELECT schema, visibility FROM tenure_stamp`).Scan(&main, &visibility)
	})
	if err != nil {
		return fmt.Errorf("temporal: %s is not a database made by this program: %w; give another folder, or move the file away", path, err)
	}
	if main != schema.Version || visibility != schema.VisibilityVersion {
		return fmt.Errorf("temporal: %s has schema %s/%s and this program's server needs %s/%s; finish the open cases with the program that made it, or use a Temporal cluster, which migrates",
			path, main, visibility, schema.Version, schema.VisibilityVersion)
	}
	return nil
}

func withDatabase(path string, f func(*sql.DB) error) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	return errors.Join(f(db), db.Close())
}
