char *a = "an escape \\\
/* stays";
int b; // gone
