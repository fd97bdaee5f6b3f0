package deploy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rezagent/rez_agent/local/process"
	"github.com/rezagent/rez_agent/local/steps"
)

const (
	webFolder = "web"
	// DashboardFiles is the folder of the built dashboard, in the project.
	DashboardFiles = "web/dist"
	dashboardStamp = "web/dist/.built"
	dashboardLock  = "build/local/dashboard.lock"
)

// dashboardSources are what the built dashboard depends on.
func dashboardSources() []string {
	return []string{
		"web/package-lock.json", "web/package.json", "web/index.html", "web/vite.config.ts", "web/tsconfig.json", "web/public", "web/src",
		"statemachine/testdata/deliver.asl.json",
	}
}

// Dashboard builds the dashboard into DashboardFiles. When it is there already, and nothing changed, that takes no time.
func Dashboard(ctx context.Context, root string, report steps.Report) error {
	release, err := process.Lock(ctx, filepath.Join(root, dashboardLock), func() { report("waiting for another build") })
	if err != nil {
		return err
	}
	return errors.Join(buildDashboard(ctx, root, report), release())
}

func buildDashboard(ctx context.Context, root string, report steps.Report) error {
	want, err := fingerprint(root, dashboardSources())
	if err != nil {
		return err
	}
	have, err := os.ReadFile(filepath.Join(root, dashboardStamp))
	if err == nil && string(have) == want {
		report("already there")
		return nil
	}
	if err := Prepare(ctx, root, webFolder, report); err != nil {
		return err
	}
	report("npm run build")
	if log, err := run(ctx, filepath.Join(root, webFolder), nil, nil, "npm", "run", "build"); err != nil {
		return &steps.Problem{
			Part: "dashboard", Err: fmt.Errorf("npm run build: %w", err), Do: "mend what the build says above, and start again", Log: log,
		}
	}
	if err := os.WriteFile(filepath.Join(root, dashboardStamp), []byte(want), 0o644); err != nil {
		return fmt.Errorf("note that the dashboard is built: %w", err)
	}
	report("built into " + DashboardFiles)
	return nil
}

// fingerprint changes with any file's name or content.
func fingerprint(root string, sources []string) (string, error) {
	sum := sha256.New()
	for _, source := range sources {
		err := filepath.WalkDir(filepath.Join(root, source), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			return add(sum, root, path)
		})
		if err != nil {
			return "", fmt.Errorf("read the dashboard's sources: %w", err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func add(sum hash.Hash, root, path string) error {
	name, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(sum, "%s\x00", name); err != nil {
		return errors.Join(err, file.Close())
	}
	_, err = io.Copy(sum, file)
	return errors.Join(err, file.Close())
}
