package model_test

import (
	"errors"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/message"
)

// actor is somebody who acts on the world: a goroutine that stops at every call to the outside. Only one of them runs at
// a time, and the dice decide which; at each stop the others overtake it, or it crashes there.
type actor struct {
	*world

	resume, paused chan struct{}
	dead, ended    bool
	// arn is its execution's, about the message's id, and ticket what the queue gave it for that.
	arn, about string
	ticket     *message.Ticket
	// until is when the Lambda that runs now is killed; zero where none runs.
	until time.Time
}

// How an actor, or the Lambda that it runs, ends in the middle.
type (
	crashed  struct{}
	killed   struct{}
	timedOut struct{}
)

// Errors of a Lambda, as the workflow sees them.
var (
	errLambda  = errors.New("Lambda.SdkClientException")
	errKilled  = errors.New("Runtime.ExitError")
	errTimeout = errors.New("States.Timeout")
)

func (w *world) start(body func(a *actor)) {
	a := &actor{world: w, resume: make(chan struct{}), paused: make(chan struct{})}
	w.actors = append(w.actors, a)
	w.tally.actors++
	go func() {
		defer func() {
			if p := recover(); p != nil && p != (crashed{}) {
				w.violatedf("panic: %v", p)
			}
			a.ended = true
			a.paused <- struct{}{}
		}()
		<-a.resume
		if !a.dead {
			body(a)
		}
	}()
}

// pause lets others go on.
func (a *actor) pause() {
	if a.dead {
		panic(crashed{})
	}
	a.paused <- struct{}{}
	<-a.resume
	switch {
	case a.dead:
		panic(crashed{})
	case !a.until.IsZero() && a.now.After(a.until):
		a.spoilt()
		panic(timedOut{})
	case !a.until.IsZero() && a.unlucky(100):
		a.spoilt()
		panic(killed{})
	}
}

// spoilt notes that something went wrong while somebody acted on the message: only then may it be shown twice.
func (a *actor) spoilt() {
	a.tally.faults++
	a.spoiltMessages[a.about] = true
}

func (w *world) goOn(i int) {
	a := w.actors[i]
	a.resume <- struct{}{}
	<-a.paused
	if a.ended {
		w.actors = slices.Delete(w.actors, i, i+1)
	}
}

func (w *world) crash(i int) {
	w.actors[i].spoilt()
	w.actors[i].dead = true
	w.goOn(i)
}

func (w *world) crashAll() {
	for len(w.actors) > 0 {
		w.crash(0)
	}
}

func (w *world) finishAll() {
	for len(w.actors) > 0 {
		w.goOn(0)
	}
}

// retried is a Lambda under the workflow's Retry: faults of the service are tried again twice, ntfy's as often as given.
func (a *actor) retried(timeout time.Duration, unavailable int, run func(try int) error) error {
	faults := 2
	for try := 0; ; try++ {
		err := a.invoke(timeout, func() error { return run(try) })
		var down *delivery.NtfyUnavailable
		switch {
		case errors.Is(err, errLambda) && faults > 0:
			faults--
		case errors.As(err, &down) && unavailable > 0:
			unavailable--
			a.pause()
		default:
			return err
		}
	}
}

func (a *actor) invoke(timeout time.Duration, run func() error) (err error) {
	a.until = a.now.Add(timeout)
	defer func() {
		a.until = time.Time{}
		switch p := recover(); p {
		case nil:
		case killed{}:
			err = errKilled
		case timedOut{}:
			err = errTimeout
		default:
			panic(p)
		}
	}()
	a.pause()
	if err := run(); err != nil {
		return err
	}
	if a.unlucky(40) {
		a.spoilt()
		return errLambda // it has done its work, but its answer is lost
	}
	return nil
}
