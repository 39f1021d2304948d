/** Which of the systems of one id are dropped. FORMAT.md, section 19.2. */
import type { IdOrigin } from '#format/record/normalise.ts';

/** What a build does if different systems have the same id: fail, keep the first, or keep the last. */
export type DuplicatePolicy = 'error' | 'first' | 'last';

/** A claim of a record to an id. */
export interface IdClaim {
  readonly id: string;
  readonly origin: IdOrigin;
  /** Of two claims to one id, equal if and only if their systems are identical. */
  readonly content: string;
}

/**
 * The systems of one id, in the order of the input. Identical systems are one, the first of them; an explicit id wins
 * over a derived one; then the policy decides. Remembers three systems, however many there are.
 */
export class IdGroup<C extends IdClaim> {
  readonly #policy: DuplicatePolicy;
  /** The one that is built. */
  kept: C;
  /** The first of those with the best claim: of the own ids if there are any, else of all. */
  first: C;
  /** The first that has the same claim as `first` and differs from it. */
  rival: C | undefined;

  constructor(first: C, policy: DuplicatePolicy) {
    this.#policy = policy;
    this.kept = first;
    this.first = first;
  }

  /** True where different systems have an equal claim to the id, and the policy does not choose. */
  get isConflict(): boolean {
    return this.rival !== undefined && this.#policy === 'error';
  }

  /** Gives the systems another `content`, all being identical so far. */
  setContent(content: string): void {
    this.kept = { ...this.kept, content };
    this.first = { ...this.first, content };
  }

  /** Adds the next. Returns which is dropped, it or the one that was kept so far, and whether both are identical. */
  add(next: C): { dropped: C; identical: boolean } {
    const { first, kept } = this;
    const identical = next.content === kept.content;
    const isOwn = next.origin === 'own';
    if (isOwn === (first.origin === 'own')) {
      if (next.content !== first.content) this.rival ??= next;
      if (this.#policy !== 'last' || identical) return { dropped: next, identical };
    } else if (isOwn) {
      this.first = next;
      this.rival = undefined;
    } else return { dropped: next, identical };
    this.kept = next;
    return { dropped: kept, identical };
  }
}
