package settings

import "time"

// How long sign-ins last. They are no part of Settings: nobody divides them. An access token cannot be called back, so it
// is short; a refresh token can be revoked.
const (
	AccessToken = 15 * time.Minute
	// BrowserSignIn and CLISignIn are the lives of the refresh tokens.
	BrowserSignIn = 12 * time.Hour
	CLISignIn     = 30 * 24 * time.Hour
)
