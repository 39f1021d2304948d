/** Fields that are the name of a system under another name, for messages. */
import { isObject, type JsonValue } from '#format/json.ts';
import { pathText } from '#format/record/record-path.ts';
import { shellWord } from './shell-word.ts';

/** Best first; only fields that cannot be anything else. */
const NAME_FIELDS: readonly string[] = [
  ...['proper', 'proper_name', 'properName', 'display_name', 'displayName', 'full_name', 'fullName'],
  ...['system_name', 'systemName', 'star_name', 'starName', 'pl_name', 'title', 'Name', 'NAME', 'TITLE'],
];

/** The field of a record that looks like its name; undefined if none does. */
export function nameFieldOf(record: JsonValue): string | undefined {
  if (!isObject(record)) return undefined;
  return NAME_FIELDS.find(field => {
    const value = Object.hasOwn(record, field) ? record[field] : undefined;
    return typeof value === 'string' && value.trim() !== '';
  });
}

/** The option of `build` that reads names from a field, as typed in a shell. */
export function nameOption(field: string): string {
  return `--map ${shellWord(`name=${pathText([field])}`)}`;
}
