/** Finds out whether a server carries out conditional writes: some ignore the condition, and overwrite. */

/** Headers of a conditional write. */
export interface Condition {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: '*';
}

/** Writes an ETag as the server expects it in `If-Match`. */
export type EtagForm = (etag: string) => string;

/** RFC 9110 has quotes around an ETag; Ceph compares without them (seen in 16.2). */
const FORMS: readonly EtagForm[] = [etag => `"${etag}"`, etag => etag];
/** No file has this ETag. */
const OTHER = '"00000000000000000000000000000000"';
/** Another process may remove the test file in between: then the test begins again. */
const ATTEMPTS = 4;

/**
 * Returns the form of ETags that a server compares, or undefined if it ignores conditions.
 * @param put writes a test file, always with the same content; returns its ETag, or undefined if the condition does not
 *   hold
 */
export async function findEtagForm(
  put: (condition: Condition) => Promise<string | undefined>,
): Promise<EtagForm | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const etag = await put({});
    const ignores =
      (await put({ IfNoneMatch: '*' })) !== undefined || (await put({ IfMatch: OTHER })) !== undefined;
    if (etag === undefined || ignores) continue;
    for (const form of FORMS) if ((await put({ IfMatch: form(etag) })) !== undefined) return form;
  }
  return undefined;
}
