package signin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Files that hold tokens are their owner's alone.
const (
	ownersFolder = 0o700
	ownersFile   = 0o600
)

// Sessions are the sign-ins of this person, one file a deployment in a folder.
type Sessions struct {
	// Dir is the program's folder among the person's settings.
	Dir string
}

// settings is the file config.json.
type settings struct {
	URL string `json:"url"`
}

// Load reads the sign-in to a deployment. Errors: fs.ErrNotExist.
func (s Sessions) Load(address string) (Session, error) {
	var session Session
	if err := read(s.file(address), &session); err != nil {
		return Session{}, err
	}
	if session.URL != address {
		return Session{}, fs.ErrNotExist
	}
	return session, nil
}

// Save writes a sign-in down.
func (s Sessions) Save(session Session) error { return s.write(s.file(session.URL), session) }

// Delete forgets the sign-in to a deployment; one that is not there is no error.
func (s Sessions) Delete(address string) error {
	if err := os.Remove(s.file(address)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("deleting the sign-in: %w", err)
	}
	return nil
}

// Address is the deployment that was signed in to last; empty before the first time.
func (s Sessions) Address() (string, error) {
	var stored settings
	if err := read(s.config(), &stored); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return stored.URL, nil
}

// Remember makes a deployment the one that is meant where none is named.
func (s Sessions) Remember(address string) error { return s.write(s.config(), settings{URL: address}) }

func (s Sessions) config() string { return filepath.Join(s.Dir, "config.json") }

// file gives each deployment a name that people recognise; should two ever share one, the URL inside tells them apart.
func (s Sessions) file(address string) string {
	_, name, _ := strings.Cut(address, "://")
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-", r) {
			return r
		}
		return '-'
	}, strings.ToLower(name))
	return filepath.Join(s.Dir, "session-"+name+".json")
}

func read(path string, into any) error {
	text, err := os.ReadFile(path) //nolint:gosec // the program's own file
	if err != nil {
		return fmt.Errorf("reading the sign-in: %w", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("reading the sign-in: %s is broken (delete it and sign in again): %w", path, err)
	}
	return nil
}

// write puts a whole new file in the old one's place, so that another command never reads half of it.
func (s Sessions) write(path string, value any) error {
	if err := os.MkdirAll(s.Dir, ownersFolder); err != nil {
		return fmt.Errorf("writing the sign-in down: %w", err)
	}
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the sign-in down: %w", err)
	}
	draft, err := os.CreateTemp(s.Dir, ".draft-*") // 0600 from the start
	if err != nil {
		return fmt.Errorf("writing the sign-in down: %w", err)
	}
	defer func() { _ = os.Remove(draft.Name()) }() // is gone where all went well
	_, err = draft.Write(append(text, '\n'))
	err = errors.Join(err, draft.Chmod(ownersFile), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing the sign-in down: %w", err)
	}
	return nil
}
