package api

import (
	"context"
	"net/http"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/wire"
)

// ProgramSignIn is what a program needs to sign a person in.
type ProgramSignIn = wire.SignInConfig

type meOutput struct {
	Body wire.Me
}

func (s *Service) getMe(ctx context.Context, _ *nothingInput) (*meOutput, error) {
	caller, _ := auth.CallerFrom(ctx)
	return &meOutput{Body: wire.Me{
		Subject: caller.Subject, Name: caller.Name, Role: caller.Role, Via: caller.Via, ExpiresAt: moment(caller.Expires),
	}}, nil
}

type signInOutput struct {
	Body wire.SignInConfig
}

func (s *Service) getSignIn(context.Context, *nothingInput) (*signInOutput, error) {
	return &signInOutput{Body: s.Program}, nil
}

// registerSignIn adds the browser's way through the sign-in page; it answers with redirects and cookies, which types do
// not describe, so its operations are described by hand (signin_operations.go).
func (s *Service) registerSignIn(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/auth/login", s.SignIn.Login)
	mux.HandleFunc("GET /api/auth/login", s.SignIn.Login)
	mux.HandleFunc("GET /api/auth/callback", s.SignIn.Callback)
	mux.HandleFunc("POST /api/auth/refresh", s.SignIn.Refresh)
	mux.HandleFunc("POST /api/auth/logout", s.SignIn.Logout)
}
