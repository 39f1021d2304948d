/**
 * Inflates one gzip member, with the platform's DecompressionStream.
 * @param length most bytes that may come out; nothing much beyond is inflated
 * @throws Error where more comes out, the member is cut or altered, or anything follows it
 */
export async function inflate(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream('gzip');
  const writer = writable.getWriter();
  // What fails on the writing side fails on the reading side too, which reports it.
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
      // Not awaited, and never of interest: cancelling a stream that failed meanwhile rejects.
      reader.cancel().catch(() => {});
      throw new Error('more comes out than that');
    }
    content.set(value, filled);
    filled += value.length;
  }
}
