package mutation

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrStale is what the errors of Check wrap: the code has moved on, and the catalogue has to follow.
var ErrStale = errors.New("the catalogue is stale")

// Check reports every mutant that does not fit the code: a piece that is not there, or more than once, a name that is
// taken, tests in a folder that is none.
func Check(root string, mutants []Mutant) error {
	var faults []error
	seen := map[string]bool{}
	for _, m := range mutants {
		if seen[m.Name] {
			faults = append(faults, fmt.Errorf("%w: two mutants are named %s", ErrStale, m.Name))
		}
		seen[m.Name] = true
		if _, err := m.mutated(root); err != nil {
			faults = append(faults, err)
		}
		if len(m.Tests) == 0 {
			faults = append(faults, fmt.Errorf("%w: %s names no tests", ErrStale, m.Name))
		}
		for _, tests := range m.Tests {
			if info, err := os.Stat(filepath.Join(root, tests.Package)); err != nil || !info.IsDir() {
				faults = append(faults, fmt.Errorf("%w: %s: there is no package %s", ErrStale, m.Name, tests.Package))
			}
		}
	}
	return errors.Join(faults...)
}

// mutated is the text of the mutant's file with the piece replaced.
func (m Mutant) mutated(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, m.File))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrStale, m.Name, err)
	}
	if n := strings.Count(string(text), m.Old); n != 1 || m.Old == m.New {
		return nil, fmt.Errorf("%w: %s: this is %d times in %s, want once, and something else in its place:\n%s",
			ErrStale, m.Name, n, m.File, m.Old)
	}
	return []byte(strings.Replace(string(text), m.Old, m.New, 1)), nil
}

// brokenFile is a mutant's file in a folder of its own, and how go test comes to see it.
type brokenFile struct {
	// overlay is the file that tells the go command to read the broken file in the place of the project's; empty where
	// set tells the tests themselves.
	overlay, set string
}

// write puts the mutant's file into a folder.
func (m Mutant) write(root, dir string) (brokenFile, error) {
	text, err := m.mutated(root)
	if err != nil {
		return brokenFile{}, err
	}
	file := filepath.Join(dir, filepath.Base(m.File))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return brokenFile{}, fmt.Errorf("write the mutant %s: %w", m.Name, err)
	}
	if m.Through != "" {
		return brokenFile{set: m.Through + "=" + file}, nil
	}
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, m.File): file}})
	if err != nil {
		return brokenFile{}, fmt.Errorf("write the overlay of %s: %w", m.Name, err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		return brokenFile{}, fmt.Errorf("write the overlay of %s: %w", m.Name, err)
	}
	return brokenFile{overlay: overlay}, nil
}
