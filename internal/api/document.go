package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

// Document is the API's OpenAPI 3.1 description, made from the types of its routes.
func Document() *huma.OpenAPI {
	mux := http.NewServeMux()
	a := newHuma(mux)
	(&Service{}).register(table{described: a})
	doc := a.OpenAPI()
	describeSignIn(doc)
	describePayloads(doc)
	describeChoices(doc)
	describeStatuses(doc)
	describeLinks(doc)
	return doc
}

// describeStatuses adds the answers that a type cannot tell: one that depends on the request, and that nothing changed.
func describeStatuses(doc *huma.OpenAPI) {
	replays := doc.Paths["/api/replays"].Post.Responses
	replays["200"] = &huma.Response{Description: "Counted (dry_run)", Content: replays["202"].Content}
	health := doc.Paths["/api/health"].Get.Responses
	health["503"] = &huma.Response{Description: "A part is ill", Content: health["200"].Content}
	for _, item := range doc.Paths {
		if get := item.Get; get != nil && get.Responses["200"] != nil {
			get.Responses["304"] = &huma.Response{Description: "Nothing changed since the ETag that If-None-Match names"}
		}
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op != nil { // answered by the server in front, which reads no further
				op.Responses["431"] = &huma.Response{Description: "Address and headers are longer than the gateway reads; without a body"}
			}
		}
	}
}

// describePayloads says what the JSON objects of the message types hold. Requests are checked against the types
// themselves, which tell what is wrong better than a schema could.
func describePayloads(doc *huma.OpenAPI) {
	notification, event := schemaOf[ntfy.Notification](doc), schemaOf[messagetype.Event](doc)
	schemas := doc.Components.Schemas.Map()
	delete(schemas["Notification"].Properties, "sequence_id")
	data := schemas["Event"].Properties["data"]
	data.Type, data.AdditionalProperties = huma.TypeObject, true
	for _, name := range []string{"CreateMessage", "SetSchedule"} {
		described := schemas[name].Properties["payload"]
		described.AnyOf = []*huma.Schema{notification, event, {
			Type: huma.TypeObject, Description: "Of scheduled_hello: nothing", AdditionalProperties: false, MaxProperties: new(0),
		}}
		described.Examples = []any{map[string]any{"title": "Backup", "message": "The backup is done", "tags": []string{"white_check_mark"}}}
	}
	for _, name := range []string{"Message", "Schedule"} {
		described := schemas[name].Properties["payload"]
		described.Type = huma.TypeObject
		described.AdditionalProperties = true
		described.Examples = []any{map[string]any{"title": "Backup", "message": "The backup is done"}}
	}
}

// JSON is the description as programs read it.
func JSON(doc *huma.OpenAPI) ([]byte, error) {
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the API's description: %w", err)
	}
	return append(text, '\n'), nil
}
