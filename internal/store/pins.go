package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

// PIN is the lock PIN of one computer in one case. It is decided on the first call and the same for ever after,
// however many processes ask at once: a Mac that gets a second lock with another PIN is stranded. It is stored
// encrypted before it is returned, so no PIN is ever sent that could be lost.
func (s *Store) PIN(ctx context.Context, caseID, serial string) (string, error) {
	if caseID == "" || serial == "" {
		return "", fmt.Errorf("store: PIN for case %q and serial %q: neither may be empty", caseID, serial)
	}
	if pin, err := s.KnownPIN(ctx, caseID, serial); err == nil || !errors.Is(err, ErrNotFound) {
		return pin, err
	}
	var pin string
	err := s.write(ctx, func(tx *sql.Tx) error {
		var err error
		if pin, err = s.readPIN(ctx, tx, caseID, serial); err == nil || !errors.Is(err, ErrNotFound) {
			return err
		}
		if pin, err = s.newPIN(); err != nil {
			return err
		}
		sealed, err := s.sealPIN(pin, caseID, serial)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO pin (case_id, serial, key_id, sealed, created_at) VALUES ($1, $2, $3, $4, $5)`,
			caseID, serial, keyID(s.key), sealed, stamp(s.now()))
		return wrap("write PIN", err)
	})
	if err != nil {
		return "", err
	}
	return pin, nil
}

// KnownPIN is the PIN decided earlier; [ErrNotFound] when none was.
func (s *Store) KnownPIN(ctx context.Context, caseID, serial string) (string, error) {
	return s.readPIN(ctx, s.db, caseID, serial)
}

func (s *Store) readPIN(ctx context.Context, q querier, caseID, serial string) (string, error) {
	var key, sealed string
	err := q.QueryRowContext(ctx, `SELECT key_id, sealed FROM pin WHERE case_id = $1 AND serial = $2`, caseID, serial).Scan(&key, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("PIN of %s in %s: %w", serial, caseID, ErrNotFound)
	}
	if err != nil {
		return "", wrap("read PIN", err)
	}
	if key != keyID(s.key) {
		return "", fmt.Errorf("store: the PIN of %s in %s was encrypted with key %s, this process has key %s: start it with the secret key of that time",
			serial, caseID, key, keyID(s.key))
	}
	return s.openPIN(sealed, caseID, serial)
}

// keyID tells keys apart without telling anything about them.
func keyID(key [32]byte) string {
	sum := sha256.Sum256(append([]byte("tenure secret key id\n"), key[:]...))
	return hex.EncodeToString(sum[:4])
}

func (s *Store) aead() (cipher.AEAD, error) {
	if s.key == [32]byte{} {
		return nil, errors.New("store: no secret key: PINs cannot be encrypted; set SecretKey to 32 random bytes")
	}
	block, err := aes.NewCipher(s.key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealPIN encrypts the PIN and binds it to its case and computer: moved to another row it does not open.
func (s *Store) sealPIN(pin, caseID, serial string) (string, error) {
	aead, err := s.aead()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(pin), pinContext(caseID, serial))), nil
}

func (s *Store) openPIN(sealed, caseID, serial string) (string, error) {
	aead, err := s.aead()
	if err != nil {
		return "", err
	}
	b, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(b) < aead.NonceSize() {
		return "", fmt.Errorf("store: the PIN of %s in %s is damaged", serial, caseID)
	}
	pin, err := aead.Open(nil, b[:aead.NonceSize()], b[aead.NonceSize():], pinContext(caseID, serial))
	if err != nil {
		return "", fmt.Errorf("store: the PIN of %s in %s cannot be decrypted: it was changed or moved", serial, caseID)
	}
	return string(pin), nil
}

func pinContext(caseID, serial string) []byte {
	return fmt.Appendf(nil, "%d %s%s", len(caseID), caseID, serial)
}
