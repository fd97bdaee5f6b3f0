package graph

import (
	"fmt"
	"html"
	"strings"
)

// svgLook has one calm colour for each role, for light pages and for dark ones.
const svgLook = `<style>
  text { font: 13px system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; fill: #333b47 }
  .name { font-weight: 600; text-anchor: middle }
  .note { font-size: 11px; text-anchor: middle }
  .label { font-size: 12px; fill: #5b6573 }
  .left { text-anchor: end }
  .arrow { fill: none; stroke: #7b8594; stroke-width: 1.4 }
  .head { fill: #7b8594 }
  .panel { fill: none; stroke: #a9b0ba; stroke-dasharray: 5 4 }
  .shape { stroke-width: 1.4 }
  .delivery .shape { fill: #e3f3e9; stroke: #3f8f5f } .delivery text { fill: #1d4d31 }
  .wait .shape { fill: #e6effa; stroke: #4f7fb5 } .wait text { fill: #234469 }
  .failure .shape { fill: #faeae8; stroke: #b9655a } .failure text { fill: #6d2f27 }
  .fault .shape { fill: #efedf3; stroke: #8a8496 } .fault text { fill: #46414f }
  .path-delivery { stroke: #3f8f5f; stroke-width: 2.4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #d5dbe3 } .label { fill: #aab3c0 } .panel { stroke: #5d6673 }
    .delivery .shape { fill: #1d3a2a } .delivery text { fill: #cdebd8 }
    .wait .shape { fill: #1d2f47 } .wait text { fill: #cfe0f5 }
    .failure .shape { fill: #452824 } .failure text { fill: #f6d6d1 }
    .fault .shape { fill: #35323c } .fault text { fill: #dedae6 }
  }
</style>
<defs>
  <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">
    <path class="head" d="M0 0L8 4L0 8z"/>
  </marker>
</defs>
`

const (
	// lineHeight of text, in pixels, and how far its base line stands below the middle of a state.
	lineHeight, textDrop = 15.0, 4.5
	halfLine             = lineHeight / 2
)

// SVG draws the workflow: the delivery straight down on the left, waiting and failing beside it, and on the right what
// can come from anywhere. The same graph gives the same bytes.
func (g Graph) SVG() string {
	l := g.draw().arrange()
	width := marginX + laneCommon*laneWidth + panelGap + marginX
	height := marginY + float64(l.bottom)*rowHeight + marginY
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 %g %g" width="%g" height="%g">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&out, "<title>%s</title>\n", html.EscapeString(g.Comment))
	out.WriteString(svgLook)
	fmt.Fprintf(&out, `<rect class="panel" x="%g" y="%g" width="%g" height="%g" rx="12"/>`+"\n",
		panelLeft, panelTop, panelRight-panelLeft, height-panelTop-panelTop)
	for _, r := range l.routes() {
		l.writeRoute(&out, r)
	}
	for _, state := range l.states {
		writeState(&out, state, l.places[state.Name])
	}
	out.WriteString("</svg>\n")
	return out.String()
}

func (l *layout) writeRoute(out *strings.Builder, r route) {
	class := "arrow"
	if l.places[r.to].lane == laneDelivery {
		class = "arrow path-delivery"
	}
	var path strings.Builder
	for i, corner := range r.corners {
		fmt.Fprintf(&path, "%c%g %g", "ML"[min(i, 1)], corner.x, corner.y)
	}
	fmt.Fprintf(out, `<path class="%s" marker-end="url(#head)" d="%s"/>`+"\n", class, path.String())
	labelClass := "label"
	if r.labelToLeft {
		labelClass = "label left"
	}
	for i, label := range r.labels {
		fmt.Fprintf(out, `<text class="%s" x="%g" y="%g">%s</text>`+"\n",
			labelClass, r.label.x, r.label.y+float64(i)*lineHeight, html.EscapeString(label))
	}
}

func writeState(out *strings.Builder, state State, at place) {
	fmt.Fprintf(out, `<g class="%s"><title>%s</title>%s`, state.Role, html.EscapeString(state.Comment), svgShape(state.Kind, at))
	y := at.y + textDrop
	if note := state.note(); note != "" {
		y -= halfLine
		fmt.Fprintf(out, `<text class="note" x="%g" y="%g">%s</text>`, at.x, y+lineHeight, html.EscapeString(note))
	}
	fmt.Fprintf(out, `<text class="name" x="%g" y="%g">%s</text>`, at.x, y, html.EscapeString(state.Name))
	out.WriteString("</g>\n")
}

func svgShape(kind Kind, at place) string {
	left, top := at.x-halfWidth, at.y-halfHeight
	if kind == KindChoice {
		return fmt.Sprintf(`<path class="shape" d="M%g %gL%g %gL%g %gL%g %gz"/>`,
			left, at.y, at.x, top, left+boxWidth, at.y, at.x, top+boxHeight)
	}
	radius := 7.0
	if kind == KindSucceed || kind == KindFail {
		radius = halfHeight
	}
	return fmt.Sprintf(`<rect class="shape" x="%g" y="%g" width="%g" height="%g" rx="%g"/>`, left, top, boxWidth, boxHeight, radius)
}
