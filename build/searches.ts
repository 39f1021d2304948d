/** Strings that people search for, drawn from a set. */
import type { SystemRow, Tileset } from '#client/node/index.ts';

/** Rows spread evenly over the names. */
export async function drawn(tileset: Tileset, questions: number): Promise<SystemRow[]> {
  const found: SystemRow[] = [];
  for (let i = 0; i < questions; i++) {
    const page = Math.floor((tileset.counts.systems * (i + 0.5)) / questions) + 1;
    found.push(...(await tileset.page({ page, perPage: 1 })).systems);
  }
  return found;
}

/** Strings of each kind that people search for. */
export async function searches(tileset: Tileset, rows: readonly SystemRow[]): Promise<[string, string[]][]> {
  const names = rows.map(({ name }) => name);
  return [
    ['a whole name', names],
    ['the first three letters of a name', names.map(name => name.slice(0, 3))],
    ['a later word of a name', names.flatMap(name => / (\S+)$/.exec(name)?.[1] ?? [])],
    ['five letters inside a name', names.map(name => name.slice(1, 6)).filter(text => text.length === 5)],
    ['the end of a word and the beginning of the next', acrossWords(names)],
    ['a value of a facet', await facetTexts(tileset, rows.length)],
    ['a string that no system has', names.map(name => `${name.slice(0, 3)}qq${name.slice(-1)}`)],
  ];
}

/** One to three characters from the end of a word of names, and as many from the beginning of the next. */
function acrossWords(names: readonly string[]): string[] {
  return names.flatMap((name, i) => {
    const space = name.indexOf(' ');
    const [before, after] = [1 + (i % 3), 1 + ((i + 1) % 3)];
    return space > 0 ? [name.slice(Math.max(0, space - before), space + 1 + after)] : [];
  });
}

/** Values of all facets, spread evenly. */
async function facetTexts(tileset: Tileset, questions: number): Promise<string[]> {
  const texts: string[] = [];
  for (const { field } of await tileset.facets())
    for (const { value } of await tileset.facet(field, { limit: 10_000 })) texts.push(String(value));
  return Array.from(
    { length: questions },
    (_, i) => texts[Math.floor((texts.length * i) / questions)] ?? [],
  ).flat();
}
