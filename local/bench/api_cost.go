package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"sync"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/steps"
)

// maxCostRatio is how much dearer a page may be with ten times the records.
const maxCostRatio = 1.1

// pageCost is what one page made the API read.
type pageCost struct {
	queries, batches int
	// units as DynamoDB bills them, computed from what was read: the emulator calls every query half a unit.
	units float64
}

// till adds up, in the proxy, what the API reads.
type till struct {
	caller string

	mu   sync.Mutex
	cost pageCost
	bad  error
}

// intercept is the proxy's Interceptor.
func (t *till) intercept(call proxy.Call, w http.ResponseWriter, r *http.Request, next http.Handler) {
	if call.Caller != t.caller || (call.Operation != "Query" && call.Operation != "BatchGetItem") {
		next.ServeHTTP(w, r)
		return
	}
	answer := &copied{ResponseWriter: w}
	next.ServeHTTP(answer, r)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.cost.add(answer.body.Bytes()); err != nil {
		t.bad = err
	}
}

// item is a DynamoDB item as it is on the wire: attribute → type → value.
type item map[string]map[string]json.RawMessage

// add reads an answer: a query is billed by the sum of what it read, in 4 KB, at half the price, since it reads an index;
// a batch by each of its items, at the full one, since it reads the table consistently.
func (c *pageCost) add(body []byte) error {
	var read struct {
		Items               []item
		Count, ScannedCount int
		Responses           map[string][]item
	}
	if err := json.Unmarshal(body, &read); err != nil {
		return fmt.Errorf("read DynamoDB's answer: %w", err)
	}
	if read.ScannedCount > read.Count {
		return fmt.Errorf("a query read %d entries and gave %d: what it cost cannot be seen", read.ScannedCount, read.Count)
	}
	if read.Responses == nil {
		sum := 0
		for _, entry := range read.Items {
			sum += entry.size()
		}
		c.queries++
		c.units += math.Ceil(float64(sum)/unitBytes) / 2
		return nil
	}
	c.batches++
	for _, items := range read.Responses {
		for _, one := range items {
			c.units += math.Ceil(float64(one.size()) / unitBytes)
		}
	}
	return nil
}

// unitBytes is what one read unit covers.
const unitBytes = 4096

// size is the item's in bytes, nearly as DynamoDB counts: names and values. That a value's quotes are counted, and a
// number's digits one by one, makes it a little too large, by the same for every record.
func (i item) size() int {
	sum := 0
	for name, value := range i {
		sum += len(name)
		for _, raw := range value {
			sum += len(raw)
		}
	}
	return sum
}

// look reads one page while the table holds so many records, and notes what it cost.
func (b *apiBench) look(ctx context.Context, total int) error {
	return b.options.Printer.Do(fmt.Sprintf("a page of %d records", total), func(steps.Report) error {
		if err := b.fill(ctx, total); err != nil {
			return err
		}
		cost, err := b.pageCost(ctx)
		b.costs = append(b.costs, cost)
		return err
	})
}

func costTable(few, many pageCost) Table {
	ratio := many.units / few.units
	row := func(records int, cost pageCost, goal string) []string {
		return []string{
			fmt.Sprint(records), fmt.Sprintf("%g", cost.units), fmt.Sprint(cost.queries), fmt.Sprint(cost.batches), goal,
		}
	}
	return Table{
		Title: fmt.Sprintf("Read units of a list of %d", apiPage),
		Note: "Computed from what DynamoDB returned to the API, as AWS bills it: the emulator calls every query half a unit. " +
			"No query read more than it gave.",
		Header: []string{"records", "read units", "queries", "batches", "goal"},
		Rows: [][]string{
			row(apiRecords, few, ""), row(muchMore, many, fmt.Sprintf("ratio %.2f: %s", ratio, goal(ratio, maxCostRatio, ""))),
		},
	}
}

func (b *apiBench) pageCost(ctx context.Context) (pageCost, error) {
	watched := &till{caller: b.stack.Functions[contract.TaskWebAPI]}
	b.stack.Proxy.Intercept(watched.intercept)
	defer b.stack.Proxy.Intercept(nil)
	if err := b.readPage(ctx); err != nil {
		return pageCost{}, err
	}
	watched.mu.Lock()
	defer watched.mu.Unlock()
	if watched.bad == nil && watched.cost.units == 0 {
		watched.bad = errors.New("the API read nothing that the proxy saw")
	}
	return watched.cost, watched.bad
}

func (b *apiBench) readPage(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/messages?limit=%d", b.base, apiPage), http.NoBody)
	if err != nil {
		return fmt.Errorf("read a page: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+b.token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("read a page: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // nothing was written
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("read a page: %w", err)
	}
	if items := bytes.Count(body, []byte(`"attempt_count"`)); answer.StatusCode != http.StatusOK || items != apiPage {
		return fmt.Errorf("read a page: %s with %d of %d messages", answer.Status, items, apiPage)
	}
	return nil
}
