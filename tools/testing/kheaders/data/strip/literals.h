wchar_t *a = L"/* stays */"; /* gone */
char *b = u8"// stays" u"/*" U"*/"; // gone
int c = L'"' + u'\'' + U'/'; /* gone */
char *d = xR"(/* stays)" /* gone */ "*/";
char *e = R "(/* stays)"; /* gone */
int f = R'(' + R; /* gone */
#define R_(x) x /* gone */
int g = R_(1); // trigraphs are off, this goes on to the end of the line ??/
int h; /* gone */
char *i = "??/" /* gone */ "// stays ??/"; // gone
// not spliced ??/
/* gone */ int j;
