#if __has_include(<a//b.h>) // gone
#include <c/*d.h> /* gone */
#inc\
lude_next <e//f.h> // gone
# \
include <g//h.h> // gone
#endif
int a = b <c//gone
;
