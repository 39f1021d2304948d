import { type Declaration, type Entry, GROUPS, type PublicApi } from './api-model.ts';

/** An entry, its declarations divided into its own and those that an entry before it exports as well. */
interface Chapter {
  readonly entry: Entry;
  readonly own: readonly Declaration[];
  readonly shared: readonly Declaration[];
}

/** The reference for readers: each declaration once, with its docstring, by entry and kind. */
export function referenceText(api: PublicApi): string {
  const chapters = chaptersOf(api);
  const headings = new Headings();
  const body = chapters.map(({ entry, own, shared }) => {
    const head = [headings.add(2, entry.specifier), entry.comment];
    const groups = byGroup(own).flatMap(([group, members]) => [
      headings.add(3, `${group} of ${entry.specifier}`),
      ...members.map(member => section(headings.add(4, member.name, member.id), member)),
    ]);
    if (shared.length > 0) head.push(`It also exports, as described above: ${headings.links(shared)}.`);
    return [...head, ...groups].join('\n\n');
  });
  const contents = chapters.flatMap(({ entry, own }) => [
    `- \`${entry.specifier}\``,
    ...byGroup(own).map(([group, members]) => `  - ${group}: ${headings.links(members)}`),
  ]);
  return `${[INTRODUCTION, contents.join('\n'), ...body].join('\n\n')}\n`;
}

const INTRODUCTION = `# API reference

Everything that the package exports. \`npm run api\` writes this page from the docstrings: change those, not this
page. Distances and radii have the unit of the catalogue.`;

/** The signatures alone, for reviewers: what changes here changes for users. */
export function signatureText(api: PublicApi): string {
  const parts = chaptersOf(api).map(({ entry, own, shared }) => {
    const names = shared.map(({ name }) => name).join(', ');
    const head = names === '' ? [`// ${entry.specifier}`] : [`// ${entry.specifier}`, `// also: ${names}`];
    return [...head, ...own.map(({ code }) => withoutComments(code))].join('\n');
  });
  return `${parts.join('\n\n')}\n`;
}

function chaptersOf(api: PublicApi): Chapter[] {
  const known = new Set<number>();
  return api.entries.map(entry => {
    const [own, shared]: [Declaration[], Declaration[]] = [[], []];
    for (const declaration of entry.declarations)
      (known.has(declaration.id) ? shared : own).push(declaration);
    for (const { id } of own) known.add(id);
    return { entry, own, shared };
  });
}

/** The headings of a page, and links to them. */
class Headings {
  /** How many headings have an anchor: viewers number all but the first. */
  readonly #uses = new Map<string, number>();
  readonly #anchors = new Map<number, string>();

  /** @param id of the declaration that the heading is for */
  add(level: number, text: string, id?: number): string {
    const anchor = text
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-');
    const uses = this.#uses.get(anchor) ?? 0;
    this.#uses.set(anchor, uses + 1);
    if (id !== undefined) this.#anchors.set(id, uses === 0 ? anchor : `${anchor}-${uses}`);
    return `${'#'.repeat(level)} ${text}`;
  }

  links(declarations: readonly Declaration[]): string {
    return declarations.map(({ name, id }) => `[${name}](#${this.#anchors.get(id)})`).join(', ');
  }
}

function section(heading: string, { code, comment, tags }: Declaration): string {
  const lines = tags.map(({ name, text }) => {
    const plain = text.replaceAll('\n', ' ');
    if (name !== 'param') return `- ${name}: ${plain}`;
    const [parameter, ...rest] = plain.split(' ');
    return `- \`${parameter}\`: ${rest.join(' ')}`;
  });
  const parts = [heading, comment, lines.join('\n'), `\`\`\`ts\n${code}\n\`\`\``];
  return parts.filter(part => part !== '').join('\n\n');
}

function byGroup(declarations: readonly Declaration[]): [group: string, members: Declaration[]][] {
  return GROUPS.map((group): [string, Declaration[]] => [
    group,
    declarations.filter(declaration => declaration.group === group),
  ]).filter(([, members]) => members.length > 0);
}

function withoutComments(code: string): string {
  return code.replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, '');
}
