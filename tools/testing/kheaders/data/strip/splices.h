#define LONG(a, b)				\
	do {		/* why */		\
		/* a whole line */		\
		f(a);	/* over			\
			 * two lines */		\
		g(b);				\
	} while (0)	/* the end */
#define PLAIN 1 /* a comment
	over plain lines */ + 2
int a /\
* a split opening */;
int b; /* a split end *\
/ int c;
// a line \
comment over two
int d; \
/* between splices */ \
int e;
foo/* glued */\
bar
x /* one
*/ #not a directive
/* one
*/ #define A directive
#define TAIL 3 // why \
not
