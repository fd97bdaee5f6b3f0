package bench

import "fmt"

// Prices of us-east-1 in dollars, on demand, without free tiers and volume discounts, on arm64 where there is a choice. As
// known on priceDate; priceTable prints them with where they stand, to be checked before anybody relies on them.
const (
	priceDate       = "25 November 2026"
	million         = 1e6
	gigabyte        = 1e9
	priceSNS        = 0.50 / million
	priceSQS        = 0.40 / million
	priceInvocation = 0.20 / million
	priceGBSecond   = 0.0000133334
	priceExecution  = 1.00 / million
	priceExecGBs    = 0.00001667
	priceWrite      = 0.625 / million
	priceRead       = 0.125 / million
	priceWriteHour  = 0.00065
	priceReadHour   = 0.00013
	priceStorage    = 0.25 // a GB and month
	priceRecovery   = 0.20 // a GB and month
	priceLog        = 0.50 / gigabyte
	priceMetric     = 0.30
	priceAlarm      = 0.10
	priceComposite  = 0.50
	priceDashboard  = 3.00
	priceTrace      = 5.00 / million
	priceAPI        = 3.50 / million
	priceOut        = 0.09 / gigabyte
	priceKey        = 1.00
	priceKMS        = 3.00 / million
)

const (
	// provisionedUse is how much of the provisioned units is used: what auto scaling aims at.
	provisionedUse = 0.7
	traced         = 0.05
	// bytesOut is one request to ntfy with its headers, on a connection that is open.
	bytesOut = 1500
	// accessBytes is a line of the API's access log.
	accessBytes = 500
	// storedGB is a record with its entry in the stage's index, storedMonths how long they are kept.
	storedGB, storedMonths = 1500 / gigabyte, 3.0
)

// priceTable is the prices with their source.
func priceTable() Table {
	t := Table{
		Title:  "Prices",
		Note:   "us-east-1, on demand, without free tiers, as known on " + priceDate + "; to be checked at the source.",
		Header: []string{"", "dollars", "source"},
	}
	for _, row := range []struct {
		name  string
		price float64
		of    string
	}{
		{"SNS: a million publishes (deliveries to SQS are free)", priceSNS * million, "sns"},
		{"SQS: a million requests", priceSQS * million, "sqs"},
		{"Lambda: a million requests", priceInvocation * million, "lambda"},
		{"Lambda: a million GB-seconds, arm64", priceGBSecond * million, "lambda"},
		{"Step Functions Express: a million requests", priceExecution * million, "step-functions"},
		{"Step Functions Express: a million GB-seconds", priceExecGBs * million, "step-functions"},
		{"DynamoDB: a million write units", priceWrite * million, "dynamodb"},
		{"DynamoDB: a million read units", priceRead * million, "dynamodb"},
		{"DynamoDB: a provisioned write unit for an hour", priceWriteHour, "dynamodb"},
		{"DynamoDB: a provisioned read unit for an hour", priceReadHour, "dynamodb"},
		{"DynamoDB: a GB for a month", priceStorage, "dynamodb"},
		{"DynamoDB: point-in-time recovery of a GB for a month", priceRecovery, "dynamodb"},
		{"CloudWatch: a GB of logs", priceLog * gigabyte, "cloudwatch"},
		{"CloudWatch: a metric of our own for a month", priceMetric, "cloudwatch"},
		{"CloudWatch: an alarm's metric for a month", priceAlarm, "cloudwatch"},
		{"CloudWatch: a composite alarm for a month", priceComposite, "cloudwatch"},
		{"CloudWatch: a dashboard for a month", priceDashboard, "cloudwatch"},
		{"X-Ray: a million traces", priceTrace * million, "xray"},
		{"API Gateway REST: a million requests", priceAPI * million, "api-gateway"},
		{"EC2: a GB out to the internet", priceOut * gigabyte, "ec2"},
		{"KMS: a key for a month", priceKey, "kms"},
		{"KMS: a million requests", priceKMS * million, "kms"},
	} {
		t.Rows = append(t.Rows, []string{row.name, fmt.Sprintf("%g", row.price), "aws.amazon.com/" + row.of + "/pricing"})
	}
	return t
}
