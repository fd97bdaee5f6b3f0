package storetest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/emulator"
	"github.com/rezagent/rez_agent/local/ports"
)

// EnvEndpoint names the environment variable that holds the address of a running AWS emulator.
const EnvEndpoint = "REZ_TEST_AWS_ENDPOINT"

// Endpoint is the address of an AWS emulator: the one that EnvEndpoint names, or one of the test's own, which ends with
// the test.
func Endpoint(t *testing.T) string {
	t.Helper()
	if address := os.Getenv(EnvEndpoint); address != "" {
		return address
	}
	root := projectRoot(t)
	require.NoError(t, emulator.Prepare(t.Context(), root, func(progress string) { t.Log("emulator: " + progress) }))
	port, err := ports.Pick(t.Context(), "emulator", EnvEndpoint, 0)
	require.NoError(t, err)
	aws, err := emulator.Start(t.Context(), emulator.Options{Root: root, Dir: t.TempDir(), Port: port})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, aws.Stop()) })
	return aws.URL
}

// projectRoot is the folder that holds go.mod, above the package under test.
func projectRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		require.NotEqual(t, filepath.Dir(dir), dir, "no go.mod above the package under test")
		dir = filepath.Dir(dir)
	}
}

// Client is a DynamoDB client for an emulator.
func Client(endpoint string, options ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.NewFromConfig(emulator.Config(endpoint), options...)
}

// MessagesTable makes an empty messages table with the indexes of the deployed one, and gives its name. Its records
// have no time to live, so that a test may give them any.
func MessagesTable(t *testing.T, client *dynamodb.Client) string {
	t.Helper()
	return makeTable(t, client, &dynamodb.CreateTableInput{
		KeySchema: keys(contract.MessageKey, ""),
		AttributeDefinitions: []types.AttributeDefinition{
			text(contract.MessageKey), text(contract.AttrStage), text(contract.AttrPendingStatus), text(contract.AttrCreatedDate),
		},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{
			{
				IndexName:  aws.String(contract.StageIndex),
				KeySchema:  keys(contract.AttrStage, contract.AttrCreatedDate),
				Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
			},
			{
				IndexName: aws.String(contract.StatusIndex),
				KeySchema: keys(contract.AttrPendingStatus, contract.AttrCreatedDate),
				Projection: &types.Projection{
					ProjectionType:   types.ProjectionTypeInclude,
					NonKeyAttributes: []string{contract.AttrNextAttemptAt, contract.AttrNextSweepAt},
				},
			},
		},
	})
}

// CircuitTable makes an empty circuit table and gives its name.
func CircuitTable(t *testing.T, client *dynamodb.Client) string {
	t.Helper()
	return makeTable(t, client, &dynamodb.CreateTableInput{
		KeySchema:            keys(contract.CircuitKey, ""),
		AttributeDefinitions: []types.AttributeDefinition{text(contract.CircuitKey)},
	})
}

// makeTable makes a table under a name of its own, and drops it with the test: an emulator may serve many tests.
func makeTable(t *testing.T, client *dynamodb.Client, in *dynamodb.CreateTableInput) string {
	t.Helper()
	in.TableName = aws.String("test-" + uuid.NewString())
	in.BillingMode = types.BillingModePayPerRequest
	_, err := client.CreateTable(t.Context(), in)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := client.DeleteTable(context.WithoutCancel(t.Context()), &dynamodb.DeleteTableInput{TableName: in.TableName})
		require.NoError(t, err)
	})
	return *in.TableName
}

func text(name string) types.AttributeDefinition {
	return types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS}
}

func keys(hash, sortKey string) []types.KeySchemaElement {
	schema := []types.KeySchemaElement{{AttributeName: aws.String(hash), KeyType: types.KeyTypeHash}}
	if sortKey != "" {
		schema = append(schema, types.KeySchemaElement{AttributeName: aws.String(sortKey), KeyType: types.KeyTypeRange})
	}
	return schema
}
