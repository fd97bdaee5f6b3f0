package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rezagent/rez_agent/internal/wire"
)

// describeSignIn adds what package auth answers to the description.
func describeSignIn(doc *huma.OpenAPI) {
	login := schemaOf[wire.Login](doc)
	logout := schemaOf[wire.Logout](doc)
	redirect := &huma.Param{
		Name: "redirect", In: "query", Description: "Where to come back to afterwards: an absolute path of our own, " +
			"at most 2,048 characters. Anything else is not refused, but leads to /",
		Schema: &huma.Schema{Type: huma.TypeString}, Example: "/messages?status=failed",
	}
	proof := &huma.Param{
		Name: "X-Rez-Csrf", In: "header", Description: "Must be 1 beside the session's cookies: proves that the request comes from our own pages",
		Schema: &huma.Schema{Type: huma.TypeString}, Example: "1",
	}
	for _, op := range []huma.Operation{
		signInOperation("begin-login", http.MethodPost, "/api/auth/login", "Begin to sign in", map[string]*huma.Response{
			"200": answer("Where to send the browser", login),
		}, redirect),
		signInOperation("go-to-login", http.MethodGet, "/api/auth/login", "Send the browser to the sign-in page", map[string]*huma.Response{
			"302": {Description: "To the sign-in page", Headers: location()},
		}, redirect),
		signInOperation("finish-login", http.MethodGet, "/api/auth/callback", "Come back from the sign-in page", map[string]*huma.Response{
			"303": {Description: "To where the person wanted to go, signed in", Headers: location()},
		}, text("code", 2048, "The authorization code"), text("state", 512, "What the sign-in was begun with"),
			text("error", 128, "Why the sign-in page refuses"), text("error_description", 1024, "The words behind error")),
		signInOperation("refresh", http.MethodPost, "/api/auth/refresh", "Renew the browser's session", map[string]*huma.Response{
			"204": {Description: "Renewed"},
		}, proof),
		signInOperation("logout", http.MethodPost, "/api/auth/logout", "End the browser's session", map[string]*huma.Response{
			"200": answer("Where the sign-in page's own session ends", logout),
		}, proof),
	} {
		doc.AddOperation(&op)
	}
}

func signInOperation(
	id, method, path, summary string, responses map[string]*huma.Response, params ...*huma.Param,
) huma.Operation {
	for _, status := range []string{"400", "401", "403", "404", "405", "429", "500", "502", "503", "504"} {
		responses[status] = &huma.Response{
			Description: "Problem",
			Content: map[string]*huma.MediaType{
				"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}},
			},
		}
	}
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Tags: []string{"Sign-in"}, Summary: summary, Parameters: params, Responses: responses,
	}
}

func schemaOf[T any](doc *huma.OpenAPI) *huma.Schema {
	kind := reflect.TypeFor[T]()
	return doc.Components.Schemas.Schema(kind, true, kind.Name())
}

func answer(description string, schema *huma.Schema) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

func location() map[string]*huma.Param {
	return map[string]*huma.Param{"Location": {Description: "Where", Schema: &huma.Schema{Type: huma.TypeString}}}
}

func text(name string, most int, description string) *huma.Param {
	return &huma.Param{
		Name: name, In: "query", Description: description, Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most},
	}
}
