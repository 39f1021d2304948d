/** JSON arrays that are sent while they are made. */

/**
 * Returns a JSON array of the items of all batches. The first batch is awaited here, so that an error before it is an
 * error of this call; a later one is asked for when the reader wants more.
 * @param onError called with an error after the first batch, which ends the stream
 */
export async function jsonArray(
  batches: AsyncIterable<readonly unknown[]>,
  onError: (error: unknown) => void,
): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder();
  const pieces = textOf(batches);
  let first: IteratorResult<string, void> | undefined = await pieces.next();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const piece = first ?? (await pieces.next());
          first = undefined;
          if (piece.done) controller.close();
          else controller.enqueue(encoder.encode(piece.value));
        } catch (error) {
          onError(error);
          throw error;
        }
      },
      async cancel() {
        await pieces.return();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* textOf(batches: AsyncIterable<readonly unknown[]>): AsyncGenerator<string, void, undefined> {
  let before = '[';
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    yield before + batch.map(item => JSON.stringify(item)).join(',');
    before = ',';
  }
  yield before === '[' ? '[]\n' : ']\n';
}
