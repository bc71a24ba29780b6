package forecast

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/leasttrail/leasttrail/internal/policy"
)

// Plot writes the rows as one inline SVG: false denials a month against
// over-grant, a line for each mode along the lengths of learning. It takes its
// colours from currentColor, so that it is readable on light and dark pages.
func Plot(w io.Writer, rows []Row) error {
	const (
		width, height           = 640, 280
		left, right, top, below = 56, 150, 16, 44
	)
	most := 0.1
	for _, r := range rows {
		most = max(most, r.Denials)
	}
	x := func(share float64) float64 { return left + share*(width-left-right) }
	y := func(denials float64) float64 { return height - below - denials/most*(height-top-below) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Forecast: false denials a month and share of permissions not used" font-family="sans-serif" font-size="12" fill="currentColor" stroke="none">`, width, height, width, height)
	fmt.Fprintf(&b, `<path d="M%d %dV%dH%d" fill="none" stroke="currentColor"/>`, left, top, height-below, width-right)
	for i := range 5 {
		share, denials := float64(i)/4, most*float64(i)/4
		fmt.Fprintf(&b, `<text x="%.0f" y="%d" text-anchor="middle">%.0f %%</text><text x="%d" y="%.0f" text-anchor="end">%.2f</text>`, x(share), height-below+16, share*100, left-6, y(denials)+4, denials)
	}
	fmt.Fprintf(&b, `<text x="%.0f" y="%d" text-anchor="middle">granted and not used in the test</text><text x="14" y="%d" transform="rotate(-90 14 %d)" text-anchor="middle">false denials a month</text>`, x(0.5), height-8, height/2, height/2)
	dashes := []string{"", "6 3", "2 3", "8 3 2 3"}
	for i, mode := range modesOf(rows) {
		var points []string
		for _, r := range rows {
			if r.Mode != mode {
				continue
			}
			px, py := x(r.OverGrant), y(r.Denials)
			points = append(points, fmt.Sprintf("%.1f,%.1f", px, py))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3"><title>%s, learned %d days: %.2f false denials a month, %.0f %% not used</title></circle>`, px, py, html.EscapeString(string(mode)), r.LearnDays, r.Denials, r.OverGrant*100)
		}
		dash := dashes[i%len(dashes)]
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="currentColor" stroke-dasharray="%s"/>`, strings.Join(points, " "), dash)
		ly := top + 12 + 20*i
		fmt.Fprintf(&b, `<path d="M%d %dh28" fill="none" stroke="currentColor" stroke-dasharray="%s"/><text x="%d" y="%d">%s</text>`, width-right+20, ly-4, dash, width-right+56, ly, html.EscapeString(string(mode)))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func modesOf(rows []Row) []policy.Mode {
	var list []policy.Mode
	seen := map[policy.Mode]bool{}
	for _, r := range rows {
		if !seen[r.Mode] {
			seen[r.Mode] = true
			list = append(list, r.Mode)
		}
	}
	return list
}
