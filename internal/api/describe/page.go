package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rezagent/rez_agent/internal/api"
)

//go:embed page.gohtml
var pageText string

// pageOf is the description as a page for people, which needs no network and no script.
func pageOf(doc *huma.OpenAPI) ([]byte, error) {
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, fmt.Errorf("read the page's template: %w", err)
	}
	var out bytes.Buffer
	err = page.Execute(&out, map[string]any{
		"Title": doc.Info.Title, "Description": doc.Info.Description, "Groups": groups(doc), "Schemas": schemas(doc), "Codes": api.Catalogue(),
	})
	if err != nil {
		return nil, fmt.Errorf("fill the page's template: %w", err)
	}
	return out.Bytes(), nil
}

type group struct {
	Name       string
	Operations []operation
}

type operation struct {
	ID, Method, Path, Summary, Description, Body string
	Open                                         bool
	Params                                       []field
	Responses                                    []response
}

type response struct {
	Status, Description, Body string
}

type field struct {
	Name, Kind, Limits, Description, Example string
	Required                                 bool
}

type schema struct {
	Name, Description string
	Fields            []field
}

// groups are the operations by tag, in the order of their paths.
func groups(doc *huma.OpenAPI) []group {
	byTag := map[string][]operation{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op != nil {
				byTag[op.Tags[0]] = append(byTag[op.Tags[0]], described(path, op))
			}
		}
	}
	order := []string{"Messages", "Replays", "Metrics", "Circuit", "Dead letters", "Schedules", "Sign-in", "Health"}
	all := make([]group, 0, len(order))
	for _, tag := range order {
		all = append(all, group{Name: tag, Operations: byTag[tag]})
	}
	return all
}

func described(path string, op *huma.Operation) operation {
	out := operation{
		ID: op.OperationID, Method: op.Method, Path: path, Summary: op.Summary, Description: op.Description, Open: len(op.Security) == 0,
	}
	for _, param := range op.Parameters {
		one := fieldOf(param.Name+" ("+param.In+")", param.Schema, param.Required)
		one.Description = cmp.Or(param.Description, one.Description)
		out.Params = append(out.Params, one)
	}
	if op.RequestBody != nil {
		out.Body = kindOf(op.RequestBody.Content["application/json"].Schema)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		answer := op.Responses[status]
		if status >= "400" && answer.Content["application/json"] == nil {
			continue // every error is a problem, described once below
		}
		one := response{Status: status, Description: answer.Description}
		if body := answer.Content["application/json"]; body != nil {
			one.Body = kindOf(body.Schema)
		}
		out.Responses = append(out.Responses, one)
	}
	return out
}

func schemas(doc *huma.OpenAPI) []schema {
	all := doc.Components.Schemas.Map()
	out := make([]schema, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		one := schema{Name: name, Description: all[name].Description}
		for _, property := range slices.Sorted(maps.Keys(all[name].Properties)) {
			one.Fields = append(one.Fields, fieldOf(property, all[name].Properties[property], slices.Contains(all[name].Required, property)))
		}
		out = append(out, one)
	}
	return out
}

func fieldOf(name string, s *huma.Schema, required bool) field {
	out := field{Name: name, Kind: kindOf(s), Limits: limits(s), Description: s.Description, Required: required}
	if len(s.Examples) > 0 {
		out.Example = strings.TrimSpace(fmt.Sprint(s.Examples[0]))
	}
	return out
}

func kindOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	case s.Type == huma.TypeArray:
		return "list of " + kindOf(s.Items)
	case len(s.AnyOf) > 0:
		return "object"
	default:
		return strings.TrimSpace(s.Type + " " + s.Format)
	}
}

func limits(s *huma.Schema) string {
	var all []string
	if len(s.Enum) > 0 {
		values := make([]string, 0, len(s.Enum))
		for _, value := range s.Enum {
			values = append(values, fmt.Sprint(value))
		}
		all = append(all, strings.Join(values, " | "))
	}
	for _, limit := range []struct {
		words string
		value any
		set   bool
	}{
		{"at least %v", deref(s.Minimum), s.Minimum != nil},
		{"at most %v", deref(s.Maximum), s.Maximum != nil},
		{"at least %v characters", deref(s.MinLength), s.MinLength != nil},
		{"at most %v characters", deref(s.MaxLength), s.MaxLength != nil},
		{"at most %v", deref(s.MaxItems), s.MaxItems != nil},
		{"like %v", s.Pattern, s.Pattern != ""},
		{"%v where absent", s.Default, s.Default != nil},
	} {
		if limit.set {
			all = append(all, fmt.Sprintf(limit.words, limit.value))
		}
	}
	return strings.Join(all, ", ")
}

func deref[T any](value *T) any {
	if value == nil {
		return nil
	}
	return *value
}
