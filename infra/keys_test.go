package infra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
)

const (
	keyType = "AWS::KMS::Key"
	// The keys have no names of their own: these are their logical ids.
	dataKey, secretsKey, logsKey = "key DataKey17AFBB84", "key SecretsKey317DCF94", "key LogsKeyA6AB43B2"
)

// rightsOnKeys are a Lambda's, where the stage has keys of its own.
func (s stageTemplates) rightsOnKeys(task contract.Task) (rights, bool) {
	if !s.shifts() || task == contract.TaskAuthorizer {
		return nil, false
	}
	may := rights{dataKey: {
		"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
		"kms:ReEncryptFrom", "kms:ReEncryptTo",
	}}
	switch task {
	case contract.TaskSendNtfy:
		may[secretsKey] = []string{"kms:Decrypt"}
	case contract.TaskWebAPI:
		may[secretsKey] = []string{"kms:Decrypt", "kms:Encrypt"}
	}
	return may, true
}

func TestKeysOfOurOwnEncryptEverythingWhereTheStageHasThem(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		if !stage.shifts() {
			require.Empty(t, stage.stateful.ofType(keyType))
			return
		}
		require.Len(t, stage.stateful.ofType(keyType), 3)
		for name, table := range stage.stateful.ofType(tableType) {
			require.Equal(t, dataKey, stage.stateful.text(table["SSESpecification"].(object)["KMSMasterKeyId"]), name)
		}
		for name, queue := range stage.stateful.ofType(queueType) {
			require.Equal(t, dataKey, stage.stateful.text(queue["KmsMasterKeyId"]), name)
		}
		require.Equal(t, dataKey, stage.stateful.text(stage.stateful.one(t, "AWS::SNS::Topic")["KmsMasterKeyId"]))
		for _, in := range stage.withLambdas() {
			for name, group := range in.ofType(logGroupType) {
				require.Equal(t, logsKey, in.text(group["KmsKeyId"]), name)
			}
		}
	})
}

// A key's policy that lets the account use it as it likes is no policy.
func TestKeysAreUsedThroughTheirServicesOnly(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for id, key := range stage.stateful.ofType(keyType) {
			require.Equal(t, true, key["EnableKeyRotation"], id)
			for i, s := range key["KeyPolicy"].(object)["Statement"].([]any) {
				statement := s.(object)
				require.Equal(t, "Allow", statement["Effect"], id)
				if i == 0 {
					for _, action := range list(statement["Action"]) {
						require.NotRegexp(t, `^kms:(\*|Decrypt|Encrypt|ReEncrypt|Generate)`, action, "%s: administering is not using", id)
					}
					continue
				}
				require.NotEmpty(t, statement["Condition"], "%s: statement %d", id, i)
			}
		}
	})
}

func TestKeysOutliveTheirStack(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for id, resource := range stage.stateful.resources {
			if r := resource.(object); r["Type"] == keyType {
				require.Equal(t, "Retain", r["DeletionPolicy"], id)
			}
		}
	})
}
