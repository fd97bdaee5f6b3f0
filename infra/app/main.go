// Command app is the CDK app, run by the cdk command line (see cdk.json): cdk deploy --all -c stage=dev -c ntfy_url=….
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/infra"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	context := func(name string) string {
		if value := app.Node().TryGetContext(jsii.String(name)); value != nil {
			return fmt.Sprint(value)
		}
		return ""
	}
	options, err := infra.ReadOptions(context, os.Getenv)
	if err != nil {
		return fmt.Errorf("rez_agent cannot be synthesized: %w", err)
	}
	if err := infra.AddStacks(app, options); err != nil {
		return fmt.Errorf("rez_agent cannot be synthesized: %w", err)
	}
	app.Synth(nil)
	return nil
}
