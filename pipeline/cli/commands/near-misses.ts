/** Messages for queries without a result, with similar names and regions. */
import type { Tileset } from '#client/index.ts';
import { nearest } from '#pipeline/cli/suggest.ts';

/** Maximum number of names read for a suggestion. */
const NAMES = 100;
/** Maximum number of values read for a suggestion. */
const VALUES = 2_000;

type Signal = AbortSignal | undefined;

export async function noSystemOfName(
  tileset: Tileset,
  name: string,
  ignoreCase: boolean,
  signal: Signal,
): Promise<string> {
  const none = `no system named "${name}"`;
  if (await tileset.systemById(name, { signal })) return `${none}; it is an id: use --id ${name}`;
  if (!ignoreCase) {
    const [other] = await tileset.systemsByName(name, { ignoreCase: true, signal });
    if (other) return `${none}; did you mean ${other.name}? --ignore-case finds it`;
  }
  const similar = await similarName(tileset, name, signal);
  return similar === undefined ? none : `${none}; did you mean ${similar}?`;
}

export async function noSystemOfId(tileset: Tileset, id: string, signal: Signal): Promise<string> {
  const none = `no system with id "${id}"`;
  const [other] = await tileset.systemsByName(id, { ignoreCase: true, signal });
  return other ? `${none}; it is a name: use --name ${other.name} (id ${other.id})` : none;
}

export async function noSystemInRegion(tileset: Tileset, region: string, signal: Signal): Promise<string> {
  const similar = await similarValue(tileset, 'region', region, signal);
  return `no region "${region}"${similar === undefined ? '; "query regions" lists all' : `; did you mean ${similar}?`}`;
}

export async function noSystemOfValue(
  tileset: Tileset,
  field: string,
  value: string,
  signal: Signal,
): Promise<string> {
  const similar = await similarValue(tileset, field, value, signal);
  const advice =
    similar === undefined ? `; "query list SET ${field}" lists all` : `; did you mean ${similar}?`;
  return `no system has the value "${value}" in "${field}"${advice}`;
}

/** The listed field that is most similar to a word. */
export function similarListing(tileset: Tileset, field: string): string | undefined {
  return nearestIgnoringCase(
    field,
    tileset.options.listings.map(listing => listing.field),
  );
}

async function similarValue(
  tileset: Tileset,
  field: string,
  value: string,
  signal: Signal,
): Promise<string | undefined> {
  const values: string[] = [];
  for await (const listed of tileset.list(field, { signal })) {
    values.push(String(listed.value));
    if (values.length === VALUES) break;
  }
  return nearestIgnoringCase(value, values);
}

export async function noNameWithPrefix(
  tileset: Tileset,
  prefix: string,
  ignoreCase: boolean,
  signal: Signal,
): Promise<string> {
  if (tileset.counts.systems === 0) return 'no names: the chunk set is empty';
  const none = `no name begins with "${prefix}"`;
  if (ignoreCase) return none;
  const [other] = await tileset.names({ prefix, ignoreCase: true, limit: 1, signal });
  return other === undefined ? none : `${none}; did you mean ${other}? --ignore-case finds it`;
}

/** Searches the names that share the first half of the name, then those that share its first letter. */
async function similarName(tileset: Tileset, name: string, signal: Signal): Promise<string | undefined> {
  const letters = [...name];
  for (const length of new Set([Math.ceil(letters.length / 2), 1])) {
    const prefix = letters.slice(0, length).join('');
    if (prefix === '') continue;
    const names = await tileset.names({ prefix, ignoreCase: true, limit: NAMES, signal });
    const similar = nearestIgnoringCase(name, names);
    if (similar !== undefined) return similar;
  }
  return undefined;
}

function nearestIgnoringCase(word: string, words: readonly string[]): string | undefined {
  const lower = words.map(other => other.toLowerCase());
  const found = nearest(word.toLowerCase(), lower);
  return found === undefined ? undefined : words[lower.indexOf(found)];
}
