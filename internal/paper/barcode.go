package paper

import (
	"fmt"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"

	"ordo/internal/errs"
)

// quiet is the empty space that scanners need on both sides of a Code 128, in modules.
const quiet = 10

// maxModule keeps short codes from becoming huge: half a millimeter reads from an arm's length.
const maxModule = 0.5

// code128 draws text as bars that fill the box as far as sensible, aligned left (L), right (R) or centered (C) and
// with their quiet zones inside of it. Bars are vector shapes, so every printer draws them sharp.
func (s *sheet) code128(x, y, width, height float64, align, text string) error {
	code, err := code128.Encode(text)
	if err != nil {
		return errs.New(errs.Invalid, "invalid_barcode", "%q cannot be a Code 128: it takes 1 to 80 ASCII characters", errs.Clip(text))
	}
	modules := float64(code.Bounds().Dx() + 2*quiet)
	module := min(width/modules, maxModule)
	switch align {
	case "R":
		x += width - modules*module
	case "C":
		x += (width - modules*module) / 2
	}
	s.bars(code, x+quiet*module, y, module, height, 0)
	return nil
}

// qr draws text as a QR code of the given size, quiet zone included.
func (s *sheet) qr(x, y, size float64, text string) error {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("paper: qr: %w", err)
	}
	n := code.Bounds().Dx()
	module := size / float64(n+8)
	for row := range n {
		s.bars(code, x+4*module, y+float64(4+row)*module, module, module, row)
	}
	return nil
}

// bars draws the dark runs of one row of a code.
func (s *sheet) bars(code barcode.Barcode, x, y, module, height float64, row int) {
	s.SetFillColor(0, 0, 0)
	dark := func(i int) bool {
		if i >= code.Bounds().Dx() {
			return false
		}
		r, _, _, _ := code.At(i, row).RGBA()
		return r < 0x8000
	}
	for i := 0; i < code.Bounds().Dx(); i++ {
		from := i
		for dark(i) {
			i++
		}
		if i > from {
			s.Rect(x+float64(from)*module, y, float64(i-from)*module, height, "F")
		}
	}
}
