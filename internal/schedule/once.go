package schedule

import (
	"fmt"
	"time"
)

// atLayout is the time of an at expression, without a zone.
const atLayout = "2006-01-02T15:04:05"

// once fires at one time.
type once struct {
	at time.Time
}

// parseOnce reads the inside of at(…).
func parseOnce(inside string, zone *time.Location) (plan, error) {
	const allowed = "at(yyyy-mm-ddThh:mm:ss), in the schedule's time zone"
	day, err := time.Parse(atLayout, inside)
	if err != nil || day.Format(atLayout) != inside { // Parse also takes fractions and hours of one digit
		return nil, wrong(fmt.Sprintf("has %.40q, which is no time", inside), allowed)
	}
	if day.Year() < firstYear || day.Year() > lastYear {
		return nil, wrong(fmt.Sprintf("is in the year %d", day.Year()), fmt.Sprintf("the years %d to %d", firstYear, lastYear))
	}
	at, exists := instant(day, zone)
	if !exists {
		return nil, wrong("never fires: the clocks leave out "+inside+" there", "a time that exists in "+zone.String())
	}
	return once{at: at}, nil
}

func (o once) next(after time.Time, _ int) []time.Time {
	if o.at.After(after) {
		return []time.Time{o.at}
	}
	return nil
}

func (o once) sentence() string {
	clock := "15:04"
	if o.at.Second() != 0 {
		clock = "15:04:05"
	}
	return o.at.Format("Once, on Monday, 2 January 2006 at " + clock)
}
