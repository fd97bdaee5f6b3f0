package emulator_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/emulator"
	"github.com/rezagent/rez_agent/local/ports"
)

const patience = 20 * time.Second

// root is the project's folder, seen from this one.
func root(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../..")
	require.NoError(t, err)
	return path
}

// started gives an emulator that stops with the test.
func started(t *testing.T, options emulator.Options) *emulator.Emulator {
	t.Helper()
	require.NoError(t, emulator.Prepare(t.Context(), root(t), func(string) {}))
	port, err := ports.Pick(t.Context(), "emulator", "EMULATOR_PORT", 0)
	require.NoError(t, err)
	options.Root, options.Dir, options.Port = root(t), t.TempDir(), port
	e, err := emulator.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Stop()) })
	return e
}

// echo builds the test Lambda and gives it as a deployment package.
func echo(t *testing.T) []byte {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", binary, "./testdata/echo")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	code, err := os.ReadFile(binary)
	require.NoError(t, err)

	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	header := &zip.FileHeader{Name: "bootstrap"}
	header.SetMode(0o755)
	file, err := archive.CreateHeader(header)
	require.NoError(t, err)
	_, err = file.Write(code)
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	return packed.Bytes()
}

// create makes a function of the test Lambda.
func create(t *testing.T, client *lambda.Client, name string, code []byte) {
	t.Helper()
	architecture := types.ArchitectureX8664
	if runtime.GOARCH == "arm64" {
		architecture = types.ArchitectureArm64
	}
	_, err := client.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: &name, Role: aws.String("arn:aws:iam::" + emulator.AccountID + ":role/test"),
		Runtime: types.RuntimeProvidedal2023, Handler: aws.String("bootstrap"), Timeout: aws.Int32(30),
		Architectures: []types.Architecture{architecture}, Code: &types.FunctionCode{ZipFile: code},
	})
	require.NoError(t, err)
}

// invoke calls a function and gives its answer.
func invoke(ctx context.Context, t *testing.T, client *lambda.Client, name string, event any) map[string]string {
	t.Helper()
	payload, err := json.Marshal(event)
	require.NoError(t, err)
	out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &name, Payload: payload})
	require.NoError(t, err)
	require.Nil(t, out.FunctionError, string(out.Payload))
	var answer map[string]string
	require.NoError(t, json.Unmarshal(out.Payload, &answer))
	return answer
}

func TestTheLaunchersOwnTests(t *testing.T) {
	t.Parallel()
	require.NoError(t, emulator.Prepare(t.Context(), root(t), func(string) {}))
	python := exec.CommandContext(t.Context(), filepath.Join(root(t), ".venv/bin/python"), "-m", "unittest")
	python.Dir = "launcher"
	out, err := python.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "OK")
}

func TestNothingOfTheUsersEnvironmentReachesALambda(t *testing.T) {
	t.Setenv("AWS_SECRET_KEY_OF_THE_USER", "secret")
	e := started(t, emulator.Options{})
	client := lambda.NewFromConfig(emulator.Config(e.URL))
	create(t, client, "peek", echo(t))
	require.Empty(t, invoke(t.Context(), t, client, "peek", map[string]string{"env": "AWS_SECRET_KEY_OF_THE_USER"})["env"])
	require.Equal(t, e.URL, invoke(t.Context(), t, client, "peek", map[string]string{"env": "AWS_ENDPOINT_URL"})["env"])
}

func TestStopLeavesNeitherEmulatorNorLambda(t *testing.T) {
	t.Parallel()
	e := started(t, emulator.Options{})
	client := lambda.NewFromConfig(emulator.Config(e.URL))
	create(t, client, "left", echo(t))
	invoke(t.Context(), t, client, "left", map[string]string{})
	require.Len(t, group(t, e.PID()), 2, "the emulator and one warm Lambda")

	require.NoError(t, e.Stop())
	require.Eventually(t, func() bool { return len(group(t, e.PID())) == 0 }, patience, 20*time.Millisecond)
	require.Error(t, get(t, e.URL+"/_ministack/health"))
	require.NoError(t, e.Stop(), "a second time is no error")
}

func TestTheEmulatorEndsWithItsParent(t *testing.T) {
	t.Parallel()
	e := started(t, emulator.Options{})
	// What the kernel does with our end of the pipe when we are killed.
	require.NoError(t, e.CutLifeline())
	require.Eventually(t, func() bool { return len(group(t, e.PID())) == 0 }, patience, 20*time.Millisecond)
	require.ErrorContains(t, e.Failure(), "ended on its own")
}

func get(t *testing.T, url string) error {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
