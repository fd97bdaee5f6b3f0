package follow

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Histories are executions as the emulator tells them. (AWS itself keeps an Express execution's history in CloudWatch
// Logs only.)
type Histories struct {
	Client *sfn.Client
}

// Entered gives the names of the states that the execution has entered so far.
func (h Histories) Entered(ctx context.Context, arn string) ([]string, error) {
	var names []string
	pages := sfn.NewGetExecutionHistoryPaginator(h.Client, &sfn.GetExecutionHistoryInput{ExecutionArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if _, unknown := errors.AsType[*types.ExecutionDoesNotExist](err); unknown {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the history: %w", err)
		}
		for _, event := range page.Events {
			if event.StateEnteredEventDetails != nil {
				names = append(names, aws.ToString(event.StateEnteredEventDetails.Name))
			}
		}
	}
	return names, nil
}
