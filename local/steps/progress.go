package steps

import (
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// clearLine returns to the start of the line and empties it.
const clearLine = "\r\x1b[2K"

// progress draws one running step until it is stopped.
type progress struct {
	printer *Printer
	name    string
	began   time.Time

	mu   sync.Mutex
	last string

	quit, done chan struct{}
}

func (p *Printer) watch(name string, began time.Time) *progress {
	w := &progress{printer: p, name: name, began: began, quit: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w
}

func (w *progress) report(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = strings.TrimSpace(text)
}

func (w *progress) latest() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// stop ends the drawing and gives the last progress.
func (w *progress) stop() string {
	close(w.quit)
	<-w.done
	return w.latest()
}

func (w *progress) run() {
	defer close(w.done)
	every := lineEvery
	if w.printer.terminal {
		every = spinEvery
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for frame := 0; ; frame++ {
		select {
		case <-w.quit:
			w.erase()
			return
		case <-tick.C:
			w.draw(frame)
		}
	}
}

func (w *progress) draw(frame int) {
	took := seconds(time.Since(w.began))
	if !w.printer.terminal {
		w.printer.line(strings.TrimRight("… "+pad(w.name)+took+"  "+w.latest(), " "))
		return
	}
	spinner := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
	text := string(spinner[frame%len(spinner)]) + " " + pad(w.name) + took + "  " + w.latest()
	w.printer.mu.Lock()
	defer w.printer.mu.Unlock()
	w.printer.write(clearLine + ansi.Truncate(text, w.printer.width-1, "…"))
}

func (w *progress) erase() {
	if !w.printer.terminal {
		return
	}
	w.printer.mu.Lock()
	defer w.printer.mu.Unlock()
	w.printer.write(clearLine)
}
