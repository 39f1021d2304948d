/**
 * Runs `work`, then `cleanUp`, also if `work` fails. A failed clean-up never hides the error of the work: if both
 * fail, an AggregateError has both errors and messages, that of the work first.
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
