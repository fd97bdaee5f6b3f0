package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
)

// keys are the stage's own keys. Where they are nil AWS's keys encrypt, which cost nothing and cannot be taken away from
// anybody.
//
// There are three because each shuts out somebody else: data (tables, topic, queues) whoever may read the account but not
// the messages; secrets whoever may read any parameter, since AWS's own key for parameters serves everyone who may; logs
// whoever may read the messages' table but not who did what. Each costs a dollar a month.
type keys struct {
	data, logs, secrets awskms.IKey
}

func newKeys(stack awscdk.Stack, stage Stage) keys {
	if !stage.OwnKeys {
		return keys{}
	}
	return keys{
		data: newKey(stack, stage, dataKey, "The tables, the topics and the queues", append(tellsOfAlarms(stack, stage),
			usableThrough(stack, "dynamodb", "sqs", "sns"), grantableThrough(stack, "dynamodb"), deliversTickets(stack, stage))...),
		logs:    newKey(stack, stage, "logs", "The logs", writesLogs(stack, stage)),
		secrets: newKey(stack, stage, "secrets", "The parameters with ntfy's token and the session key", usableThrough(stack, "ssm")),
	}
}

// dataKey is what the key for tables, topics and queues is called.
const dataKey = "data"

// keyAlias is the name under which a key of the stage is found.
func (s Stage) keyAlias(what string) string { return "alias/" + s.name(what) }

// newKey makes a key that the account administers and nobody uses but as listed. What the stack hands out is the key by
// its ARN: so the CDK adds nothing to the key's policy.
func newKey(stack awscdk.Stack, stage Stage, what, description string, uses ...awsiam.PolicyStatement) awskms.IKey {
	statements := append([]awsiam.PolicyStatement{administer()}, uses...)
	key := awskms.NewKey(stack, jsii.String(constructName(what)+"Key"), &awskms.KeyProps{
		Alias:             jsii.String(stage.keyAlias(what)),
		Description:       jsii.String("rez_agent, " + stage.Name + ": " + description),
		EnableKeyRotation: jsii.Bool(true),
		Policy:            awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
		// What it encrypted is lost with it.
		RemovalPolicy: stage.keep(),
	})
	return awskms.Key_FromKeyArn(stack, jsii.String(constructName(what)+"KeyAsItIs"), key.KeyArn())
}

// administer lets the account's administrators change the key, and not use it.
func administer() awsiam.PolicyStatement {
	return keyStatement(awsiam.NewAccountRootPrincipal(), nil,
		"kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*",
		"kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion",
		"kms:RotateKeyOnDemand")
}

// keyUse is what a service asks of a key on behalf of whoever reads and writes there.
func keyUse() []string {
	return []string{
		"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
		"kms:ReEncryptFrom", "kms:ReEncryptTo",
	}
}

// usableThrough lets the account's roles use the key where their own rights say so too, and only by way of these services.
func usableThrough(stack awscdk.Stack, services ...string) awsiam.PolicyStatement {
	return keyStatement(awsiam.NewAccountRootPrincipal(), map[string]any{
		"StringEquals": map[string]any{"kms:ViaService": viaServices(stack, services)},
	}, keyUse()...)
}

// grantableThrough lets whoever makes a table give it the key.
func grantableThrough(stack awscdk.Stack, services ...string) awsiam.PolicyStatement {
	return keyStatement(awsiam.NewAccountRootPrincipal(), map[string]any{
		"StringEquals": map[string]any{"kms:ViaService": viaServices(stack, services)},
		"Bool":         map[string]any{"kms:GrantIsForAWSResource": "true"},
	}, "kms:CreateGrant")
}

func viaServices(stack awscdk.Stack, services []string) []*string {
	via := make([]*string, 0, len(services))
	for _, service := range services {
		via = append(via, awscdk.Fn_Join(jsii.String("."), &[]*string{jsii.String(service), stack.Region(), stack.UrlSuffix()}))
	}
	return via
}

// deliversTickets lets SNS put the topic's tickets into the queues. The topic is named and not referred to: it waits for
// the key.
func deliversTickets(stack awscdk.Stack, stage Stage) awsiam.PolicyStatement {
	topic := stack.FormatArn(&awscdk.ArnComponents{Service: jsii.String("sns"), Resource: jsii.String(stage.name("messages"))})
	return keyStatement(awsiam.NewServicePrincipal(jsii.String("sns.amazonaws.com"), nil), map[string]any{
		"ArnEquals":    map[string]any{"aws:SourceArn": topic},
		"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()},
	}, "kms:Decrypt", "kms:GenerateDataKey")
}

// tellsOfAlarms lets the stage's alarms, and its budget, publish to the topic that tells of them.
func tellsOfAlarms(stack awscdk.Stack, stage Stage) []awsiam.PolicyStatement {
	all := []awsiam.PolicyStatement{keyStatement(awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil), map[string]any{
		"ArnLike": map[string]any{"aws:SourceArn": stage.alarmARNs(stack)},
	}, "kms:Decrypt", "kms:GenerateDataKey")}
	if stage.MonthlyBudget > 0 {
		all = append(all, keyStatement(awsiam.NewServicePrincipal(jsii.String(budgetsService), nil), map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()},
		}, "kms:Decrypt", "kms:GenerateDataKey"))
	}
	return all
}

// writesLogs lets CloudWatch Logs encrypt the stage's own groups.
func writesLogs(stack awscdk.Stack, stage Stage) awsiam.PolicyStatement {
	logs := jsii.String("logs." + *stack.Region() + ".amazonaws.com")
	return keyStatement(awsiam.NewServicePrincipal(logs, nil), map[string]any{
		"ArnLike": map[string]any{"kms:EncryptionContext:aws:logs:arn": stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("logs"), Resource: jsii.String("log-group"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
			ResourceName: jsii.String("*" + stage.name("*")),
		})},
	}, "kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*")
}

func keyStatement(who awsiam.IPrincipal, conditions map[string]any, actions ...string) awsiam.PolicyStatement {
	props := &awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{who},
		Actions:    jsii.Strings(actions...),
		Resources:  jsii.Strings("*"), // in a key's policy: the key
	}
	if conditions != nil {
		props.Conditions = &conditions
	}
	return awsiam.NewPolicyStatement(props)
}

// mayUseData is the right to read and write what the data key encrypts; the services ask for it in the caller's name.
func (k keys) mayUseData() []awsiam.PolicyStatement {
	if k.data == nil {
		return nil
	}
	return []awsiam.PolicyStatement{allow(k.data.KeyArn(), keyUse()...)}
}

// mayUseSecret is the right to what the secrets key does with one parameter.
func (k keys) mayUseSecret(param *string, actions ...string) []awsiam.PolicyStatement {
	if k.secrets == nil {
		return nil
	}
	return []awsiam.PolicyStatement{awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:    jsii.Strings(actions...),
		Resources:  &[]*string{k.secrets.KeyArn()},
		Conditions: &map[string]any{"StringEquals": map[string]any{"kms:EncryptionContext:PARAMETER_ARN": param}},
	})}
}
