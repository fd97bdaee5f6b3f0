package schedule

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // Lambda's machines need not have the zones
)

// zoneNames are the names of the tz database, one in a line. Go's own look-up takes what the machine's file system
// takes, on some of them in any case, and cannot list the names; this list decides.
//
//go:embed zones.txt
var zoneNames string

// loadZone finds a zone by its exact name; none is UTC. Errors: a *FieldError of "timezone".
func loadZone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	if !strings.Contains("\n"+zoneNames, "\n"+name+"\n") {
		return nil, noZone(name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, noZone(name)
	}
	return zone, nil
}

func noZone(name string) *FieldError {
	problem := fmt.Sprintf("is %.60q, which the tz database does not have", name)
	if meant := meantZone(name); meant != "" {
		problem += "; did you mean " + meant + "?"
	}
	return &FieldError{
		Field: "timezone", Problem: problem, Allowed: "an IANA name in its exact spelling, as Europe/Berlin; UTC where it is left out",
	}
}

// meantZone finds the zone that a wrong name means: in another case, without its continent, or a difference from UTC.
func meantZone(name string) string {
	if zone := zoneOfOffset(name); zone != "" {
		return zone
	}
	wanted := strings.ReplaceAll(name, " ", "_")
	for zone := range strings.Lines(zoneNames) {
		zone = strings.TrimSpace(zone)
		city := zone[strings.LastIndex(zone, "/")+1:]
		if strings.EqualFold(zone, wanted) || strings.EqualFold(city, wanted) {
			return zone
		}
	}
	return ""
}

// zoneOfOffset turns UTC+2 into Etc/GMT-2: those names have the sign of POSIX, the other way round.
func zoneOfOffset(name string) string {
	const farthestEast, farthestWest = 14, 12
	offset := strings.TrimPrefix(strings.TrimPrefix(name, "UTC"), "GMT")
	hours, ok := wholeNumber(strings.TrimLeft(strings.TrimSuffix(strings.TrimLeft(offset, "+-"), ":00"), "0"))
	switch {
	case !ok:
		return ""
	case offset[0] == '+' && hours <= farthestEast:
		return fmt.Sprintf("Etc/GMT-%d", hours)
	case offset[0] == '-' && hours <= farthestWest:
		return fmt.Sprintf("Etc/GMT+%d", hours)
	default:
		return ""
	}
}
