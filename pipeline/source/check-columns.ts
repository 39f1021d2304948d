/** Checks that the columns of a file provide a position. */
import type { JsonObject } from '#format/json.ts';
import { normaliseRecord } from '#format/record/normalise.ts';
import { InputError } from '#pipeline/errors.ts';
import type { Mapping } from './mapping.ts';
import { nameFieldOf, nameOption } from './name-fields.ts';
import { suggestMap } from './suggest-map.ts';

/** Maximum number of columns in a message. */
const LISTED = 12;

/**
 * @param format name for messages
 * @throws InputError if rows of these columns cannot have x, y and z
 */
export function checkColumns(
  columns: readonly string[],
  mapping: Mapping | undefined,
  file: string,
  format: string,
): void {
  const row: JsonObject = Object.fromEntries(columns.map(column => [column, 1]));
  const found = mapping?.(row) ?? [];
  const failed = found.find(field => 'reason' in field);
  const mapped = Object.fromEntries(
    found.flatMap(field => ('value' in field ? [[field.field, field.value]] : [])),
  );
  const outcome = normaliseRecord({ ...row, ...mapped }, {}, DEPS);
  if (!failed && outcome.kind !== 'reject') return;
  const listed = columns.slice(0, LISTED).join(', ') + (columns.length > LISTED ? ', …' : '');
  const fail = (fault: string, advice: string) =>
    new InputError(`${file} looks like ${format}, with the columns ${listed}: ${fault}; ${advice}`, {
      file,
      reason: fault,
    });
  if (!failed && outcome.kind === 'reject' && outcome.field === 'name') {
    const column = nameFieldOf(Object.fromEntries(columns.map(name => [name, 'a'])));
    const advice =
      column === undefined
        ? 'name a column that holds one: --map name=COLUMN'
        : `the column "${column}" looks like a name: ${nameOption(column)}`;
    throw fail('id and name are missing', advice);
  }
  const options = suggestMap(row);
  throw fail(
    failed && 'reason' in failed ? failed.reason : 'x, y and z are missing',
    options === undefined
      ? "name the columns that hold the position: --map x=COLUMN --map y=COLUMN --map z=COLUMN, or --map 'xyz=radec(RA,DEC,DISTANCE)'"
      : `the position may be in other columns: ${options}`,
  );
}

const DEPS = { sha256: () => '', digits: () => '' };
