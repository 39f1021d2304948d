/** SHA-256 of bytes: by WebCrypto, or in JavaScript if that is not available (pages served over plain http). */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (subtle) return new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  const fallback = await import('./sha256-fallback.ts');
  return fallback.sha256(bytes);
}
