package proxy

import (
	"encoding/json"
	"maps"
	"net/http"
	"sync"
)

// Key is what calls are counted by.
type Key struct{ Service, Operation, Caller string }

// UnitKey is what DynamoDB units are counted by: Index is empty for the table itself.
type UnitKey struct{ Operation, Table, Index string }

// Units are DynamoDB's read and write request units.
type Units struct{ Read, Write float64 }

// Counts are the calls that have passed.
type Counts struct {
	Calls map[Key]int
	// Failed are the answers with a status of 400 or more; a failed condition is one of them.
	Failed map[Key]int
	Units  map[UnitKey]Units
	// BytesOut are the calls' bodies, BytesIn the answers'.
	BytesOut, BytesIn int64
}

// Writes is the sum of all write units.
func (c Counts) Writes() float64 {
	sum := 0.0
	for _, units := range c.Units {
		sum += units.Write
	}
	return sum
}

// Reads is the sum of all read units.
func (c Counts) Reads() float64 {
	sum := 0.0
	for _, units := range c.Units {
		sum += units.Read
	}
	return sum
}

// Since is what has come since earlier counts.
func (c Counts) Since(earlier Counts) Counts {
	diff := Counts{
		Calls: map[Key]int{}, Failed: map[Key]int{}, Units: map[UnitKey]Units{},
		BytesOut: c.BytesOut - earlier.BytesOut, BytesIn: c.BytesIn - earlier.BytesIn,
	}
	for key, n := range c.Calls {
		diff.Calls[key] = n - earlier.Calls[key]
	}
	for key, n := range c.Failed {
		diff.Failed[key] = n - earlier.Failed[key]
	}
	for key, units := range c.Units {
		was := earlier.Units[key]
		diff.Units[key] = Units{Read: units.Read - was.Read, Write: units.Write - was.Write}
	}
	return diff
}

type counters struct {
	mu     sync.Mutex
	counts Counts
}

func (c *counters) call(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts.Calls == nil {
		c.counts = Counts{Calls: map[Key]int{}, Failed: map[Key]int{}, Units: map[UnitKey]Units{}}
	}
	c.counts.Calls[key(call)]++
	c.counts.BytesOut += int64(call.Bytes)
}

func key(call Call) Key { return Key{call.Service, call.Operation, call.Caller} }

func (c *counters) answer(call Call, status int, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.BytesIn += int64(len(body))
	if status >= http.StatusBadRequest {
		c.counts.Failed[key(call)]++
	}
	if call.Service == "dynamodb" {
		c.units(call.Operation, body)
	}
}

// capacity is DynamoDB's ConsumedCapacity, which the launcher makes the emulator tell with every answer.
type capacity struct {
	TableName string
	units
	Table                  units
	GlobalSecondaryIndexes map[string]units
}

type units struct {
	CapacityUnits      float64
	ReadCapacityUnits  float64
	WriteCapacityUnits float64
}

func (c *counters) units(operation string, body []byte) {
	var answer struct{ ConsumedCapacity json.RawMessage }
	if json.Unmarshal(body, &answer) != nil || answer.ConsumedCapacity == nil {
		return
	}
	all := []capacity{{}}
	if json.Unmarshal(answer.ConsumedCapacity, &all[0]) != nil && json.Unmarshal(answer.ConsumedCapacity, &all) != nil {
		return
	}
	for _, one := range all {
		c.add(UnitKey{operation, one.TableName, ""}, one.Table)
		for index, used := range one.GlobalSecondaryIndexes {
			c.add(UnitKey{operation, one.TableName, index}, used)
		}
	}
}

// add counts units; where the answer does not split them into read and write, the operation does.
func (c *counters) add(k UnitKey, used units) {
	sum := c.counts.Units[k]
	switch {
	case used.ReadCapacityUnits+used.WriteCapacityUnits > 0:
		sum.Read += used.ReadCapacityUnits
		sum.Write += used.WriteCapacityUnits
	case k.Operation == "GetItem" || k.Operation == "BatchGetItem" || k.Operation == "Query" || k.Operation == "Scan":
		sum.Read += used.CapacityUnits
	default:
		sum.Write += used.CapacityUnits
	}
	c.counts.Units[k] = sum
}

func (c *counters) snapshot() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Counts{
		Calls: maps.Clone(c.counts.Calls), Failed: maps.Clone(c.counts.Failed), Units: maps.Clone(c.counts.Units),
		BytesOut: c.counts.BytesOut, BytesIn: c.counts.BytesIn,
	}
}
