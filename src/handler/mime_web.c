/* What a site is made of. These win over the system's database, which is made for desktops: there
 * .js is application/javascript (now text/javascript: RFC 9239), .ts a translation file, and so on.
 */
#include "handler/mime_web.h"

#include "base/check.h"

#define EXTENSION_MAX 16

struct web_type {
    struct str extension;
    struct str type;
};

#define T(extension, type)                \
    {                                     \
        STR_LIT(extension), STR_LIT(type) \
    }

/* In order of the extension's bytes. */
static const struct web_type web_types[] = {
    T("7z", "application/x-7z-compressed"),
    T("aac", "audio/aac"),
    T("apng", "image/apng"),
    T("atom", "application/atom+xml"),
    T("avi", "video/x-msvideo"),
    T("avif", "image/avif"),
    T("bin", "application/octet-stream"),
    T("bmp", "image/bmp"),
    T("br", "application/x-brotli"),
    T("bz2", "application/x-bzip2"),
    T("cjs", "text/javascript"),
    T("css", "text/css"),
    T("csv", "text/csv"),
    T("deb", "application/vnd.debian.binary-package"),
    T("dmg", "application/x-apple-diskimage"),
    T("doc", "application/msword"),
    T("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    T("eot", "application/vnd.ms-fontobject"),
    T("epub", "application/epub+zip"),
    T("exe", "application/octet-stream"),
    T("flac", "audio/flac"),
    T("gif", "image/gif"),
    T("glb", "model/gltf-binary"),
    T("gltf", "model/gltf+json"),
    T("gz", "application/gzip"),
    T("heic", "image/heic"),
    T("htm", "text/html"),
    T("html", "text/html"),
    T("ico", "image/vnd.microsoft.icon"),
    T("ics", "text/calendar"),
    T("iso", "application/octet-stream"),
    T("jar", "application/java-archive"),
    T("jpeg", "image/jpeg"),
    T("jpg", "image/jpeg"),
    T("js", "text/javascript"),
    T("json", "application/json"),
    T("jsonld", "application/ld+json"),
    T("jxl", "image/jxl"),
    T("log", "text/plain"),
    T("m3u8", "application/vnd.apple.mpegurl"),
    T("m4a", "audio/mp4"),
    T("m4s", "video/iso.segment"),
    T("m4v", "video/mp4"),
    T("map", "application/json"),
    T("md", "text/markdown"),
    T("mjs", "text/javascript"),
    T("mkv", "video/matroska"),
    T("mov", "video/quicktime"),
    T("mp3", "audio/mpeg"),
    T("mp4", "video/mp4"),
    T("mpd", "application/dash+xml"),
    T("mpeg", "video/mpeg"),
    T("oga", "audio/ogg"),
    T("ogg", "audio/ogg"),
    T("ogv", "video/ogg"),
    T("opus", "audio/ogg"),
    T("otf", "font/otf"),
    T("pdf", "application/pdf"),
    T("png", "image/png"),
    T("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    T("rss", "application/rss+xml"),
    T("rtf", "application/rtf"),
    T("svg", "image/svg+xml"),
    T("svgz", "image/svg+xml"),
    T("tar", "application/x-tar"),
    T("tif", "image/tiff"),
    T("tiff", "image/tiff"),
    T("toml", "application/toml"),
    T("ts", "video/mp2t"),
    T("ttc", "font/collection"),
    T("ttf", "font/ttf"),
    T("txt", "text/plain"),
    T("vtt", "text/vtt"),
    T("wasm", "application/wasm"),
    T("wav", "audio/wav"),
    T("weba", "audio/webm"),
    T("webm", "video/webm"),
    T("webmanifest", "application/manifest+json"),
    T("webp", "image/webp"),
    T("woff", "font/woff"),
    T("woff2", "font/woff2"),
    T("xhtml", "application/xhtml+xml"),
    T("xls", "application/vnd.ms-excel"),
    T("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    T("xml", "application/xml"),
    T("xsl", "application/xslt+xml"),
    T("xz", "application/x-xz"),
    T("yaml", "application/yaml"),
    T("yml", "application/yaml"),
    T("zip", "application/zip"),
    T("zst", "application/zstd"),
};

static struct str find(struct str extension)
{
    size_t low = 0;
    size_t high = COUNT_OF(web_types);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_cmp(extension, web_types[middle].extension);
        if (order == 0) {
            return web_types[middle].type;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return str_of(NULL, 0);
}

struct str mime_web_type(struct str extension)
{
    char lower[EXTENSION_MAX];
    if (extension.len > sizeof(lower)) {
        return str_of(NULL, 0);
    }
    for (size_t i = 0; i < extension.len; i++) {
        lower[i] = str_lower_char(extension.p[i]);
    }
    return find(str_of(lower, extension.len));
}
