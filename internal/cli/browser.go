package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"runtime"
)

// openBrowser shows an address in the person's browser. Without a desktop there is none: what xdg-open starts there would
// take over the terminal.
func openBrowser(ctx context.Context, address string) error {
	if !isWebAddress(address) { // the opener would start programs for others
		return errors.New("it is no web address")
	}
	ctx = context.WithoutCancel(ctx) // the browser stays when the command ends
	var command *exec.Cmd
	switch runtime.GOOS {
	case "darwin":
		command = exec.CommandContext(ctx, "open", address) //nolint:gosec // checked above
	case "windows":
		command = exec.CommandContext(ctx, "rundll32", "url.dll,FileProtocolHandler", address) //nolint:gosec // likewise
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return errors.New("there is no desktop here")
		}
		command = exec.CommandContext(ctx, "xdg-open", address) //nolint:gosec // likewise
	}
	if err := command.Run(); err != nil {
		return fmt.Errorf("opening the browser: %w", err)
	}
	return nil
}

func isWebAddress(address string) bool {
	parsed, err := url.Parse(address)
	return err == nil && (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Host != ""
}
