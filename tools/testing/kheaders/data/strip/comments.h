/* SPDX-License-Identifier: GPL-2.0 */
// SPDX-FileCopyrightText: stays, too
/*
 * Gone, and five lines stay.
 */
#ifndef A /* gone */
#define A	 	1	/* gone, too */
int	a;		// gone
	int /**/ b;	/***/
int c/**/d; int e /* one
	two */ ; int f;
x = y /*/ not the end */ / z;
u = "/* not a comment */" "// nor this" '"' '\'' "\\" "\"/*";
#include <sys//types.h> /* gone */
#include_next <a/*b.h>
const char *s = "a \
/* inside */ b";
p = q /
/* divided */ r;
#endif /* A */
