package coldstart

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// cloud stands for AWS, for ntfy and for the user pool: it answers at once what a first event needs and nothing more.
// Of DynamoDB it keeps what was last put into each table, and gives that back whatever the key; updates are accepted
// and forgotten. So every start meets the same record, as its Lambda's own store wrote it.
type cloud struct {
	// keys is the user pool's key set.
	keys []byte

	mu     sync.Mutex
	tables map[string]json.RawMessage
	calls  []string
}

// takeCalls are the operations that were asked for since the last time, in order.
func (c *cloud) takeCalls() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := c.calls
	c.calls = nil
	return calls
}

// called notes an operation.
func (c *cloud) called(operation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, operation)
}

// ServeHTTP tells a service by how its protocol names the operation: most in a header, SNS in a form, the others by path.
func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, operation, named := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch {
	case named:
		c.called(operation)
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		writeJSON(w, c.answer(operation, body))
	case r.Method == http.MethodGet:
		c.called("keys")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(c.keys)
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		c.called("Publish")
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>`+
			requestID+`</MessageId></PublishResult></PublishResponse>`)
	default:
		c.called("ntfy")
		w.Header().Set("Content-Type", "application/json")
		writeJSON(w, map[string]any{"id": "hwQ2YpKdmg", "time": time.Now().Unix(), "event": "message", "topic": "coldstart"})
	}
}

func writeJSON(w io.Writer, answer any) {
	_ = json.NewEncoder(w).Encode(answer) //nolint:errchkjson // maps of texts and numbers
}

// answer is what the services say that have the operation in a header.
func (c *cloud) answer(operation string, body []byte) any {
	var in struct {
		TableName, MessageBody string
		Item                   json.RawMessage
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return map[string]string{"message": err.Error()}
	}
	switch operation {
	case "PutItem":
		c.put(in.TableName, in.Item)
	case "GetItem":
		if item := c.get(in.TableName); item != nil {
			return map[string]any{"Item": item}
		}
	case "Query":
		return map[string]any{"Items": []any{}, "Count": 0, "ScannedCount": 0}
	case "SendMessage":
		sum := md5.Sum([]byte(in.MessageBody))
		return map[string]any{"MessageId": requestID, "MD5OfMessageBody": hex.EncodeToString(sum[:])}
	case "GetQueueAttributes":
		return map[string]any{"Attributes": map[string]string{"ApproximateNumberOfMessages": "0"}}
	case "StartSyncExecution":
		return map[string]any{"executionArn": executionARN, "status": "SUCCEEDED", "output": `{"outcome":"completed"}`}
	case "GetParameter":
		return map[string]any{"Parameter": map[string]any{"Name": tokenParam, "Type": "SecureString", "Value": "tk_coldstart"}}
	}
	return map[string]any{}
}

func (c *cloud) put(table string, item json.RawMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tables[table] = item
}

func (c *cloud) get(table string) json.RawMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tables[table]
}

// forget empties every table.
func (c *cloud) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tables = map[string]json.RawMessage{}
}
