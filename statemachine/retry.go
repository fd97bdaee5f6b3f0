package statemachine

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"
)

// lambdaFaults are errors of the Lambda service, not of our code: calling again at once helps.
func lambdaFaults() []string {
	return []string{
		"Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException",
	}
}

const serviceRetries = 2

// serviceFaults retries what the Lambda service failed at: twice, after half a second on average. ASL counts in whole
// seconds, so the half comes from full jitter on one second.
func serviceFaults() *awsstepfunctions.RetryProps {
	return &awsstepfunctions.RetryProps{
		Errors:         jsii.Strings(lambdaFaults()...),
		Interval:       awscdk.Duration_Seconds(jsii.Number(1)),
		MaxAttempts:    jsii.Number(serviceRetries),
		BackoffRate:    jsii.Number(1),
		JitterStrategy: awsstepfunctions.JitterType_FULL,
	}
}

// onceMore retries whatever went wrong, once: for a state that may be done twice, and where the workflow's own failure
// would undo more than it costs. ASL wants it as the last of a state's retries.
func onceMore(after time.Duration) *awsstepfunctions.RetryProps {
	return &awsstepfunctions.RetryProps{
		Errors:         jsii.Strings(everyError),
		Interval:       seconds(after),
		MaxAttempts:    jsii.Number(1),
		BackoffRate:    jsii.Number(1),
		JitterStrategy: awsstepfunctions.JitterType_NONE,
	}
}

// backoff is a series of waits as ASL says it: the first wait, and the factor to each next one.
type backoff struct {
	first    time.Duration
	rate     float64
	attempts int
}

// retryAfter retries a send that met nobody (unavailable is the channel's error) after the given waits. There is no jitter: the breaker stops a herd, and the
// deferral that follows has its own.
func retryAfter(unavailable string, waits []time.Duration) (*awsstepfunctions.RetryProps, error) {
	series, err := backoffOf(waits)
	if err != nil {
		return nil, err
	}
	return &awsstepfunctions.RetryProps{
		Errors:         jsii.Strings(unavailable),
		Interval:       seconds(series.first),
		MaxAttempts:    jsii.Number(series.attempts),
		BackoffRate:    jsii.Number(series.rate),
		JitterStrategy: awsstepfunctions.JitterType_NONE,
	}, nil
}

// backoffOf finds the series behind waits; ASL knows only geometric ones that begin with whole seconds.
func backoffOf(waits []time.Duration) (backoff, error) {
	if len(waits) == 0 {
		return backoff{}, errors.New("SendRetries is empty: at least one wait is needed")
	}
	first := waits[0]
	if first < time.Second || first%time.Second != 0 {
		return backoff{}, fmt.Errorf("SendRetries begins with %s: ASL takes whole seconds, at least 1s", first)
	}
	rate := 1.0
	if len(waits) > 1 {
		rate = waits[1].Seconds() / first.Seconds()
	}
	for i, wait := range waits {
		want := first.Seconds() * math.Pow(rate, float64(i))
		if rate < 1 || math.Abs(wait.Seconds()-want) > time.Millisecond.Seconds() {
			return backoff{}, fmt.Errorf("SendRetries %v: ASL takes only a series that grows by one factor of at least 1", waits)
		}
	}
	return backoff{first: first, rate: rate, attempts: len(waits)}, nil
}
