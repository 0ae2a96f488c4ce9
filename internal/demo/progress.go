package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// How often progress is shown: a line that is redrawn, or lines that stay.
const (
	redraw = 100 * time.Millisecond
	repeat = 2 * time.Second
)

// columns of a terminal, at least.
const columns = 80

// progress shows how far a step is: one live line on a terminal, a plain line now and then elsewhere.
type progress struct {
	out  io.Writer
	live bool

	mu    sync.Mutex
	name  string
	note  string // what is happening within the step
	done  int
	total int
	began time.Time
	quit  chan struct{}
	gone  chan struct{}
}

// step begins a step of a number of parts. It ends with end.
func (p *progress) step(name string, total int) {
	p.name, p.note, p.done, p.total, p.began = name, "", 0, total, time.Now()
	p.quit, p.gone = make(chan struct{}), make(chan struct{})
	every := repeat
	if p.live {
		every = redraw
	}
	go func() {
		defer close(p.gone)
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				p.show()
			case <-p.quit:
				return
			}
		}
	}()
}

func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
}

func (p *progress) say(note string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note = note
}

// end shows what the step did, in one line that stays.
func (p *progress) end() {
	close(p.quit)
	<-p.gone
	line := fmt.Sprintf("  %-13s %11s  %7s  %s", p.name, p.parts(), seconds(time.Since(p.began)), perSecond(p.done, time.Since(p.began)))
	fmt.Fprintf(p.out, "%s%s%s\n", p.start(), strings.TrimRight(line, " "), p.clear())
}

func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := time.Since(p.began)
	line := fmt.Sprintf("  %-13s %s %11s  %s  %s  %s", p.name, bar(p.done, p.total), p.parts(), perSecond(p.done, took), p.eta(took), p.note)
	line = strings.TrimRight(line, " ")
	if !p.live {
		fmt.Fprintln(p.out, line)
		return
	}
	fmt.Fprint(p.out, p.start()+line[:min(len(line), columns-1)]+p.clear()) // a line that wraps cannot be redrawn
}

func (p *progress) start() string {
	if p.live {
		return "\r"
	}
	return ""
}

// clear wipes what a longer line left behind.
func (p *progress) clear() string {
	if p.live {
		return "\x1b[K"
	}
	return ""
}

func (p *progress) parts() string { return thousands(int64(p.done)) + "/" + thousands(int64(p.total)) }

func (p *progress) eta(took time.Duration) string {
	if p.done == 0 || p.done >= p.total {
		return ""
	}
	left := time.Duration(float64(took) * float64(p.total-p.done) / float64(p.done))
	return "ETA " + left.Round(time.Second).String()
}

func bar(done, total int) string {
	const width = 16
	n := width
	if done < total {
		n = width * done / total
	}
	return "[" + strings.Repeat("#", n) + strings.Repeat(".", width-n) + "]"
}

func perSecond(n int, took time.Duration) string {
	if n == 0 || took <= 0 {
		return ""
	}
	return thousands(int64(float64(n)/took.Seconds()+.5)) + "/s"
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// thousands renders 1234567 as 1,234,567.
func thousands(n int64) string {
	if n < 0 {
		return "-" + thousands(-n)
	}
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}

// pounds renders pence.
func pounds(n int64) string {
	if n < 0 {
		return "-" + pounds(-n)
	}
	return fmt.Sprintf("%s.%02d", thousands(n/100), n%100)
}
