package wire

import "time"

// Login says where to sign in.
type Login struct {
	AuthorizeURL string `json:"authorize_url" doc:"The address of the sign-in page to send the browser to" format:"uri" example:"https://rez-agent-prod.auth.eu-central-1.amazoncognito.com/oauth2/authorize?client_id=…"`
}

// Me is who is signed in.
type Me struct {
	Subject   string     `json:"subject"              doc:"The user's or program's stable id" maxLength:"128" example:"3f1c2f7e-6a52-4d0e-9d2b-1f7a5a3c9b10"`
	Name      string     `json:"name"                 doc:"The name under which acts are noted" maxLength:"256" example:"user:alice"`
	Role      string     `json:"role"                 doc:"viewer reads; operator also acts" enum:"viewer,operator" example:"operator"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"When the access token ends" example:"2026-11-25T09:00:00Z"`
	Via       string     `json:"via"                  doc:"How the request proved it" enum:"bearer,cookie" example:"cookie"`
}

// Logout says where the hosted page's own session ends.
type Logout struct {
	LogoutURL string `json:"logout_url" doc:"The address that ends the sign-in page's own session" format:"uri" example:"https://rez-agent-prod.auth.eu-central-1.amazoncognito.com/logout?client_id=…"`
}

// SignInConfig is what a program needs to sign a person in.
type SignInConfig struct {
	AuthorizeURL string `json:"authorize_url" doc:"Where the authorization code is asked for" format:"uri" example:"https://rez-agent-prod.auth.eu-central-1.amazoncognito.com/oauth2/authorize"`
	TokenURL     string `json:"token_url"     doc:"Where it is exchanged for tokens" format:"uri" example:"https://rez-agent-prod.auth.eu-central-1.amazoncognito.com/oauth2/token"`
	RevokeURL    string `json:"revoke_url"    doc:"Where a refresh token is revoked" format:"uri" example:"https://rez-agent-prod.auth.eu-central-1.amazoncognito.com/oauth2/revoke"`
	ClientID     string `json:"client_id"     doc:"The client of the command line" maxLength:"128" example:"3n4b5urk1ft4fl3mg5e62d9ado"`
}
