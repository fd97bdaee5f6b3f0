package faults

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/build"
)

// redeploy gives Lambdas new code as a deployment does: the code, a version of it, and the alias moved to that version.
// The code is the same, in another archive.
func (w *World) redeploy(ctx context.Context, tasks ...contract.Task) error {
	client := lambda.NewFromConfig(w.stack.AWS())
	for _, task := range tasks {
		code, err := w.archive(task)
		if err != nil {
			return err
		}
		name := aws.String(w.stack.Functions[task])
		updated, err := client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: name, ZipFile: code, Publish: true})
		if err != nil {
			return fmt.Errorf("deploy %s: %w", task, err)
		}
		_, err = client.UpdateAlias(ctx, &lambda.UpdateAliasInput{
			FunctionName: name, Name: aws.String(contract.LiveAlias), FunctionVersion: updated.Version,
		})
		if err != nil {
			return fmt.Errorf("move the alias of %s: %w", task, err)
		}
	}
	return nil
}

// archive is a Lambda's code with a file beside it that makes it another one.
func (w *World) archive(task contract.Task) ([]byte, error) {
	binary, err := os.ReadFile(filepath.Join(w.root, build.Assets, runtime.GOARCH, string(task), "bootstrap"))
	if err != nil {
		return nil, fmt.Errorf("read the compiled Lambda: %w", err)
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	program := &zip.FileHeader{Name: "bootstrap", Method: zip.Store}
	program.SetMode(0o755)
	for _, part := range []struct {
		header *zip.FileHeader
		body   []byte
	}{
		{program, binary}, {&zip.FileHeader{Name: "deployed", Method: zip.Store}, []byte(time.Now().String())},
	} {
		file, err := archive.CreateHeader(part.header)
		if err == nil {
			_, err = io.Copy(file, bytes.NewReader(part.body))
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", task, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("pack %s: %w", task, err)
	}
	return out.Bytes(), nil
}
