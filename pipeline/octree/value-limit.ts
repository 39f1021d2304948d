import { countingValues } from '#format/columns/encoded-values.ts';
import { MAX_VALUES } from '#format/memory-cost.ts';
import { InputError } from '#pipeline/errors.ts';

/**
 * Encodes the content of a file that may hold many records.
 * @param contents names the contents, for messages
 * @param advice says how to make the file smaller
 * @param most maximum number of values of a file
 * @throws InputError if readers would refuse the file
 */
export function withinLimit<T>(
  encode: () => T,
  contents: () => string,
  advice: string,
  most = MAX_VALUES,
): T {
  const { content, values } = countingValues(encode);
  if (values <= most) return content;
  throw new InputError(
    `${contents()} have ${values} values in one file, more than the ${most} of the format: ${advice}`,
    { reason: 'too many values in one file', expected: most, found: values },
  );
}
