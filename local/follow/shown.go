package follow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// ErrNotReadable means that the topic cannot be read back: it takes notifications, but shows them to others only.
var ErrNotReadable = errors.New("the topic may not be read back from here")

// lookBack is how far back a topic is read, in ntfy's words.
const lookBack = "10m"

// Shown reads the topic back and checks that it shows the notification with ntfy's id: what ntfy shows is the proof, not
// what it answered.
func Shown(ctx context.Context, topic, ntfyID string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, topic+"/json?poll=1&since="+lookBack, http.NoBody)
	if err != nil {
		return fmt.Errorf("read the topic back: %w", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("read the topic back: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // nothing was written
	switch answer.StatusCode {
	case http.StatusOK:
		return find(answer.Body, ntfyID)
	case http.StatusUnauthorized, http.StatusForbidden:
		return ErrNotReadable
	default:
		return fmt.Errorf("read the topic back: ntfy answers HTTP %d", answer.StatusCode)
	}
}

// find looks for the notification among the topic's, one JSON object each.
func find(topic io.Reader, ntfyID string) error {
	lines := json.NewDecoder(topic)
	for {
		var shown struct {
			ID    string `json:"id"`
			Event string `json:"event"`
		}
		err := lines.Decode(&shown)
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the topic does not show the notification %s", ntfyID)
		}
		if err != nil {
			return fmt.Errorf("read the topic back: %w", err)
		}
		if shown.Event == "message" && shown.ID == ntfyID {
			return nil
		}
	}
}
