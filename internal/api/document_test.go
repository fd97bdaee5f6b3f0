package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/api"
)

func TestEveryFieldIsDescribedWithLimitsAndAnExample(t *testing.T) {
	t.Parallel()
	doc := api.Document()
	require.Equal(t, "3.1.0", doc.OpenAPI)
	var missing []string
	lacks := func(where string, s *huma.Schema) {
		plain := s.Ref == "" && s.Type != huma.TypeArray && s.Type != huma.TypeObject && len(s.AnyOf) == 0
		switch {
		case s.Description == "" && s.Ref == "":
			missing = append(missing, where+": description")
		case plain && len(s.Examples) == 0:
			missing = append(missing, where+": example")
		case s.Type == huma.TypeString && s.MaxLength == nil && len(s.Enum) == 0 && s.Format == "":
			missing = append(missing, where+": limit")
		}
	}
	for name, s := range doc.Components.Schemas.Map() {
		for field, property := range s.Properties {
			lacks(name+"."+field, property)
		}
	}
	for path, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op == nil {
				continue
			}
			for _, param := range op.Parameters {
				if param.Description == "" {
					missing = append(missing, op.Method+" "+path+" "+param.Name)
				}
			}
		}
	}
	require.Empty(t, missing)
}

func TestTheCatalogueIsClosedAndWhole(t *testing.T) {
	t.Parallel()
	seen := map[api.Code]bool{}
	for _, text := range api.Catalogue() {
		require.False(t, seen[text.Code], text.Code)
		seen[text.Code] = true
		require.NotEmpty(t, http.StatusText(text.Status), text.Code)
		for _, words := range []string{text.Title, text.Means, text.Do} {
			require.NotEmpty(t, words, text.Code)
		}
		require.True(t, strings.HasSuffix(text.Means, ".") && strings.HasSuffix(text.Do, "."), text.Code)
		require.False(t, strings.HasSuffix(text.Title, "."), text.Code)
	}
	for _, code := range []api.Code{
		api.CodeMalformed, api.CodeUnauthenticated, api.CodeSignInFailed, api.CodeForbidden, api.CodeNoRole, api.CodeCSRF, api.CodeNotFound,
		api.CodeMethodNotAllowed, api.CodeWrongStatus, api.CodeChanged, api.CodeNotRedrivable, api.CodeTooMany, api.CodeTooLarge,
		api.CodeUnsupportedMediaType, api.CodeInvalidField, api.CodeInvalidCursor, api.CodeIdempotencyMismatch, api.CodeThrottled,
		api.CodeInternal, api.CodeUnavailable,
	} {
		require.True(t, seen[code], code)
		delete(seen, code)
	}
	require.Empty(t, seen)
}

func TestTheDescriptionAndItsPageAreServedAndNeedNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	document := w.call(nil, http.MethodGet, "/api/openapi.json", "")
	require.Equal(t, http.StatusOK, document.status)
	require.Equal(t, "application/json", document.header.Get("Content-Type"))
	page := w.call(nil, http.MethodGet, "/api/docs", "")
	require.Equal(t, http.StatusOK, page.status)
	require.Contains(t, page.header.Get("Content-Security-Policy"), "default-src 'none'")
	text := string(page.body)
	for _, foreign := range []string{"<script", "src=", "@import", "url("} {
		require.NotContains(t, text, foreign)
	}
	for _, code := range api.Catalogue() {
		require.Contains(t, text, fmt.Sprintf(`id="%s"`, code.Code), "where a problem's type leads")
	}
}
