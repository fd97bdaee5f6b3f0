package browser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/steps"
)

// machine is a PATH that holds nothing but the given scripts.
func machine(t *testing.T, scripts map[string]string) (bin string) {
	t.Helper()
	bin = t.TempDir()
	for name, script := range scripts {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700))
	}
	t.Setenv("PATH", bin)
	t.Setenv(chosen, "")
	return bin
}

// notes is a report that remembers.
func notes() (report steps.Report, said *[]string) {
	said = &[]string{}
	return func(text string) { *said = append(*said, text) }, said
}

func TestChromiumIsFoundUnderAnyOfItsNames(t *testing.T) {
	for _, name := range names() {
		t.Run(name, func(t *testing.T) {
			bin := machine(t, map[string]string{name: "", "apt-get": "exit 1"})
			report, said := notes()
			path, err := chromium(t.Context(), true, report)
			require.NoError(t, err)
			require.Equal(t, filepath.Join(bin, name), path)
			require.Equal(t, []string{path}, *said)
		})
	}
}

func TestChromiumIsTheOneThatIsNamed(t *testing.T) {
	bin := machine(t, map[string]string{"mine": "", "chromium": ""})
	report, _ := notes()
	t.Setenv(chosen, filepath.Join(bin, "mine"))
	path, err := chromium(t.Context(), true, report)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(bin, "mine"), path)

	t.Setenv(chosen, filepath.Join(bin, "gone"))
	_, err = chromium(t.Context(), true, report)
	require.ErrorContains(t, err, "gone is no program")
}

func TestChromiumIsInstalledByRootOnDebian(t *testing.T) {
	bin := machine(t, nil)
	apt := `echo "$1 of it" ; if [ "$1" = install ]; then echo "$@" >"` + bin + `/asked"; printf '#!/bin/sh\n' >"` + bin +
		`/chromium"; /bin/chmod +x "` + bin + `/chromium"; fi`
	require.NoError(t, os.WriteFile(filepath.Join(bin, "apt-get"), []byte("#!/bin/sh\n"+apt+"\n"), 0o700))
	report, said := notes()
	path, err := chromium(t.Context(), true, report)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(bin, "chromium"), path)
	require.Equal(t, []string{"apt-get update: update of it", "apt-get install: install of it", path}, *said)
	asked, err := os.ReadFile(filepath.Join(bin, "asked"))
	require.NoError(t, err)
	require.Contains(t, string(asked), "-y ")
	require.Contains(t, string(asked), " chromium\n")
}

func TestWhoCannotInstallChromiumIsToldWhatToInstall(t *testing.T) {
	for name, c := range map[string]struct {
		scripts map[string]string
		root    bool
		says    string
	}{
		"not root":                    {map[string]string{"apt-get": "exit 1"}, false, "only root may install it"},
		"no Debian":                   {nil, true, "there is none in PATH"},
		"apt-get fails":               {map[string]string{"apt-get": "echo no network; exit 100"}, true, "apt-get update"},
		"a package without a browser": {map[string]string{"apt-get": "exit 0"}, true, "a package that has none"},
	} {
		t.Run(name, func(t *testing.T) {
			machine(t, c.scripts)
			report, _ := notes()
			_, err := chromium(t.Context(), c.root, report)
			var told *steps.Problem
			require.ErrorAs(t, err, &told)
			require.ErrorContains(t, err, c.says)
			require.Contains(t, told.Do, "apt-get install chromium")
			require.Contains(t, told.Do, "CHROMIUM=<path>")
			if name == "apt-get fails" {
				require.Equal(t, "no network", told.Log)
			}
		})
	}
}
