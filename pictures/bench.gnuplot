# SPDX-License-Identifier: GPL-2.0
#
# The chart of make bench. draw.sh sets data, a table that it makes, and about,
# what was measured, when and where.

set terminal svg size 800,340 noenhanced font "sans-serif,12" background "#ffffff"
set multiplot title about font ",13" layout 1,2
set style fill solid 0.9 noborder
set boxwidth 0.9
set style histogram errorbars gap 1
set style data histograms
set errorbars 1 linecolor "#404040"
set border 3
set xtics nomirror scale 0
set ytics nomirror
set grid ytics linecolor "#dddddd"
set key top right

set lmargin at screen 0.08
set rmargin at screen 0.70
set yrange [0:*]
set ylabel "seconds"
plot data index 0 using 2:3:4:xtic(1) title "the kernel's own" linecolor "#9a9a9a", \
	data index 0 using 5:6:7 title "kheaders, headers alone" linecolor "#7fb2dd", \
	data index 0 using 8:9:10 title "kheaders, with the kit" linecolor "#1f6fae"

set lmargin at screen 0.79
set rmargin at screen 0.98
set style histogram clustered gap 1
set ylabel "archive, MB"
unset key
plot data index 1 using 2:xtic(1) linecolor "#9a9a9a", \
	data index 1 using 3 linecolor "#7fb2dd", \
	data index 1 using 4 linecolor "#1f6fae"
unset multiplot
