// Package browser drives headless Chromium for tests and screenshots of the pages.
//
// What lives here: opening pages, typing, looking, and what every page is held to: no console error, no request to
// another host, no serious finding of axe-core (axe/, with its license). What does not: what pages should say.
package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	print "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed axe/axe.min.js
var axe string

// names are those under which distributions install Chromium.
var names = []string{"chromium", "chromium-browser", "google-chrome", "chrome"}

// Path finds the browser; "" for none.
func Path() string {
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			return p
		}
	}
	return ""
}

// Browser is a running Chromium.
type Browser struct {
	ctx  context.Context
	stop []context.CancelFunc
}

// Start starts Chromium.
func Start(ctx context.Context) (*Browser, error) {
	path := Path()
	if path == "" {
		return nil, fmt.Errorf("browser: Chromium is not installed (on Debian: apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("lang", "en"))
	alloc, stop1 := chromedp.NewExecAllocator(ctx, options...)
	first, stop2 := chromedp.NewContext(alloc)
	if err := chromedp.Do(first); err != nil {
		stop2()
		stop1()
		return nil, fmt.Errorf("browser: %w", err)
	}
	return &Browser{first, []context.CancelFunc{stop2, stop1}}, nil
}

// Stop ends the browser.
func (b *Browser) Stop() {
	for _, f := range b.stop {
		f()
	}
}

// Tab is a page with cookies of its own.
type Tab struct {
	ctx  context.Context
	stop context.CancelFunc
	base string

	mu       sync.Mutex
	problems []string
}

// patience is how long a step may take.
const patience = 20 * time.Second

// Tab opens a tab for the pages of a server.
func (b *Browser) Tab(base string) (*Tab, error) {
	ctx, stop := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t := &Tab{ctx: ctx, stop: stop, base: base}
	if err := chromedp.Do(ctx, command(log.Enable, cdp.Empty{}), command(network.Enable, network.EnableParams{}), command(runtime.Enable, cdp.Empty{})); err != nil {
		stop()
		return nil, fmt.Errorf("browser: %w", err)
	}
	return t, chromedp.Listen(ctx, t.hear)
}

// Close closes the tab.
func (t *Tab) Close() { t.stop() }

func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (v chromedp.Void, err error) {
		_, err = cdp.Call(ctx, target, c, params)
		return v, err
	}
}

// hear notes console errors and requests to other hosts.
func (t *Tab) hear(ev any) {
	note := func(text string) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.problems = append(t.problems, text)
	}
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		note("exception: " + e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" {
			note("console.error")
		}
	case *log.EventEntryAdded:
		// A refused form is answered with 4xx, which Chromium logs; that is no fault of the page.
		if e.Entry.Level == "error" && e.Entry.Source != "network" {
			note("console: " + e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(e.Request.URL)
		if err == nil && strings.HasPrefix(u.Scheme, "http") && u.Scheme+"://"+u.Host != t.base {
			note("a request to another host: " + e.Request.URL)
		}
	}
}

// Problems are what was noted since the last call.
func (t *Tab) Problems() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.problems
	t.problems = nil
	return out
}

// Do runs steps within the bound of patience.
func (t *Tab) Do(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

// Go opens a path of the server.
func (t *Tab) Go(path string) error {
	if err := t.Do(chromedp.Navigate(t.base + path)); err != nil {
		return fmt.Errorf("browser: %s: %w", path, err)
	}
	return nil
}

// Eval evaluates an expression; promises are waited for.
func Eval[T any](t *Tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	var out T
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("(async () => JSON.stringify((await ("+expression+")) ?? null))()", chromedp.EvalAwaitPromise))
	if err != nil {
		return out, fmt.Errorf("browser: %.80s: %w", expression, err)
	}
	return out, json.Unmarshal([]byte(text), &out)
}

// Until waits until an expression is true.
func (t *Tab) Until(expression string) error {
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		ok, err := Eval[bool](t, "Boolean("+expression+")")
		if ok {
			return nil
		}
		if time.Now().After(end) {
			text, _ := Eval[string](t, "document.body?.innerText.slice(0, 600)")
			return fmt.Errorf("browser: never true: %s (%v); the page says: %s", expression, err, text)
		}
	}
}

// ready waits until the page's script listens: who types is slower than that, tests are not.
func (t *Tab) ready() error { return t.Until("document.readyState === 'complete'") }

// Keys types into what has the focus.
func (t *Tab) Keys(keys string) error {
	if err := t.ready(); err != nil {
		return err
	}
	return t.Do(chromedp.KeyEvent(keys))
}

// Ctrl types with the control key held down.
func (t *Tab) Ctrl(keys string) error {
	if err := t.ready(); err != nil {
		return err
	}
	return t.Do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
}

// Fill types into a field.
func (t *Tab) Fill(selector, text string) error {
	if err := t.Until("document.querySelector(" + quote(selector) + ")"); err != nil {
		return err
	}
	if _, err := Eval[any](t, "(() => { const f = document.querySelector("+quote(selector)+"); f.focus(); f.select?.(); })()"); err != nil {
		return err
	}
	return t.Keys(text)
}

// Click clicks on the first element that a selector finds.
func (t *Tab) Click(selector string) error {
	if err := t.Until("document.readyState === 'complete' && document.querySelector(" + quote(selector) + ")"); err != nil {
		return err
	}
	_, err := Eval[any](t, "void document.querySelector("+quote(selector)+").click()")
	return err
}

// Says waits until the page shows a text.
func (t *Tab) Says(text string) error {
	return t.Until("document.body && document.body.innerText.includes(" + quote(text) + ")")
}

func quote(s string) string { b, _ := json.Marshal(s); return string(b) }

// SignIn signs in to the console.
func (t *Tab) SignIn(email, password string) error {
	for _, step := range []func() error{
		func() error { return t.Go("/console/sign-in") },
		func() error { return t.Fill("#email", email) },
		func() error { return t.Fill("#password", password) },
		func() error { return t.Keys("\r") },
		func() error { return t.Until("document.querySelector('.nav')") },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// Look sets the size of the window and the color scheme.
func (t *Tab) Look(width, height int64, dark bool) error {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	return t.Do(chromedp.EmulateViewport(width, height), command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}))
}

// Speak sets the language that the browser asks for.
func (t *Tab) Speak(lang string) error {
	agent, err := Eval[string](t, "navigator.userAgent")
	if err != nil {
		return err
	}
	return t.Do(command(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: lang}))
}

// Shot takes a picture of the window as PNG.
func (t *Tab) Shot() ([]byte, error) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}

// Print is the page as a printer gets it, as PDF.
func (t *Tab) Print() ([]byte, error) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	var out []byte
	_, err := chromedp.Run(ctx, func(ctx context.Context, target *chromedp.Target) (v chromedp.Void, err error) {
		r, err := cdp.Call(ctx, target, print.PrintToPDF, print.PrintToPDFParams{PreferCSSPageSize: new(true)})
		if err == nil {
			out = r.Data
		}
		return v, err
	})
	return out, err
}

// Finding is something that axe-core holds against a page.
type Finding struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"`
	Help   string   `json:"help"`
	Nodes  []string `json:"nodes"`
}

// Axe looks at the page with axe-core: serious and critical findings.
func (t *Tab) Axe() ([]Finding, error) {
	ctx, cancel := context.WithTimeout(t.ctx, 2*patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[any](axe+";null")); err != nil {
		return nil, fmt.Errorf("browser: axe-core: %w", err)
	}
	return Eval[[]Finding](t, `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 5).map(n => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? ""))})))`)
}

// Overflow tells by how many pixels the page is wider than the window.
func (t *Tab) Overflow() (int, error) {
	return Eval[int](t, "document.documentElement.scrollWidth - document.documentElement.clientWidth")
}
