package stack

import (
	"os"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

func TestOnlyItsOwnerReadsAStacksPasswords(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(Dir(root, "dev"), 0o755))
	require.NoError(t, os.WriteFile(file(root, "dev"), nil, 0o644), "left behind by a stack that was killed")
	a := Addresses{Name: "dev", PID: os.Getpid(), Users: []User{{Name: "viewer", Password: "secret", Role: "viewer"}}}
	require.NoError(t, a.write(root))
	info, err := os.Stat(file(root, "dev"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	read, err := Open(root, "dev")
	require.NoError(t, err)
	require.Equal(t, a.Users, read.Users)
}

func TestPasswordsAreWhatThePoolAsksForAndNeverTheSame(t *testing.T) {
	t.Parallel()
	one, other := password(), password()
	require.NotEqual(t, one, other)
	require.GreaterOrEqual(t, len(one), 12)
	for what, is := range map[string]func(rune) bool{
		"upper": unicode.IsUpper, "lower": unicode.IsLower, "digit": unicode.IsDigit, "symbol": unicode.IsPunct,
	} {
		found := false
		for _, r := range one {
			found = found || is(r)
		}
		require.True(t, found, what)
	}
}
