// Entity tags as names of versions. nearside tells one tag a content; each content coding of it has the same tag with the
// coding's name at its end, and proxies on the way may weaken a tag. The version is what all of these have in common.

const form = /^(?:W\/)?"(.*?)(?:-(?:gzip|br|zstd|deflate))?"$/s;

export function versionOf(etag: string): string {
    const parts = form.exec(etag);
    return parts ? `"${parts[1]}"` : etag;
}
