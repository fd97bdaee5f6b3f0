package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/metrics"
)

// sheet is one item with marks: those of the events of one page that were counted together. The sheets of a page are
// numbered from 0 on without a gap, and never change.
type sheet struct {
	// page is metrics.Event.Page in Unix seconds.
	page   int64
	number int
	events []metrics.Event
	marks  []metrics.Mark
}

// sheets are the events by their pages, the oldest first. Their numbers are still to be given.
func sheets(events []metrics.Event) []sheet {
	byPage := make(map[int64]*sheet)
	for _, e := range events {
		at := e.Page().Unix()
		if byPage[at] == nil {
			byPage[at] = &sheet{page: at}
		}
		byPage[at].events = append(byPage[at].events, e)
		byPage[at].marks = append(byPage[at].marks, e.Mark())
	}
	all := make([]sheet, 0, len(byPage))
	for _, at := range slices.Sorted(maps.Keys(byPage)) {
		all = append(all, *byPage[at])
	}
	return all
}

func eventsOf(all []sheet) []metrics.Event {
	var events []metrics.Event
	for _, s := range all {
		events = append(events, s.events...)
	}
	return events
}

// page is what is known of a page.
type page struct {
	marks map[metrics.Mark]bool
	// next is the number of the first sheet that is not known.
	next int
	// doubted: somebody may have written a sheet that is not known.
	doubted bool
}

// pages are those that were read or written lately. A stream's changes come in order, and mostly to one environment: it
// reads a page when it first meets it, and after that knows it, as long as nobody else writes to it. So reading costs the
// same for a page with ten marks and one with ten thousand.
type pages struct {
	mu    sync.Mutex
	known map[int64]*page
}

// pagesKept are a minute and more.
const pagesKept = 8

func newPages() *pages { return &pages{known: make(map[int64]*page)} }

// forgetOld bounds the memory.
func (p *pages) forgetOld() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) > pagesKept {
		clear(p.known)
	}
}

// unread are the part's pages of which something may be unknown, with the number of the sheet to read on from.
func (p *pages) unread(part []metrics.Event) []sheet {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []sheet
	for _, s := range sheets(part) {
		switch known := p.known[s.page]; {
		case known == nil:
			all = append(all, sheet{page: s.page})
		case known.doubted:
			all = append(all, sheet{page: s.page, number: known.next})
		}
	}
	return all
}

// unmarked are the part's events that are not marked yet, each page's with the number of its next sheet.
func (p *pages) unmarked(part []metrics.Event) []sheet {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := sheets(slices.DeleteFunc(slices.Clone(part), func(e metrics.Event) bool {
		known := p.known[e.Page().Unix()]
		return known != nil && known.marks[e.Mark()]
	}))
	for i := range all {
		if known := p.known[all[i].page]; known != nil {
			all[i].number = known.next
		}
	}
	return all
}

// learn notes sheets that are in the table, each page's in order.
func (p *pages) learn(all ...sheet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range all {
		known := p.open(s.page)
		known.next = max(known.next, s.number+1)
		for _, mark := range s.marks {
			known.marks[mark] = true
		}
	}
}

// settle notes that a page was read to its end.
func (p *pages) settle(at int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open(at).doubted = false
}

// doubt lets the part's pages be read again.
func (p *pages) doubt(part []metrics.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range sheets(part) {
		p.open(s.page).doubted = true
	}
}

func (p *pages) open(at int64) *page {
	if p.known[at] == nil {
		p.known[at] = &page{marks: make(map[metrics.Mark]bool)}
	}
	return p.known[at]
}

const (
	// pagePrefix begins a page's key: no series does.
	pagePrefix = "seen#"
	marksName  = "marks"
)

func sheetKey(at int64, number int) attributes {
	return attributes{
		contract.MetricsKey:     text(pagePrefix + time.Unix(at, 0).UTC().Format(time.RFC3339)),
		contract.MetricsSortKey: text(fmt.Sprintf("%08d", number)), // texts in the order of the numbers
	}
}

// readPages reads what is not known of the part's pages.
func (m *Metrics) readPages(ctx context.Context, part []metrics.Event) error {
	for _, from := range m.seen.unread(part) {
		key := sheetKey(from.page, from.number)
		for start := attributes(nil); ; {
			out, err := m.client.Query(ctx, &dynamodb.QueryInput{
				TableName:                 &m.table,
				ConsistentRead:            aws.Bool(true),
				KeyConditionExpression:    aws.String(contract.MetricsKey + " = :page AND #number >= :from"),
				ExpressionAttributeNames:  map[string]string{"#number": contract.MetricsSortKey},
				ExpressionAttributeValues: attributes{":page": key[contract.MetricsKey], ":from": key[contract.MetricsSortKey]},
				ExclusiveStartKey:         start,
			})
			if err != nil {
				return fmt.Errorf("read the marks: %w", err)
			}
			for _, stored := range out.Items {
				read, err := decodeSheet(from.page, stored)
				if err != nil {
					return fmt.Errorf("read the marks: %w", err)
				}
				m.seen.learn(read)
			}
			if start = out.LastEvaluatedKey; len(start) == 0 {
				break
			}
		}
		m.seen.settle(from.page)
	}
	return nil
}

func decodeSheet(at int64, stored attributes) (sheet, error) {
	number, isText := stored[contract.MetricsSortKey].(*types.AttributeValueMemberS)
	marks, isBinary := stored[marksName].(*types.AttributeValueMemberB)
	const size = len(metrics.Mark{})
	if !isText || !isBinary || len(marks.Value)%size != 0 {
		return sheet{}, fmt.Errorf("page %d holds an item that is none of ours", at)
	}
	read := sheet{page: at}
	var err error
	if read.number, err = strconv.Atoi(number.Value); err != nil {
		return sheet{}, fmt.Errorf("page %d: %w", at, err)
	}
	for one := range slices.Chunk(marks.Value, size) {
		read.marks = append(read.marks, metrics.Mark(one))
	}
	return read, nil
}

// mark writes a sheet, on condition that nobody else has taken its place.
func (m *Metrics) mark(s sheet, now time.Time) (*types.Update, error) {
	all := make([]byte, 0, len(s.marks)*len(metrics.Mark{}))
	for _, mark := range s.marks {
		all = append(all, mark[:]...)
	}
	expr, err := expression.NewBuilder().
		WithUpdate(expression.Set(expression.Name(marksName), expression.Value(all)).
			Set(expression.Name(contract.AttrTTL), expression.Value(now.Add(metrics.MarkTTL).Unix()))).
		WithCondition(expression.AttributeNotExists(expression.Name(marksName))).
		Build()
	if err != nil {
		return nil, err
	}
	return &types.Update{
		TableName:                 &m.table,
		Key:                       sheetKey(s.page, s.number),
		UpdateExpression:          expr.Update(),
		ConditionExpression:       expr.Condition(),
		ExpressionAttributeNames:  expr.Names(),
		ExpressionAttributeValues: expr.Values(),
	}, nil
}
