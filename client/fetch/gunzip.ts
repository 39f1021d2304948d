/**
 * Decompresses one gzip member, with the platform's DecompressionStream.
 * @param length maximum number of decompressed bytes; decompression stops soon after
 * @throws Error if there are more bytes, if the member is truncated or corrupt, or if data follows it
 */
export async function inflate(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream('gzip');
  const writer = writable.getWriter();
  // An error of the writing side appears on the reading side too, where it is handled.
  writer
    .write(bytes as Uint8Array<ArrayBuffer>)
    .then(() => writer.close())
    .catch(() => {});
  const reader = readable.getReader();
  const content = new Uint8Array(length);
  let filled = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return content.subarray(0, filled);
    if (filled + value.length > length) {
      // Not awaited, errors ignored: cancelling a stream that has failed rejects.
      reader.cancel().catch(() => {});
      throw new Error('decompressed data exceeds the expected size');
    }
    content.set(value, filled);
    filled += value.length;
  }
}
