import type { BoxQuery, FilterOptions, NamesQuery, PageQuery, Plane, SphereQuery } from '#client/index.ts';
import { type Point, seeded } from './arbitrary.ts';
import { randomFilter } from './filter-oracle.ts';
import type { CatalogueOracle, OracleSystem } from './oracle.ts';

/** Random queries of a catalogue: most of them have an answer, a few have none. */
export class Questions {
  readonly #systems: readonly OracleSystem[];
  readonly #oracle: CatalogueOracle;
  readonly #fold: (text: string) => string;
  readonly #random: () => number;

  constructor(
    systems: readonly OracleSystem[],
    oracle: CatalogueOracle,
    fold: (text: string) => string,
    seed: number,
  ) {
    this.#systems = systems;
    this.#oracle = oracle;
    this.#fold = fold;
    this.#random = seeded(seed);
  }

  /** An integer below another. */
  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  oneOf<T>(...of: readonly [T, ...T[]]): T {
    return of[this.below(of.length)]!;
  }

  /** Any system; one that is at the origin and has no texts where there is none. */
  system(): OracleSystem {
    const nothing = { id: '', name: '', region: '', record: { x: 0, y: 0, z: 0 } };
    return this.#systems[this.below(this.#systems.length)] ?? nothing;
  }

  /** At a system, between two, beside one, or at the origin; so wide that it ends at a system, or at random. */
  sphere(): SphereQuery {
    const [a, b] = [pointOf(this.system()), pointOf(this.system())];
    const center = this.oneOf<Point>(
      a,
      a.map((of, axis) => of / 2 + b[axis]! / 2) as Point,
      a.map(of => of + this.#random() * 10 - 5) as Point,
      [0, 0, 0],
    );
    const away = (nth: number) =>
      this.#oracle.sphere({ center, radius: Infinity, limit: nth }).at(-1)?.distance ?? 1;
    const radius = away(1 + this.below(200)) * this.oneOf(1, 1, this.#random());
    const limit = this.oneOf(0, 1, 5, 100);
    const minRadius = this.oneOf(undefined, 0, radius, radius * this.#random());
    const planes = this.planes(center);
    return this.oneOf<SphereQuery>(
      { center, radius, minRadius },
      { center, radius: this.oneOf(radius, Infinity, 0), limit },
      { center, radius: this.oneOf(radius, Infinity), minRadius, limit },
      { center, planes },
      { center, planes, radius, minRadius, limit },
    );
  }

  /** Through a point, through a system, or anywhere near; of all directions, along axes too. */
  planes(center: Point): Plane[] {
    return Array.from({ length: this.below(7) }, () => {
      const at = this.oneOf(center, pointOf(this.system()));
      const normal = Array.from({ length: 3 }, () => this.oneOf(0, 1, -1, this.#random() * 2 - 1));
      const height = normal.reduce((sum, of, axis) => sum + of * at[axis]!, 0);
      return [...normal, this.oneOf(-height, 1 - height, 20 - height)] as unknown as Plane;
    });
  }

  /** Between two systems, at a system, or around one; also flat, and of all of space. */
  box(): BoxQuery {
    const [a, b] = [pointOf(this.system()), pointOf(this.system())];
    const half = this.oneOf(0, 5, this.#random() * 100);
    const [from, to] = this.oneOf<readonly [Point, Point]>(
      [a, b],
      [a, b.map((of, axis) => (axis === this.below(3) ? a[axis]! : of)) as Point],
      [a.map(of => of - half) as Point, a.map(of => of + half) as Point],
      [a, a.map(of => of + (this.#random() - 0.5) * 10) as Point],
      [
        [-1e30, -1e30, -1e30],
        [1e30, 1e30, 1e30],
      ],
    );
    const limit = this.oneOf(undefined, undefined, 0, 1, 5, 100);
    return {
      min: from.map((of, axis) => Math.min(of, to[axis]!)) as Point,
      max: from.map((of, axis) => Math.max(of, to[axis]!)) as Point,
      ...(limit !== undefined && { limit }),
    };
  }

  /** Conditions on values that systems have, and on others. */
  filter(): FilterOptions {
    return randomFilter(
      this.#oracle.filters,
      end => this.below(end),
      text => this.altered(text),
    );
  }

  id(): string {
    const { id, name } = this.system();
    return this.oneOf(id, id, id, name, `${id} `, id.slice(0, -1), '', '☃');
  }

  /** A text as it is, or another that differs from it in case or normalisation. */
  altered(text: string): string {
    const swapped = Array.from(text, char => this.oneOf(char.toUpperCase(), char.toLowerCase())).join('');
    return this.oneOf(text, swapped, text.toUpperCase(), text.normalize('NFD'), text.normalize('NFC'));
  }

  name(): { name: string; ignoreCase: boolean } {
    const { name, id } = this.system();
    const ignoreCase = this.oneOf(false, true);
    const other = this.oneOf(id, `${name} `, name.trim(), `${name}\0`, '', '☃ nowhere');
    return { name: this.oneOf(name, this.altered(name), this.altered(name), other), ignoreCase };
  }

  names(): NamesQuery {
    const [...chars] = this.system().name;
    const prefix = this.altered(chars.slice(0, this.below(Math.min(chars.length, 6) + 1)).join(''));
    return {
      prefix: this.oneOf(prefix, prefix, prefix, undefined, '☃'),
      limit: this.oneOf(undefined, 0, 1, 7, 500),
      ignoreCase: this.oneOf(undefined, false, true),
    };
  }

  region(): string {
    return this.oneOf(this.system().region, this.system().region, this.system().region, 'nowhere', '');
  }

  /** First, middle, last, and beyond the last; after a row, or after a place where there is none. */
  page(): PageQuery {
    const region = this.oneOf(undefined, this.region());
    const perPage = this.oneOf(undefined, 1, 1 + this.below(30), 1 + this.below(300));
    const { total } = this.#oracle.page({ region });
    const last = Math.max(1, Math.ceil(total / (perPage ?? 100)));
    const page = this.oneOf(undefined, 1, 1 + this.below(last), last, last, last + 1, 2 ** 53 - 1);
    const { name, id } = this.system();
    const after = this.oneOf(
      { name, id },
      { name, id: '' },
      { name: `${name}\0`, id },
      { name: id, id: name },
    );
    return this.oneOf<PageQuery>({ region, perPage, page }, { region, perPage, after });
  }

  /** A part of a text that is searched, altered; or a text that is nowhere. */
  text(fields: readonly string[]): string {
    const { name, record } = this.system();
    const texts = fields.flatMap(field => (field === 'name' ? name : (record[field] ?? [])));
    const whole = String(texts[this.below(texts.length)] ?? name);
    const [...chars] = this.oneOf(whole, this.#fold(whole));
    const start = this.below(chars.length);
    const length = this.below(10) === 0 ? 20 + this.below(60) : 1 + this.below(12);
    const part = this.altered(chars.slice(start, start + length).join(''));
    return part === '' || this.below(20) === 0 ? `${part}☃${this.below(9)}` : part;
  }
}

function pointOf({ record: { x, y, z } }: OracleSystem): Point {
  return [x, y, z] as Point;
}
