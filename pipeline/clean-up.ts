/**
 * Runs `work`, then `cleanUp` whatever became of it. A failing clean-up never hides the error of the work: where both
 * fail, an AggregateError has both, the error of the work first, and its message.
 */
export async function withCleanUp<T>(
  work: () => Promise<T>,
  cleanUp: () => Promise<void> | void,
): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    try {
      await cleanUp();
    } catch (second) {
      throw new AggregateError([error, second], `${messageOf(error)}\n${messageOf(second)}`);
    }
    throw error;
  }
  await cleanUp();
  return result;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
