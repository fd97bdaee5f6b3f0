package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// What is given, but empty, is refused: it is nearly always a variable that a program forgot to fill. Taken for absent,
// as huma does, a null for dry_run would replay, and an empty created_after would list everything.

// null stands in a body for a value that is null: no schema takes it, whatever kind it wants.
type null struct{}

// strictJSON is huma's JSON, except that a field which is null is not one that is absent.
func strictJSON() huma.Format {
	format := huma.DefaultJSONFormat
	format.Unmarshal = func(data []byte, into any) error {
		if err := json.Unmarshal(data, into); err != nil {
			return err //nolint:wrapcheck // huma, whose function this is, shows it in its own words
		}
		if checked, ok := into.(*any); ok { // the copy that is checked against the schema
			*checked = withoutNil(*checked)
		}
		return nil
	}
	return format
}

func withoutNil(value any) any {
	switch value := value.(type) {
	case nil:
		return null{}
	case map[string]any:
		for name, part := range value {
			value[name] = withoutNil(part)
		}
	case []any:
		for i, part := range value {
			value[i] = withoutNil(part)
		}
	}
	return value
}

// nullIn names the first part of a payload that is null; empty where there is none.
func nullIn(payload []byte, path string) string {
	var value any
	if json.Unmarshal(payload, &value) != nil {
		return "" // whoever reads it says what is wrong
	}
	return nilAt(value, path)
}

func nilAt(value any, path string) string {
	switch value := value.(type) {
	case nil:
		return path
	case map[string]any:
		for name, part := range value {
			if found := nilAt(part, path+"."+name); found != "" {
				return found
			}
		}
	case []any:
		for i, part := range value {
			if found := nilAt(part, fmt.Sprintf("%s[%d]", path, i)); found != "" {
				return found
			}
		}
	}
	return ""
}

// refuseNull is the problem of a payload that holds a null; nil where it does not.
func refuseNull(payload []byte) *Problem {
	if field := nullIn(payload, "payload"); field != "" {
		return invalid(field, "is null", "a value, or leave it out")
	}
	return nil
}

// refuseEmpty lets no request in that names a parameter and gives it no value.
func refuseEmpty(a huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		name := emptyParameter(ctx)
		if name == "" {
			next(ctx)
			return
		}
		refuse(a, ctx, invalid(name, "is empty", "a value, or leave it out"))
	}
}

func emptyParameter(ctx huma.Context) string {
	request, _ := humago.Unwrap(ctx)
	query := request.URL.Query()
	for _, param := range ctx.Operation().Parameters {
		if hasEmpty(query, request.Header, param) {
			return param.Name
		}
	}
	return ""
}

func hasEmpty(query url.Values, header map[string][]string, param *huma.Param) bool {
	switch param.In {
	case "query":
		return slices.Contains(query[param.Name], "")
	case "header":
		return slices.Contains(header[param.Name], "")
	}
	return false
}
