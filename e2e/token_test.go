package e2e_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
)

// tokenParameter is where an operator of the local stage puts ntfy's token.
const tokenParameter = "/rez-agent/local/ntfy-api-key"

func TestAWrongTokenStopsEverythingUntilItIsMended(t *testing.T) {
	s := begin(t)
	s.untilTokensForgotten()
	s.putToken("tk_wrong")
	deployed.Standin.SetToken("tk_right")
	s.send("the first finds out")
	s.untilCircuit(soon, "is open", func(c circuit.Circuit) bool {
		return c.State == circuit.Open && c.Cause == circuit.CauseUnauthorized
	})
	const more = 9
	for i := range more {
		s.send(fmt.Sprintf("waits for the operator %d", i))
	}
	for i, id := range s.ids {
		rec := s.until(soon, id, "waits", func(rec message.Record) bool { return rec.Status == message.StatusDeferred })
		want := message.ReasonCircuitOpen
		if i == 0 {
			want = message.ReasonUnauthorized
		}
		require.Equal(t, want, rec.Reason)
	}
	require.Equal(t, 1, deployed.Standin.Counts().Requests)
	require.Equal(t, map[int]int{http.StatusUnauthorized: 1}, deployed.Standin.Counts().ByStatus)

	s.putToken("tk_right")
	s.allCompleted(2*deployed.Settings().Breaker.OperatorCooldown + soon)
	s.books()
	s.requireClosed()
	require.Empty(t, s.deadLetters())
}

func (s *scenario) putToken(token string) {
	s.Helper()
	_, err := ssm.NewFromConfig(deployed.AWS()).PutParameter(s.context(), &ssm.PutParameterInput{
		Name: aws.String(tokenParameter), Value: aws.String(token), Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	require.NoError(s, err)
}

// lastSend is when a Lambda may last have read the token.
var lastSend = time.Now()

// untilTokensForgotten waits until no Lambda trusts a token that it read for an earlier scenario.
func (s *scenario) untilTokensForgotten() {
	s.Helper()
	forgotten := lastSend.Add(deployed.Settings().TokenCache)
	s.eventually(deployed.Settings().TokenCache+time.Second, "no Lambda remembers a token", func() (bool, string) {
		return time.Now().After(forgotten), time.Until(forgotten).String()
	})
}
