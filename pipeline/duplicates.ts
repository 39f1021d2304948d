/** Finds systems of one id, however many there are: ids go through the external sort, exact ids decide. */
import { ID_ORIGINS, type IdOrigin } from '../client/format/normalise.ts';
import { BitSet } from './bit-set.ts';
import { InputError } from './errors.ts';
import { ExternalSort, type SortRow } from './sort.ts';

/** What happens where different systems have one id. */
export type DuplicatePolicy = 'error' | 'first' | 'last';

export interface IdSighting {
  readonly id: string;
  readonly origin: IdOrigin;
  /** Place in the order of the input. */
  readonly sequence: number;
  /** Equal for identical systems only: a hash of `identityText`. */
  readonly content: string;
  readonly bucket: number;
  readonly input: number;
  readonly line: number;
  readonly offset: number;
}

/** Systems that are not to be built, by sequence, and how many of each bucket. */
export interface KillList {
  readonly sequences: Pick<BitSet, 'has' | 'size'>;
  readonly byBucket: ReadonlyMap<number, number>;
  /** How many of them were identical to a system that is built, or to one that was left out for another. */
  readonly identical: number;
}

export class DuplicateFinder {
  readonly #sort: ExternalSort;
  readonly #policy: DuplicatePolicy;
  readonly #files: readonly string[];

  /**
   * @param path file for the external sort
   * @param files names of the inputs, for messages
   */
  constructor(path: string, policy: DuplicatePolicy, files: readonly string[]) {
    this.#sort = new ExternalSort(path, 6);
    this.#policy = policy;
    this.#files = files;
  }

  add({ id, origin, sequence, content, bucket, input, line, offset }: IdSighting): void {
    this.#sort.add([id], [sequence, bucket, ID_ORIGINS.indexOf(origin), input, line, offset], [content]);
  }

  /**
   * The losers. Identical systems are one, the first of them; an explicit id wins over a derived one; then the policy
   * decides.
   * @throws InputError naming both places, where the policy is `error`
   */
  losers(): KillList {
    const sequences = new BitSet();
    const byBucket = new Map<number, number>();
    let identical = 0;
    let group: IdGroup | undefined;
    for (const row of this.#sort.rows()) {
      const sighting = sightingOf(row);
      if (group?.kept.id !== sighting.id) {
        this.#close(group);
        group = new IdGroup(sighting);
        continue;
      }
      if (sighting.content === group.kept.content) identical++;
      const { sequence, bucket } = group.add(sighting, this.#policy);
      sequences.add(sequence);
      byBucket.set(bucket, (byBucket.get(bucket) ?? 0) + 1);
    }
    this.#close(group);
    return { sequences, byBucket, identical };
  }

  close(): void {
    this.#sort.close();
  }

  /** @throws InputError where the policy is `error`, and different systems have an equal claim to the id */
  #close(group: IdGroup | undefined): void {
    if (!group?.rival || this.#policy !== 'error') return;
    const { first, rival } = group;
    throw new InputError(
      `${this.#place(rival)}: field id: "${first.id}" is taken already by a different system at ` +
        `${this.#place(first)}. Give each system an id of its own, or say which to keep with --on-duplicate first|last`,
    );
  }

  #place({ input, line, offset }: IdSighting): string {
    return `${this.#files[input]}, ${line > 0 ? `line ${line}, byte` : 'row'} ${offset}`;
  }
}

/** The systems of one id, in the order of the input. Remembers three of them, however many there are. */
class IdGroup {
  /** The one that is built. */
  kept: IdSighting;
  /** The first of those with the best claim: of the own ids if there are any, else of all. */
  first: IdSighting;
  /** The first that has the same claim as `first` and differs from it. */
  rival: IdSighting | undefined;

  constructor(first: IdSighting) {
    this.kept = first;
    this.first = first;
  }

  /** Adds the next. @returns which is dropped: it, or the one that was kept so far */
  add(next: IdSighting, policy: DuplicatePolicy): IdSighting {
    const { first, kept } = this;
    const isOwn = next.origin === 'own';
    if (isOwn === (first.origin === 'own')) {
      if (next.content !== first.content) this.rival ??= next;
      if (policy !== 'last' || next.content === kept.content) return next;
    } else if (isOwn) {
      this.first = next;
      this.rival = undefined;
    } else return next;
    this.kept = next;
    return kept;
  }
}

function sightingOf({ key, numbers, texts }: SortRow): IdSighting {
  const [sequence, bucket, origin, input, line, offset] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    ...{ id: key[0]!, origin: ID_ORIGINS[origin]!, sequence, content: texts[0]! },
    ...{ bucket, input, line, offset },
  };
}
