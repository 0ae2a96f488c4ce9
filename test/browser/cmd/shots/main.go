// Command shots takes pictures of pages of a running demo: shots -url URL -out DIR [-as MAIL] [-password WORDS] [-sizes 1440,390] [-dark] [-print] PATH…
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"ordo/test/browser"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "shots:", err)
		os.Exit(1)
	}
}

func run() error {
	base := flag.String("url", "http://127.0.0.1:8080", "server")
	out := flag.String("out", "docs/pictures", "folder")
	as := flag.String("as", "owner@example.com", "account; empty for nobody")
	password := flag.String("password", "walk the six parts", "its password")
	sizes := flag.String("sizes", "1440,1024,390", "widths of the window")
	dark := flag.Bool("dark", false, "dark ones too")
	check := flag.Bool("check", false, "look for findings too: axe-core, console, sideways scrolling")
	paper := flag.Bool("print", false, "what a printer gets instead: NAME.pdf")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: shots [flags] name=/path ...\nTakes a picture of each page: NAME-WIDTH.png.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	b, err := browser.Start(context.Background())
	if err != nil {
		return err
	}
	defer b.Stop()
	t, err := b.Tab(*base)
	if err != nil {
		return err
	}
	if *as != "" {
		if err := t.SignIn(*as, *password); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	for _, path := range flag.Args() {
		if *paper {
			if err := onPaper(t, *out, path); err != nil {
				return err
			}
			continue
		}
		for size := range strings.SplitSeq(*sizes, ",") {
			width, err := strconv.ParseInt(size, 10, 64)
			if err != nil {
				return err
			}
			for _, d := range []bool{false, true} {
				if d && !*dark {
					continue
				}
				if err := shoot(t, *out, path, width, d, *check); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// named parts the argument for a page: its name, and its path without the slash that it begins with.
func named(arg string) (name, path string) {
	name, path, ok := strings.Cut(arg, "=/")
	if !ok {
		path = strings.TrimPrefix(name, "/")
		name = strings.Trim(strings.NewReplacer("/", "-", "?", "-", "&", "-", "=", "-").Replace(path), "-")
	}
	return name, path
}

// onPaper prints one page.
func onPaper(t *browser.Tab, out, arg string) error {
	name, path := named(arg)
	if err := t.Go("/" + path); err != nil {
		return err
	}
	pdf, err := t.Print()
	if err != nil {
		return err
	}
	fmt.Println(name + ".pdf")
	return os.WriteFile(filepath.Join(out, name+".pdf"), pdf, 0o644)
}

// shoot takes one picture. A path may name the file: orders=/console/orders.
func shoot(t *browser.Tab, out, path string, width int64, dark, check bool) error {
	name, path := named(path)
	height := int64(900)
	if width < 500 {
		height = 844 // of a phone
	}
	if err := t.Look(width, height, dark); err != nil {
		return err
	}
	if err := t.Go("/" + path); err != nil {
		return err
	}
	png, err := t.Shot()
	if err != nil {
		return err
	}
	suffix := ""
	if dark {
		suffix = "-dark"
	}
	file := fmt.Sprintf("%s-%d%s.png", name, width, suffix)
	if err := os.WriteFile(filepath.Join(out, file), png, 0o644); err != nil {
		return err
	}
	fmt.Println(file)
	if !check {
		return nil
	}
	found, err := t.Axe()
	if err != nil {
		return err
	}
	for _, f := range found {
		fmt.Println("  axe:", f.Impact, f.ID, f.Help, strings.Join(f.Nodes, " | "))
	}
	if wide, err := t.Overflow(); err == nil && wide > 0 {
		fmt.Println("  wider than the window by", wide)
	}
	for _, p := range t.Problems() {
		fmt.Println("  ", p)
	}
	return nil
}
