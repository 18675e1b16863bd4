/*
 * Runs a fuzz target over saved inputs: files, or all files of a directory.
 * The target is the same one that libFuzzer drives.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static unsigned int	 replayed;

static void
replay_file(const char *path)
{
	FILE	*f;
	uint8_t	*buf;
	size_t	 cap = 1 << 20, len;

	if ((f = fopen(path, "rb")) == NULL)
		err(1, "%s", path);
	if ((buf = malloc(cap)) == NULL)
		err(1, NULL);
	len = fread(buf, 1, cap, f);
	fclose(f);
	/* An exact copy, so that the sanitizer sees a read of one too many. */
	if ((buf = realloc(buf, len == 0 ? 1 : len)) == NULL)
		err(1, NULL);
	LLVMFuzzerTestOneInput(buf, len);
	free(buf);
	replayed++;
}

static void
replay_dir(const char *path)
{
	struct dirent	*de;
	char		 name[4096];
	DIR		*d;

	if ((d = opendir(path)) == NULL)
		err(1, "%s", path);
	while ((de = readdir(d)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, de->d_name);
		replay_file(name);
	}
	closedir(d);
}

int
main(int argc, char **argv)
{
	struct stat	 st;
	int		 i;

	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == -1)
			err(1, "%s", argv[i]);
		if (S_ISDIR(st.st_mode))
			replay_dir(argv[i]);
		else
			replay_file(argv[i]);
	}
	printf("%u inputs\n", replayed);
	return (replayed == 0);
}
