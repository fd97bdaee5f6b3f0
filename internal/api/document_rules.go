package api

import "github.com/danielgtaylor/huma/v2"

// describeChoices adds what Go's types cannot say: fields that depend on each other. The handlers check the same, and say
// more clearly what is wrong.
func describeChoices(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas.Map()
	schemas["Redrive"].OneOf = []*huma.Schema{
		{Required: []string{"message_id"}},
		{Required: []string{"all"}, Properties: map[string]*huma.Schema{"all": {Enum: []any{true}}}},
	}
	filter := schemas["CreateReplay"].Properties["filter"]
	filter.Required = []string{"status"}
	filter.Properties = map[string]*huma.Schema{"status": {Enum: []any{"completed", "failed", "deferred"}}}
}

// followed is a route on which an id of an answer can be used.
type followed struct{ operation, description string }

// describeLinks says what can be done next with what an answer names.
func describeLinks(doc *huma.OpenAPI) {
	paths := doc.Paths
	message := []followed{
		{"get-message", "Show the message"}, {"replay-message", "Deliver it again"},
	}
	replay := []followed{
		{"get-replay", "Show how far it is"}, {"cancel-replay", "Stop it"},
	}
	schedule := []followed{
		{"get-schedule", "Show the schedule"},
		{"change-schedule", "Change it"},
		{"pause-schedule", "Let it rest"},
		{"resume-schedule", "Let it fire again"},
		{"run-schedule", "Make its message now"},
		{"delete-schedule", "Delete it"},
	}
	link(paths["/api/messages"].Post.Responses["202"], message)
	link(paths["/api/messages/{id}/replay"].Post.Responses["202"], message)
	link(paths["/api/schedules/{id}/run"].Post.Responses["202"], message)
	link(paths["/api/replays"].Post.Responses["202"], replay)
	link(paths["/api/schedules"].Post.Responses["201"], schedule)
}

func link(from *huma.Response, to []followed) {
	from.Links = map[string]*huma.Link{}
	for _, next := range to {
		from.Links[next.operation] = &huma.Link{
			OperationID: next.operation, Description: next.description, Parameters: map[string]any{"id": "$response.body#/id"},
		}
	}
}
