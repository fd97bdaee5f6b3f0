package proxy

import (
	"encoding/json"
	"maps"
	"net/http"
	"sync"
)

// Key is what calls are counted by.
type Key struct{ Service, Operation, Caller string }

// Tally is what became of the calls of one Key.
type Tally struct {
	Calls int
	// Failed are the answers with a status of 400 or more; a failed condition is one of them.
	Failed int
	// Sent and Received are the bytes of the calls' bodies and of the answers'.
	Sent, Received int64
}

// UnitKey is what DynamoDB units are counted by: Index is empty for the table itself.
type UnitKey struct{ Operation, Caller, Table, Index string }

// Units are DynamoDB's read and write request units.
type Units struct{ Read, Write float64 }

// Counts are the calls that have passed.
type Counts struct {
	Calls map[Key]Tally
	Units map[UnitKey]Units
}

// Since is what has come since earlier counts; what has not changed is left out.
func (c Counts) Since(earlier Counts) Counts {
	diff := newCounts()
	for key, now := range c.Calls {
		was := earlier.Calls[key]
		if now != was {
			diff.Calls[key] = Tally{
				Calls: now.Calls - was.Calls, Failed: now.Failed - was.Failed,
				Sent: now.Sent - was.Sent, Received: now.Received - was.Received,
			}
		}
	}
	for key, now := range c.Units {
		was := earlier.Units[key]
		if now != was {
			diff.Units[key] = Units{Read: now.Read - was.Read, Write: now.Write - was.Write}
		}
	}
	return diff
}

// Of are the counts of those callers that chosen accepts.
func (c Counts) Of(chosen func(caller string) bool) Counts {
	some := newCounts()
	maps.Copy(some.Calls, c.Calls)
	maps.Copy(some.Units, c.Units)
	maps.DeleteFunc(some.Calls, func(key Key, _ Tally) bool { return !chosen(key.Caller) })
	maps.DeleteFunc(some.Units, func(key UnitKey, _ Units) bool { return !chosen(key.Caller) })
	return some
}

// Total is the sum of all calls.
func (c Counts) Total() Tally {
	sum := Tally{}
	for _, one := range c.Calls {
		sum.Calls += one.Calls
		sum.Failed += one.Failed
		sum.Sent += one.Sent
		sum.Received += one.Received
	}
	return sum
}

// TotalUnits is the sum of all DynamoDB units.
func (c Counts) TotalUnits() Units {
	sum := Units{}
	for _, one := range c.Units {
		sum.Read += one.Read
		sum.Write += one.Write
	}
	return sum
}

func newCounts() Counts { return Counts{Calls: map[Key]Tally{}, Units: map[UnitKey]Units{}} }

type counters struct {
	mu     sync.Mutex
	counts Counts
}

func (c *counters) called(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := Key{call.Service, call.Operation, call.Caller}
	tally := c.counts.Calls[key]
	tally.Calls++
	tally.Sent += int64(call.Bytes)
	c.counts.Calls[key] = tally
}

func (c *counters) answered(call Call, status int, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := Key{call.Service, call.Operation, call.Caller}
	tally := c.counts.Calls[key]
	tally.Received += int64(len(body))
	if status >= http.StatusBadRequest {
		tally.Failed++
	}
	c.counts.Calls[key] = tally
	if call.Service == "dynamodb" {
		c.addUnits(call, body)
	}
}

// capacity is DynamoDB's ConsumedCapacity, which the launcher makes the emulator tell with every answer.
type capacity struct {
	TableName string
	consumed
	Table                  *consumed
	GlobalSecondaryIndexes map[string]consumed
}

type consumed struct {
	CapacityUnits      float64
	ReadCapacityUnits  float64
	WriteCapacityUnits float64
}

func (c *counters) addUnits(call Call, body []byte) {
	for _, one := range capacities(body) {
		key := UnitKey{Operation: call.Operation, Caller: call.Caller, Table: one.TableName}
		if one.Table == nil { // not split by index: all of it is the table's
			one.Table, one.GlobalSecondaryIndexes = &one.consumed, nil
		}
		c.add(key, *one.Table)
		for index, used := range one.GlobalSecondaryIndexes {
			key.Index = index
			c.add(key, used)
		}
	}
}

// capacities reads an answer's ConsumedCapacity: one, or a list of them where the call may touch several tables.
func capacities(body []byte) []capacity {
	var answer struct{ ConsumedCapacity json.RawMessage }
	if json.Unmarshal(body, &answer) != nil || answer.ConsumedCapacity == nil {
		return nil
	}
	var one capacity
	if json.Unmarshal(answer.ConsumedCapacity, &one) == nil {
		return []capacity{one}
	}
	var several []capacity
	if json.Unmarshal(answer.ConsumedCapacity, &several) == nil {
		return several
	}
	return nil
}

// add counts units; where the answer does not split them into read and write, the operation does.
func (c *counters) add(key UnitKey, used consumed) {
	sum := c.counts.Units[key]
	switch {
	case used.ReadCapacityUnits+used.WriteCapacityUnits > 0:
		sum.Read += used.ReadCapacityUnits
		sum.Write += used.WriteCapacityUnits
	case reads(key.Operation):
		sum.Read += used.CapacityUnits
	default:
		sum.Write += used.CapacityUnits
	}
	c.counts.Units[key] = sum
}

func reads(operation string) bool {
	switch operation {
	case "GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems":
		return true
	default:
		return false
	}
}

func (c *counters) snapshot() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Counts{Calls: maps.Clone(c.counts.Calls), Units: maps.Clone(c.counts.Units)}
}
