#ifdef __ASSEMBLY__
	.macro	m	# don't /* not opened
	mov	r0, r1		@ it's // not gone
	add	x0, x1, #1	// gone
	.endm
#endif
#error Don't /* opened in a literal, ends with the line
int a; /* gone */
\ /* a backslash must not come to end its line */
