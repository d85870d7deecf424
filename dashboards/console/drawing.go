package console

import "fmt"

// tip is the head of an arrow at a point: rightwards or downwards, or the other way.
func tip(at point, down, reversed bool) string {
	long, wide := 8.0, 4.5
	if reversed {
		long = -long
	}
	if down {
		return fmt.Sprintf("M%g %gh%gL%g %gZ", at.X-wide, at.Y-long/4, 2*wide, at.X, at.Y+long*3/4)
	}
	return fmt.Sprintf("M%g %gv%gL%g %gZ", at.X-long/4, at.Y-wide, 2*wide, at.X+long*3/4, at.Y)
}

// Line is the height of a text in the node.
func (v node) Line(i int) float64 {
	if v.H < 110 {
		return []float64{22, 42, 60, 78}[i]
	}
	return []float64{22, 45, 64, 83}[i]
}

// Foot is the height of the bar, Inner its width, FlagX the place of the sign.
func (v node) Foot() float64  { return v.H - 14 }
func (v node) Inner() float64 { return v.W - 24 }
func (v node) FlagX() float64 { return v.W - 24 }

// part is a drawing and the page that it is on.
type part struct {
	Page    *page
	Drawing drawing
}

func pair(p *page, d drawing) part { return part{p, d} }

// cut shortens a title to a width in ems: a Chinese character takes one, others about
// six tenths.
func cut(title string, ems float64) string {
	wide := 0.0
	for i, r := range title {
		w := 0.58
		if r >= 0x2E80 {
			w = 1
		}
		if wide+w > ems {
			return title[:i] + "…"
		}
		wide += w
	}
	return title
}
