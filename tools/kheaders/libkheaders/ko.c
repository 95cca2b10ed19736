// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Read the exports of a module's file. libkmod provides names and CRCs, but
 * Module.symvers also has export types and namespaces. The build leaves these symbols
 * for each exported symbol NAME:
 *
 *	__ksymtab_NAME	in section __ksymtab or, up to 7.0, __ksymtab_gpl
 *	__flags_NAME	in __kflagstab: bit 0 is for GPL
 *	__crc_NAME	the CRC as its value, up to 5.18, or the place of the CRC
 *	__kstrtabns_NAME the place of the namespace
 */

#include <endian.h>
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>

#include "lazy.h"
#include "private.h"

#define MODULE_MAX	(256u << 20)
#define SYMBOL_MAX	1024		/* bytes in a name: KSYM_NAME_LEN is 512 */
#define EXPORTS_MAX	(16 << 20)	/* bytes of the lines */

enum kind { KSYMTAB, CRC, NAMESPACE, FLAGS, KINDS };

static const char *const prefixes[KINDS] = {
	[KSYMTAB] = "__ksymtab_",
	[CRC] = "__crc_",
	[NAMESPACE] = "__kstrtabns_",
	[FLAGS] = "__flags_",
};

/**
 * struct part - a symbol that describes an exported symbol
 * @name: name of the exported symbol
 * @kind: what the symbol describes
 * @sym: the symbol
 */
struct part {
	const char *name;
	enum kind kind;
	GElf_Sym sym;
};

struct module_file {
	Elf *elf;
	size_t shstrndx;
	struct part *parts;
	size_t n_parts;
};

/* Shrink the buffer to its contents, so that tests notice a read past the end. */
static int fit_blob(struct kh_blob *blob)
{
	char *data = realloc(blob->data, blob->size ?: 1);

	if (!data)
		return -ENOMEM;
	blob->data = data;
	return 0;
}

/* An error of the system, or the file is damaged. */
static int read_error(struct archive *a)
{
	int err = kh_libarchive.error(a);

	return err > 0 && err != EILSEQ ? -err : -EBADMSG;
}

/* Read the file with libarchive, because it may be compressed. */
static int read_module(struct archive *a, const char *path, struct kh_blob *blob)
{
	struct archive_entry *entry;
	ssize_t n;

	kh_libarchive.read_support_filter_gzip(a);
	kh_libarchive.read_support_filter_xz(a);
	kh_libarchive.read_support_filter_zstd(a);
	kh_libarchive.read_support_format_raw(a);
	if (kh_libarchive.read_open_filename(a, path, 64 << 10) != ARCHIVE_OK ||
	    kh_libarchive.read_next_header(a, &entry) != ARCHIVE_OK)
		return read_error(a);
	for (size_t room = 256 << 10; room <= MODULE_MAX; room *= 2) {
		char *data = realloc(blob->data, room);

		if (!data)
			return -ENOMEM;
		blob->data = data;
		n = kh_libarchive.read_data(a, data + blob->size, room - blob->size);
		if (n < 0)
			return read_error(a);
		blob->size += n;
		if (blob->size < room)
			return fit_blob(blob);
	}
	return -EFBIG;
}

static Elf_Data *find_symtab(Elf *elf, GElf_Shdr *shdr)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, shdr) && shdr->sh_type == SHT_SYMTAB)
			return elf_getdata(scn, NULL);
	return NULL;
}

/* The strings of a table that ends in a NUL, so that each of them has an end. */
static Elf_Data *find_strings(Elf *elf, size_t index)
{
	Elf_Scn *scn = elf_getscn(elf, index);
	Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
	const char *s = data ? data->d_buf : NULL;

	return s && data->d_size && !s[data->d_size - 1] ? data : NULL;
}

static void add_part(struct module_file *file, const GElf_Sym *sym, const Elf_Data *strings)
{
	const char *name = (const char *)strings->d_buf + sym->st_name;
	int kind;

	if (sym->st_shndx == SHN_UNDEF || sym->st_name >= strings->d_size ||
	    strnlen(name, SYMBOL_MAX) == SYMBOL_MAX)
		return;
	for (kind = 0; kind < KINDS; kind++) {
		size_t length = strlen(prefixes[kind]);

		if (strncmp(name, prefixes[kind], length))
			continue;
		file->parts[file->n_parts++] = (struct part){ name + length, kind, *sym };
	}
}

static int compare_parts(const void *a, const void *b)
{
	const struct part *p = a, *q = b;

	return strcmp(p->name, q->name) ?: (int)p->kind - (int)q->kind;
}

static int find_parts(struct module_file *file)
{
	GElf_Shdr shdr;
	Elf_Data *data = find_symtab(file->elf, &shdr);
	Elf_Data *strings = data ? find_strings(file->elf, shdr.sh_link) : NULL;
	size_t i, n;

	if (!strings || elf_getshdrstrndx(file->elf, &file->shstrndx))
		return -ENOEXEC;
	n = data->d_size / gelf_fsize(file->elf, ELF_T_SYM, 1, EV_CURRENT);
	file->parts = calloc(n + 1, sizeof(*file->parts));
	if (!file->parts)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		GElf_Sym sym;

		if (gelf_getsym(data, i, &sym))
			add_part(file, &sym, strings);
	}
	qsort(file->parts, file->n_parts, sizeof(*file->parts), compare_parts);
	return 0;
}

/* The data that a symbol points to, up to the end of its section, or NULL */
static const char *data_at(const struct module_file *file, const GElf_Sym *sym, size_t *size)
{
	Elf_Scn *scn = elf_getscn(file->elf, sym->st_shndx);
	Elf_Data *data = scn ? elf_rawdata(scn, NULL) : NULL;

	if (!data || !data->d_buf || sym->st_value > data->d_size)
		return NULL;
	*size = data->d_size - sym->st_value;
	return (const char *)data->d_buf + sym->st_value;
}

static bool is_word(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

static uint32_t crc_of(const struct module_file *file, const GElf_Sym *sym)
{
	const char *where;
	uint32_t crc;
	size_t size;

	if (sym->st_shndx == SHN_ABS)
		return sym->st_value;
	where = data_at(file, sym, &size);
	if (!where || size < sizeof(crc))
		return 0;
	memcpy(&crc, where, sizeof(crc));
	return elf_getident(file->elf, NULL)[EI_DATA] == ELFDATA2MSB ? be32toh(crc) : le32toh(crc);
}

static bool is_gpl(const struct module_file *file, const struct part *const parts[KINDS])
{
	size_t size = 0;
	const char *flags = parts[FLAGS] ? data_at(file, &parts[FLAGS]->sym, &size) : NULL;
	Elf_Scn *scn = elf_getscn(file->elf, parts[KSYMTAB]->sym.st_shndx);
	const char *section = NULL;
	GElf_Shdr shdr;

	if (flags && size)
		return *flags & 1;
	if (scn && gelf_getshdr(scn, &shdr))
		section = elf_strptr(file->elf, file->shstrndx, shdr.sh_name);
	return section && strstr(section, "_gpl");
}

/* A valid namespace ends within its section and has no blanks, which would break the line. */
static const char *namespace_of(const struct module_file *file, const struct part *part)
{
	size_t size = 0;
	const char *where = part ? data_at(file, &part->sym, &size) : NULL;

	if (size > SYMBOL_MAX)
		size = SYMBOL_MAX;
	return where && memchr(where, '\0', size) && is_word(where) ? where : "";
}

static void print_export(const struct module_file *file, const struct part *const parts[KINDS],
			 const char *column, bool namespaces, FILE *out)
{
	fprintf(out, "0x%08x\t%s\t%s\t%s%s%s\n",
		parts[CRC] ? crc_of(file, &parts[CRC]->sym) : 0, parts[KSYMTAB]->name, column,
		is_gpl(file, parts) ? "EXPORT_SYMBOL_GPL" : "EXPORT_SYMBOL",
		namespaces ? "\t" : "", namespaces ? namespace_of(file, parts[NAMESPACE]) : "");
}

/*
 * The parts of one exported symbol are adjacent, because they are sorted. Symbols may
 * share the bytes of their names, so that a small file has no end of exports.
 */
static int print_exports(const struct module_file *file, const char *column, bool namespaces,
			 FILE *out)
{
	size_t i = 0;

	while (i < file->n_parts) {
		const struct part *parts[KINDS] = { };
		const char *name = file->parts[i].name;

		for (; i < file->n_parts && !strcmp(file->parts[i].name, name); i++)
			parts[file->parts[i].kind] = &file->parts[i];
		if (parts[KSYMTAB] && is_word(name))
			print_export(file, parts, column, namespaces, out);
		if (ftell(out) > EXPORTS_MAX)
			return -EFBIG;
	}
	return 0;
}

/* libarchive is loaded. @column: the module's name in Module.symvers */
int kh_ko_exports(const char *path, const char *column, bool namespaces, FILE *out)
{
	struct kh_blob blob __cleanup(kh_blob_free) = { };
	struct module_file file = { };
	struct archive *a = kh_libarchive.read_new();
	int err = a ? read_module(a, path, &blob) : -ENOMEM;

	kh_libarchive.read_free(a);
	if (err)
		return err;
	elf_version(EV_CURRENT);
	file.elf = elf_memory(blob.data, blob.size);
	err = file.elf ? find_parts(&file) : -ENOEXEC;
	if (!err)
		err = print_exports(&file, column, namespaces, out);
	free(file.parts);
	elf_end(file.elf);
	return err;
}
