/** Finds systems of one id, however many there are: ids go through the external sort, exact ids decide. */
import { ID_ORIGINS, type IdOrigin } from '../client/format/normalise.ts';
import { BitSet } from './bit-set.ts';
import { InputError } from './errors.ts';
import { ExternalSort } from './sort.ts';

/** What happens where two systems have one id. */
export type DuplicatePolicy = 'error' | 'first' | 'last';

export interface IdSighting {
  readonly id: string;
  readonly origin: IdOrigin;
  /** Place in the order of the input. */
  readonly sequence: number;
  readonly bucket: number;
  readonly input: number;
  readonly line: number;
  readonly offset: number;
}

/** Systems that are not to be built, by sequence, and how many of each bucket. */
export interface KillList {
  readonly sequences: Pick<BitSet, 'has' | 'size'>;
  readonly byBucket: ReadonlyMap<number, number>;
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

  add({ id, origin, sequence, bucket, input, line, offset }: IdSighting): void {
    this.#sort.add([id], [sequence, bucket, ID_ORIGINS.indexOf(origin), input, line, offset]);
  }

  /**
   * The losers. Equal records without an id collapse into their first; an explicit id wins over a derived one;
   * then the policy decides.
   * @throws InputError naming both places, where the policy is `error`
   */
  losers(): KillList {
    const sequences = new BitSet();
    const byBucket = new Map<number, number>();
    let contest: Contest | undefined;
    for (const { key, numbers } of this.#sort.rows()) {
      const sighting = sightingOf(key[0]!, numbers);
      if (contest?.kept.id !== sighting.id) {
        this.#close(contest);
        contest = new Contest(sighting);
        continue;
      }
      const { sequence, bucket } = contest.meet(sighting, this.#policy);
      sequences.add(sequence);
      byBucket.set(bucket, (byBucket.get(bucket) ?? 0) + 1);
    }
    this.#close(contest);
    return { sequences, byBucket };
  }

  close(): void {
    this.#sort.close();
  }

  /** @throws InputError where the policy is `error`, and it is not clear which of them counts */
  #close(contest: Contest | undefined): void {
    if (!contest || this.#policy !== 'error') return;
    const [first, second] = contest.equals;
    if (!first || !second) return;
    throw new InputError(
      `${this.#place(second)}: field id: "${first.id}" is taken already by the system at ${this.#place(first)}. ` +
        'Give each system an id of its own, or say which to keep with --on-duplicate first|last',
    );
  }

  #place({ input, line, offset }: IdSighting): string {
    return `${this.#files[input]}, line ${line}, byte ${offset}`;
  }
}

/** Finds the one system of an id that is kept. They come in the order of the input, and only a few are remembered. */
class Contest {
  kept: IdSighting;
  /** The first, and the second if there is one, of all and of those whose id is their own. */
  readonly #all: IdSighting[] = [];
  readonly #own: IdSighting[] = [];
  #isOfContents = true;

  constructor(first: IdSighting) {
    this.kept = first;
    this.#see(first);
  }

  /** Takes the next. @returns which is out: it, or the one that was kept so far */
  meet(next: IdSighting, policy: DuplicatePolicy): IdSighting {
    const { kept } = this;
    this.#see(next);
    const isOwn = next.origin === 'own';
    const isBetter = isOwn === (kept.origin === 'own') ? policy === 'last' && !this.#isOfContents : isOwn;
    if (!isBetter) return next;
    this.kept = next;
    return kept;
  }

  /** The first two that neither the origin of their ids nor their content tells apart; or the only one. */
  get equals(): readonly IdSighting[] {
    const of = this.#own.length > 0 ? this.#own : this.#all;
    return this.#isOfContents ? of.slice(0, 1) : of;
  }

  #see(next: IdSighting): void {
    if (this.#all.length < 2) this.#all.push(next);
    if (next.origin === 'own' && this.#own.length < 2) this.#own.push(next);
    if (next.origin !== 'content') this.#isOfContents = false;
  }
}

function sightingOf(id: string, values: readonly number[]): IdSighting {
  const [sequence, bucket, origin, input, line, offset] = values as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { id, origin: ID_ORIGINS[origin]!, sequence, bucket, input, line, offset };
}
