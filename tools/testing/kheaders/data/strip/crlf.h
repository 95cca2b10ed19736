/* one */
int a;		/* two
 three */
#define B \
	1 /* x */ + \
	2
