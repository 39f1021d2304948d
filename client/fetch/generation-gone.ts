import { GenerationGoneError, type HavenChunksError, isHavenError } from '#client/errors.ts';

/**
 * Whether an error of a file can mean that the file was removed: hosts answer with status 404 or 410, with a page (of a
 * single-page app), or, as buckets do, with 403.
 */
function mayBeRemoved(error: unknown): error is HavenChunksError {
  return (
    isHavenError(error) && (['NotFoundError', 'CorruptError'].includes(error.name) || error.status === 403)
  );
}

/**
 * The error for a file of a generation that cannot be read: another one if that generation is not live any more, because
 * garbage collection may have removed the file.
 * @param liveGeneration reads the index of the set
 */
export async function explainFailure(
  error: unknown,
  location: string,
  generation: string,
  liveGeneration: () => Promise<string>,
): Promise<unknown> {
  if (!mayBeRemoved(error)) return error;
  let found: string;
  try {
    found = await liveGeneration();
  } catch (failure) {
    return isHavenError(failure) && failure.name !== 'VersionError' ? error : failure;
  }
  if (found === generation) return error;
  const { file, url, status, reason } = error;
  return new GenerationGoneError(
    `${file ?? url} of ${location} cannot be read, because the set has a new generation: ${found} instead of ${generation}; call refresh() and repeat the query`,
    { file, url, status, reason, expected: generation, found, cause: error },
  );
}
