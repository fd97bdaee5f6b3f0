package proxy

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strconv"
)

// The SDKs tell a throttle from a fault, and both from a refusal, by the error's code and by the status, and each
// service says it in the form of its protocol. Where a service has an error type of its own, the code is that type's.

// form is an answer that tells an error.
type form struct {
	status  int
	code    string
	message string
	// protocol writes it.
	protocol func(w http.ResponseWriter, f form)
}

func (f form) write(w http.ResponseWriter) {
	w.Header().Set("X-Amzn-Requestid", requestID)
	f.protocol(w, f)
}

// requestID is the same for every error that we make: nobody looks it up.
const requestID = "00000000-0000-4000-8000-00000000f417"

const (
	busy   = "Rate exceeded"
	broken = "Internal server error"
)

// throttled is how a service, by the name it signs with, says that it is too busy.
func throttled(service string) form {
	switch service {
	case "dynamodb":
		return form{
			http.StatusBadRequest, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
			"The level of configured provisioned throughput for the table was exceeded.", json10,
		}
	case "sqs":
		return form{http.StatusBadRequest, "com.amazonaws.sqs#RequestThrottled", busy, sqsJSON}
	case "sns":
		return form{http.StatusTooManyRequests, "Throttled", busy, queryXML}
	case "ssm", "cognito-idp":
		return form{http.StatusBadRequest, "ThrottlingException", busy, json11}
	case "lambda", "scheduler":
		return form{http.StatusTooManyRequests, throttleOf(service), busy, restJSON}
	default: // states, and what else speaks JSON 1.0
		return form{http.StatusBadRequest, "ThrottlingException", busy, json10}
	}
}

func throttleOf(service string) string {
	if service == "lambda" {
		return "TooManyRequestsException"
	}
	return "ThrottlingException"
}

// failed is how a service says that it failed.
func failed(service string) form {
	switch service {
	case "dynamodb":
		return form{http.StatusInternalServerError, "com.amazonaws.dynamodb.v20120810#InternalServerError", broken, json10}
	case "sqs":
		return form{http.StatusInternalServerError, "com.amazonaws.sqs#InternalFailure", broken, sqsJSON}
	case "sns":
		return form{http.StatusInternalServerError, "InternalError", broken, queryXML}
	case "ssm", "cognito-idp":
		return form{http.StatusInternalServerError, "InternalServerError", broken, json11}
	case "lambda":
		return form{http.StatusInternalServerError, "ServiceException", broken, restJSON}
	case "scheduler":
		return form{http.StatusInternalServerError, "InternalServerException", broken, restJSON}
	default:
		return form{http.StatusInternalServerError, "InternalFailure", broken, json10}
	}
}

func json10(w http.ResponseWriter, f form) { writeTyped(w, f, "application/x-amz-json-1.0") }

func json11(w http.ResponseWriter, f form) { writeTyped(w, f, "application/x-amz-json-1.1") }

func writeTyped(w http.ResponseWriter, f form, kind string) {
	writeJSON(w, f.status, kind, map[string]string{"__type": f.code, "message": f.message})
}

// sqsJSON names the error also as the query protocol did: old and new SDKs look there.
func sqsJSON(w http.ResponseWriter, f form) {
	side := "Sender"
	if f.status >= http.StatusInternalServerError {
		side = "Receiver"
	}
	const prefix = len("com.amazonaws.sqs#")
	w.Header().Set("X-Amzn-Query-Error", f.code[prefix:]+";"+side)
	json10(w, f)
}

// restJSON names the error in a header.
func restJSON(w http.ResponseWriter, f form) {
	w.Header().Set("X-Amzn-Errortype", f.code)
	writeJSON(w, f.status, "application/json", map[string]string{"message": f.message})
}

func writeJSON(w http.ResponseWriter, status int, kind string, body map[string]string) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // texts are always JSON
	}
	writeText(w, status, kind, text)
}

type queryError struct {
	XMLName   xml.Name `xml:"http://sns.amazonaws.com/doc/2010-03-31/ ErrorResponse"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

func queryXML(w http.ResponseWriter, f form) {
	side := "Sender"
	if f.status >= http.StatusInternalServerError {
		side = "Receiver"
	}
	text, err := xml.Marshal(queryError{Type: side, Code: f.code, Message: f.message, RequestID: requestID})
	if err != nil {
		panic(err) // texts are always XML
	}
	writeText(w, f.status, "text/xml", text)
}

func writeText(w http.ResponseWriter, status int, kind string, text []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // the caller has gone; there is no one to tell
}
