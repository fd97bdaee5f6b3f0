package contract_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

// A closed set that leaves out one of its constants is not closed: what is not listed is not counted, shown or tested.
func TestClosedSetsListEveryConstantOfTheirType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		folder, typeName string
		listed           []string
		between          []string // constants that are left out on purpose
	}{
		{".", "Outcome", texts(contract.Outcomes()), []string{"proceed", "delivered"}},
		{".", "Task", texts(contract.AllTasks()), nil},
		{"../message", "Status", texts(message.Statuses()), nil},
		{"../message", "Reason", texts(message.Reasons()), nil},
	}
	for _, test := range tests {
		t.Run(test.typeName, func(t *testing.T) {
			t.Parallel()
			declared := constants(t, test.folder, func(_, typeName string) bool { return typeName == test.typeName })
			require.NotEmpty(t, declared)
			require.ElementsMatch(t, declared, append(test.listed, test.between...))
		})
	}
}

func TestErrorNamesAreListedOnceAndBelongToOneSet(t *testing.T) {
	t.Parallel()
	ends := []string{contract.ErrorDeliveryFailed, contract.ErrorDeliveryExpired, contract.ErrorPipelineFault}
	declared := constants(t, ".", func(name, _ string) bool { return strings.HasPrefix(name, "Error") })
	raised := ends
	for _, channel := range contract.Channels() {
		require.ElementsMatch(t, channel.SendErrors(), append(channel.WaitErrors(), channel.Faults.Rejected))
		raised = append(raised, channel.SendErrors()...)
	}
	slices.Sort(raised)
	require.ElementsMatch(t, declared, slices.Compact(raised), "CircuitOpen and ProbeFailed are every channel's")
	for _, name := range declared {
		require.Regexp(t, `^[A-Z][A-Za-z]+$`, name, "it is also the name of a Go type")
	}
}

// Two names for one thing, or one for two, is what this package is there to prevent.
func TestNamesOfOneKindDiffer(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"State", "Error", "Env", "Attr", "Attribute", "Output"} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			ofKind := regexp.MustCompile("^" + prefix + "[A-Z]")
			values := constants(t, ".", func(name, _ string) bool { return ofKind.MatchString(name) })
			require.NotEmpty(t, values)
			slices.Sort(values)
			require.Equal(t, slices.Compact(slices.Clone(values)), values)
		})
	}
}

// Two channels that share a name of their own would share a queue, a circuit or an error.
func TestChannelsDifferInAllThatIsTheirOwn(t *testing.T) {
	t.Parallel()
	var names []string
	for _, c := range contract.Channels() {
		own := []string{c.Name, c.Workflow, c.Queue, c.DLQ, c.StateSend}
		own = append(own, c.Faults.Unavailable, c.Faults.RateLimited, c.Faults.Unauthorized, c.Faults.Misconfigured, c.Faults.Rejected)
		names = append(append(names, own...), texts(c.Own())...)
		found, known := contract.ChannelNamed(c.Name)
		require.True(t, known)
		require.Equal(t, c, found)
	}
	slices.Sort(names)
	require.Equal(t, slices.Compact(slices.Clone(names)), names)
	require.NotContains(t, names, "")
	require.Len(t, contract.ChannelNames(), len(contract.Channels()))
	_, known := contract.ChannelNamed("telegram")
	require.False(t, known)
}

// What a channel does with another's code, it does with code that there is.
func TestEveryLambdaHasItsProgram(t *testing.T) {
	t.Parallel()
	for _, task := range contract.AllTasks() {
		require.DirExists(t, filepath.Join("../../tasks", string(task.Program())), task)
	}
}

func TestTheWorkflowsWordForProcessingIsTheRecords(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, contract.StatusProcessing, message.StatusProcessing)
}

func TestListsAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	contract.Outcomes()[0], contract.Tasks()[0], contract.Ntfy().SendErrors()[0], contract.Ntfy().WaitErrors()[0] = "", "", "", ""
	require.NotContains(t, contract.Outcomes(), contract.Outcome(""))
	require.NotContains(t, contract.Tasks(), contract.Task(""))
	require.NotContains(t, contract.Ntfy().SendErrors(), "")
	require.NotContains(t, contract.Ntfy().WaitErrors(), "")
}

func texts[T ~string](list []T) []string {
	all := make([]string, len(list))
	for i, item := range list {
		all[i] = string(item)
	}
	return all
}

// constants are the texts of the constants that a folder's files declare and that are wanted, by name and type.
func constants(t *testing.T, folder string, wanted func(name, typeName string) bool) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	var values []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range parsed.Decls {
			values = append(values, constantsOf(t, decl, wanted)...)
		}
	}
	return values
}

func constantsOf(t *testing.T, decl ast.Decl, wanted func(name, typeName string) bool) []string {
	t.Helper()
	group, ok := decl.(*ast.GenDecl)
	if !ok || group.Tok != token.CONST {
		return nil
	}
	var values []string
	for _, spec := range group.Specs {
		constant, ok := spec.(*ast.ValueSpec)
		if !ok || len(constant.Values) != 1 {
			continue
		}
		typeName := ""
		if ident, ok := constant.Type.(*ast.Ident); ok {
			typeName = ident.Name
		}
		literal, ok := constant.Values[0].(*ast.BasicLit)
		if !ok || !wanted(constant.Names[0].Name, typeName) {
			continue
		}
		value, err := strconv.Unquote(literal.Value)
		require.NoError(t, err)
		values = append(values, value)
	}
	return values
}
