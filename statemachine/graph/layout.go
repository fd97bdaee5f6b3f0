package graph

// The grid on which the states stand, in pixels.
const (
	laneWidth, rowHeight = 250.0, 80.0
	marginX, marginY     = 128.0, 52.0
	boxWidth, boxHeight  = 164.0, 40.0

	halfWidth, halfHeight = boxWidth / 2, boxHeight / 2

	// panelGap keeps the last lane apart from the panel around the others, with room for what leads to it.
	panelGap = 218.0
)

// lane numbers: the delivery goes straight down in the first one.
const (
	laneDelivery = iota
	laneWait
	laneFailure
	laneCommon
)

// place is where a state stands: its lane and row, and the centre in pixels.
type place struct {
	lane, row int
	x, y      float64
}

// layout puts a drawing's states on the grid.
type layout struct {
	drawing
	places map[string]place
	bottom int
}

// arrange gives each role a lane of its own. A state stands below the states that lead to it, so that arrows go down or
// to the right; what is met from everywhere, and what follows it, stands beside all lanes.
func (d drawing) arrange() layout {
	l := layout{drawing: d, places: map[string]place{}}
	for lane := laneDelivery; lane <= laneCommon; lane++ {
		next := 0
		for i, state := range d.states {
			if d.laneOf(state) != lane {
				continue
			}
			row := max(next, l.rowBelowSources(state.Name, lane))
			if lane == laneCommon && i > 0 && d.common(state) && next > 0 {
				row++ // A gap before what does not follow from the state above.
			}
			l.put(state.Name, lane, row)
			next = row + 1
		}
	}
	return l
}

func (d drawing) laneOf(state State) int {
	switch {
	case state.Role == RoleFault || d.common(state):
		return laneCommon
	case state.Role == RoleFailure:
		return laneFailure
	case state.Role == RoleWait:
		return laneWait
	default:
		return laneDelivery
	}
}

// rowBelowSources is the highest row at which all arrows from other lanes can come in: two rows below the delivery, to
// leave room for the names of errors; level with a neighbour that waits.
func (l *layout) rowBelowSources(name string, lane int) int {
	row := 0
	for _, a := range l.arrows {
		from, placed := l.places[a.from]
		if a.to != name || !placed || from.lane == lane {
			continue
		}
		below := from.row
		if from.lane == laneDelivery {
			below += 2
		}
		row = max(row, below)
	}
	return row
}

func (l *layout) put(name string, lane, row int) {
	at := place{lane: lane, row: row, x: marginX + float64(lane)*laneWidth, y: marginY + float64(row)*rowHeight}
	if lane == laneCommon {
		at.x += panelGap - (laneWidth - boxWidth)
	}
	l.places[name] = at
	l.bottom = max(l.bottom, row)
}
