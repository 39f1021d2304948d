/** Edits a catalogue in JSON as a text: all but the system that is edited stays as it is written. */
import { outcomeOf, readCatalogue } from '#client/providers/json/read-catalogue.ts';
import {
  type CatalogueContainer,
  type CatalogueLayout,
  type CataloguePiece,
  layoutOf,
} from '#client/providers/json/split-catalogue.ts';
import { recordText } from '#format/json-text.ts';
import { WRAPPERS } from '#format/record/catalogue-shape.ts';
import { identityText } from '#format/record/identity.ts';
import { skipSpace } from '#format/record/json-scan.ts';
import type { System } from '#format/system.ts';
import { EditConflictError } from '#pipeline/errors.ts';
import type { SystemEdit } from './system-edit.ts';

/**
 * Returns the text after an edit. A new system becomes the last one: in the array of its region if there is one, else in
 * the array or object of the systems, under its name; NDJSON gets a line.
 * @param location name for messages
 * @throws CorruptError if the text is not a catalogue; EditConflictError, InputError
 */
export function editCatalogue(text: string, location: string, edit: SystemEdit): string {
  const { systems } = readCatalogue(text, location);
  const before = systems.find(({ id }) => id === edit.id);
  const after = edit.apply(before);
  const edited = !before
    ? insert(text, location, after!)
    : after
      ? replace(text, location, before, after)
      : remove(text, location, before);
  const { systems: found } = readCatalogue(edited, location);
  const own = found.find(({ id }) => id === edit.id);
  const expected = systems.length + (after ? 1 : 0) - (before ? 1 : 0);
  const isRight = found.length === expected && (own && identityText(own)) === (after && identityText(after));
  if (isRight) return edited;
  throw new EditConflictError(
    `${location}: the edit of ${JSON.stringify(edit.id)} would change other systems or give it another name, id or region, because of the keys around it: edit the file by hand`,
    { file: location, found: edit.id },
  );
}

/** The values that are the system: equal ones count once. */
function piecesOf(text: string, location: string, system: System): CataloguePiece[] {
  const identity = identityText(system);
  return layoutOf(text, location).pieces.filter(piece => {
    const outcome = outcomeOf(piece, location);
    return (
      outcome.kind === 'system' &&
      outcome.system.id === system.id &&
      identityText(outcome.system) === identity
    );
  });
}

function replace(text: string, location: string, before: System, after: System): string {
  return piecesOf(text, location, before).reduceRight(
    (edited, piece) =>
      edited.slice(0, piece.start) + written(after, styleOf(text, piece), text) + edited.slice(piece.end),
    text,
  );
}

function remove(text: string, location: string, system: System): string {
  const [piece, ...others] = piecesOf(text, location, system);
  if (!piece) return text;
  const edited = without(text, piece);
  return others.length > 0 ? remove(edited, location, system) : edited;
}

/** Removes a value with its key and one comma; from a series with its line. */
function without(text: string, { container, from, end }: CataloguePiece): string {
  const next = skipSpace(text, end);
  if (container.kind === 'series') {
    const rest = text.slice(0, from) + text.slice(next);
    // A text without a value cannot be read as a catalogue.
    return rest.trim() === '' ? '[]\n' : rest;
  }
  if (text[next] === ',') return text.slice(0, from) + text.slice(skipSpace(text, next + 1));
  const previous = text.slice(0, from).trimEnd();
  return (previous.endsWith(',') ? previous.slice(0, -1).trimEnd() : text.slice(0, from)) + text.slice(end);
}

function insert(text: string, location: string, system: System): string {
  const layout = layoutOf(text, location);
  const container = containerFor(layout, system);
  const sibling = layout.pieces.find(piece => piece.container === container);
  if (container.kind === 'series') {
    const start = text === '' || text.endsWith('\n') ? '' : '\n';
    return `${text}${start}${written(system)}\n`;
  }
  const isEmpty = skipSpace(text, container.start + 1) === container.end;
  const space = isEmpty
    ? `\n${' '.repeat(INDENT)}`
    : text.slice(container.start + 1, skipSpace(text, container.start + 1));
  const style = sibling
    ? styleOf(text, sibling)
    : space.includes('\n')
      ? { base: space.slice(space.lastIndexOf('\n') + 1), unit: ' '.repeat(INDENT) }
      : undefined;
  const value = written(system, style, text);
  const item = container.kind === 'keyed' ? memberOf(text, layout, container, system, value) : value;
  const head = text.slice(0, container.end).trimEnd();
  const tail = isEmpty ? `\n${text.slice(container.end)}` : text.slice(head.length);
  return `${head}${isEmpty ? '' : ','}${space}${item}${tail}`;
}

/** Where a new system goes. */
function containerFor({ containers, pieces }: CatalogueLayout, { region }: System): CatalogueContainer {
  const ofRegion = containers.find(container => container.region === region);
  if (ofRegion) return ofRegion;
  const holding = containers.filter(
    container =>
      container.region === undefined &&
      pieces.some(piece => piece.container === container && !piece.skip && piece.text.startsWith('{')),
  );
  // Nested containers come first: without a system, an array or object in `systems` or `data` is the one.
  return holding[0] ?? containers.find(container => container.region === undefined)!;
}

/** A member of an object: under the name of the system, or under its region where all systems are in arrays. */
function memberOf(
  text: string,
  { containers, pieces }: CatalogueLayout,
  container: CatalogueContainer,
  { id, name, region }: System,
  value: string,
): string {
  const hasSystems = pieces.some(piece => piece.container === container && !piece.skip);
  const space =
    /^"(?:[^"\\]|\\.)*"\s*:(\s?)/.exec(text.slice(skipSpace(text, container.start + 1)))?.[1] ?? ' ';
  const hasRegions = containers.some(other => other.kind === 'list' && other.region !== undefined);
  if (hasRegions && !hasSystems) return `${JSON.stringify(region)}:${space}[${value}]`;
  const taken = new Set(pieces.filter(piece => piece.container === container).map(({ path }) => path));
  const isFree = (key: string) =>
    !key.startsWith('_') &&
    !WRAPPERS.has(key) &&
    !containers.some(other => other.region === key) &&
    ![...taken].some(path => path.endsWith(`[${JSON.stringify(key)}]`));
  let key = name;
  for (let nth = 1; !isFree(key); nth++) key = nth === 1 ? `${name} (${id})` : `system ${id} (${nth})`;
  return `${JSON.stringify(key)}:${space}${value}`;
}

/** Indentation of new systems in a file without any. */
const INDENT = 2;

/** Indentation of a value that is written on several lines. */
interface Style {
  /** Of the line in which it begins. */
  readonly base: string;
  readonly unit: string;
}

/** Undefined for a value on one line. */
function styleOf(text: string, { start, end }: Pick<CataloguePiece, 'start' | 'end'>): Style | undefined {
  const value = text.slice(start, end);
  const [, inner] = /^[{[]\s*\n([ \t]*)\S/.exec(value) ?? [];
  if (inner === undefined) return undefined;
  const [, base = ''] = /(?:^|\n)([ \t]*)[^\n]*$/.exec(text.slice(0, start)) ?? [];
  return { base, unit: inner.startsWith(base) ? inner.slice(base.length) : inner };
}

/** The record of a system as JSON. @param file its line ends are used */
function written({ fields, id }: System, style?: Style, file = ''): string {
  const text = recordText(fields, id);
  return style ? indented(text, style, file.includes('\r\n') ? '\r\n' : '\n') : text;
}

/** JSON without spaces on several lines, as `JSON.stringify` and Python's `json.dump` indent it. */
function indented(text: string, { base, unit }: Style, lineEnd: string): string {
  let out = '';
  let depth = 0;
  const line = () => `${lineEnd}${base}${unit.repeat(depth)}`;
  for (let pos = 0; pos < text.length; pos++) {
    const char = text[pos]!;
    if (char === '"') {
      const start = pos;
      for (pos++; text[pos] !== '"'; pos++) if (text[pos] === '\\') pos++;
      out += text.slice(start, pos + 1);
    } else if (char === '{' || char === '[') {
      if (text[pos + 1] === '}' || text[pos + 1] === ']') out += char + text[++pos]!;
      else {
        depth++;
        out += char + line();
      }
    } else if (char === '}' || char === ']') {
      depth--;
      out += line() + char;
    } else if (char === ',') out += char + line();
    else if (char === ':') out += ': ';
    else out += char;
  }
  return out;
}
