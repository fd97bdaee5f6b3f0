package graph

import "math"

const (
	// spread is the distance between two arrows that leave, or reach, a state on the same side.
	spread = 20.0
	half   = 0.5
	// around is how far an arrow goes around a state that stands in its way.
	around = 26.0
	// panelLeft, panelTop and panelRight are where the panel around the first three lanes begins and ends.
	panelLeft, panelTop = 14.0, 10.0
	panelRight          = marginX + laneFailure*laneWidth + halfWidth + 84
)

type point struct{ x, y float64 }

// route is an arrow's way: its corners, and where its label begins or, if it stands to the left of the arrow, ends.
type route struct {
	arrow

	corners     []point
	label       point
	labelToLeft bool
}

func (l *layout) routes() []route {
	out := make([]route, 0, len(l.arrows))
	for _, a := range l.arrows {
		out = append(out, l.route(a))
	}
	return out
}

func (l *layout) route(a arrow) route {
	to := l.places[a.to]
	if a.from == everywhere {
		return route{
			arrow:   a,
			corners: []point{{panelRight, to.y}, {to.x - halfWidth, to.y}},
			label:   point{panelRight + 6, to.y - 7},
		}
	}
	from := l.places[a.from]
	switch {
	case from.lane == to.lane && to.row == from.row+1:
		return route{
			arrow:   a,
			corners: []point{{from.x, from.y + halfHeight}, {to.x, to.y - halfHeight}},
			label:   point{from.x + 8, from.y + halfHeight + 24},
		}
	case from.lane == to.lane:
		x := from.x + halfWidth + around
		return route{
			arrow:   a,
			corners: []point{{from.x + halfWidth, from.y}, {x, from.y}, {x, to.y}, {to.x + halfWidth, to.y}},
			label:   point{x + 5, from.y + boxHeight},
		}
	default:
		return l.across(a, from, to)
	}
}

// across leaves to the right and comes in from above, or from the left where both states stand level.
func (l *layout) across(a arrow, from, to place) route {
	start := point{from.x + halfWidth, from.y + l.leavingOffset(a, from)}
	if from.row == to.row {
		return route{
			arrow:   a,
			corners: []point{{from.x + halfWidth, from.y}, {to.x - halfWidth, to.y}},
			label:   point{from.x + halfWidth + 8, from.y - 7},
		}
	}
	if from.y != start.y && l.kind(a.from) == KindChoice {
		start.x -= halfWidth * math.Abs(start.y-from.y) / halfHeight // A diamond is narrower beside its tip.
	}
	x := to.x + l.arrivingOffset(a, to)
	r := route{
		arrow:   a,
		corners: []point{start, {x, start.y}, {x, to.y - halfHeight}},
		label:   point{from.x + halfWidth + 8, start.y - 6},
	}
	if len(a.labels) > 1 {
		r.label = point{x - 8, start.y + 20}
		r.labelToLeft = true
	}
	return r
}

func (l *layout) kind(name string) Kind {
	for _, state := range l.states {
		if state.Name == name {
			return state.Kind
		}
	}
	return ""
}

// leavingOffset keeps arrows apart that leave a state to the right: the one that goes farther leaves higher, so that
// they do not cross.
func (l *layout) leavingOffset(a arrow, from place) float64 {
	farther, all := 0, 0
	for _, other := range l.arrows {
		to := l.places[other.to]
		if other.from != a.from || to.lane == from.lane {
			continue
		}
		all++
		if to.lane > l.places[a.to].lane {
			farther++
		}
	}
	return (float64(farther) - float64(all-1)*half) * spread
}

// arrivingOffset keeps arrows apart that come in from above: the one from higher up stands farther to the right.
func (l *layout) arrivingOffset(a arrow, to place) float64 {
	lower, all := 0, 0
	for _, other := range l.arrows {
		from, placed := l.places[other.from]
		if other.to != a.to || !placed || from.lane == to.lane || from.row == to.row {
			continue
		}
		all++
		if from.row > l.places[a.from].row {
			lower++
		}
	}
	return (float64(lower) - float64(all-1)*half) * spread
}
