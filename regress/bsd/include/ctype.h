#ifndef BSD_CTYPE_H
#define BSD_CTYPE_H

int	 isalnum(int);
int	 iscntrl(int);
int	 isdigit(int);
int	 isprint(int);
int	 isspace(int);
int	 isxdigit(int);
int	 tolower(int);

#endif
