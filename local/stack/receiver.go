package stack

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/rezagent/rez_agent/local/ports"
	"github.com/rezagent/rez_agent/local/receiver"
	"github.com/rezagent/rez_agent/local/steps"
)

// WebhookSecretParameter is where an operator of the local stage puts the webhook's secret.
const WebhookSecretParameter = "/rez-agent/" + Stage + "/webhook-secret"

// startReceiver starts a receiver of webhooks, with a secret that is made up for this stack.
func (s *Stack) startReceiver(ctx context.Context, report steps.Report) error {
	if !s.options.Webhook {
		report("not needed: this stack has no webhook")
		return nil
	}
	port, err := ports.Pick(ctx, "receiver of webhooks", "", 0)
	if err != nil {
		return err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	s.WebhookSecret = "whsec_" + base64.StdEncoding.EncodeToString(key)
	if s.Receiver, err = receiver.New(s.WebhookSecret); err != nil {
		return err
	}
	address := net.JoinHostPort(ports.Loopback, strconv.Itoa(port))
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen for the receiver of webhooks: %w", err)
	}
	server := &http.Server{Handler: s.Receiver, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	s.onStop(server.Close)
	s.ReceiverURL = "http://" + address
	report(s.ReceiverURL + receiver.Hook)
	return nil
}

// hookURL is where events go; empty where the stack has no webhook.
func (a *Addresses) hookURL() string {
	if a.ReceiverURL == "" {
		return ""
	}
	return a.ReceiverURL + receiver.Hook
}

// PutWebhookSecret does what an operator does with the secret: it is put into SSM, out of band.
func (a *Addresses) PutWebhookSecret(ctx context.Context, secret string) error {
	_, err := ssm.NewFromConfig(a.AWS()).PutParameter(ctx, &ssm.PutParameterInput{
		Name: aws.String(WebhookSecretParameter), Value: aws.String(secret), Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("put the webhook's secret: %w", err)
	}
	return nil
}
