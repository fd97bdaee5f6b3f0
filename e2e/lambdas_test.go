package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/rezagent/rez_agent/internal/contract"
)

// logLines are the lines of all Lambdas that hold a text, each with its function's name.
func logLines(ctx context.Context, since time.Time, text string) ([]string, error) {
	client := cloudwatchlogs.NewFromConfig(deployed.AWS())
	var found []string
	for _, task := range contract.AllTasks() {
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(client, &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: aws.String("/aws/lambda/" + deployed.Functions[task]), StartTime: aws.Int64(since.UnixMilli()),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return found, fmt.Errorf("read the log of %s: %w", task, err)
			}
			for _, event := range page.Events {
				if line := aws.ToString(event.Message); strings.Contains(line, text) {
					found = append(found, string(task)+": "+strings.TrimSpace(line))
				}
			}
		}
	}
	return found, nil
}

// process is a running environment of a Lambda. The local stack's Lambdas are Linux programs, hence /proc.
type process struct {
	pid         int
	environment map[string]string
}

// processes are the environments of a Lambda that run now, of our own stack only: theirs is our proxy.
func processes(task contract.Task) []process {
	paths, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		panic(err) // the pattern is constant
	}
	var found []process
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended, or is somebody else's
		}
		environment := variables(raw)
		if environment["AWS_LAMBDA_FUNCTION_NAME"] != deployed.Functions[task] || environment["AWS_ENDPOINT_URL"] != deployed.ProxyURL {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			found = append(found, process{pid: pid, environment: environment})
		}
	}
	return found
}

func variables(raw []byte) map[string]string {
	all := map[string]string{}
	for pair := range bytes.SplitSeq(raw, []byte{0}) {
		name, value, _ := strings.Cut(string(pair), "=")
		all[name] = value
	}
	return all
}
