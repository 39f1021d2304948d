/** The option `--map` of commands that read catalogues. */
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { UsageError } from '#pipeline/errors.ts';
import type { FieldMap } from '#pipeline/source/index.ts';
import { MAP_FIELDS } from '#pipeline/source/mapping.ts';

/** @throws UsageError for an option that is not FIELD=PATH, or a field that is given twice */
export function mapOf(args: Arguments): FieldMap | undefined {
  const map: Record<string, string> = {};
  for (const text of args.all('map')) {
    const [, field, path] = /^\s*(\w+)\s*=(.+)$/s.exec(text) ?? [];
    if (field === undefined || path === undefined || !(MAP_FIELDS as readonly string[]).includes(field))
      throw new UsageError(
        `--map is "${text}"; expected FIELD=PATH, with FIELD one of ${MAP_FIELDS.join(', ')}`,
      );
    if (field in map) throw new UsageError(`--map ${field} is given twice: give it once`);
    map[field] = path;
  }
  return Object.keys(map).length > 0 ? map : undefined;
}
