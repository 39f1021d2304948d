/** Decides which of the systems with the same id are dropped. FORMAT.md, section 19.2. */
import type { IdOrigin } from '#format/record/normalise.ts';

/** Policy for different systems with the same id: fail, keep the first, or keep the last. */
export type DuplicatePolicy = 'error' | 'first' | 'last';

/** A claim of a record to an id. */
export interface IdClaim {
  readonly id: string;
  readonly origin: IdOrigin;
  /** Of two claims to one id, equal if and only if their systems are identical. */
  readonly content: string;
}

/**
 * The systems with the same id, in the order of the input. Of identical systems the first is kept; an explicit id
 * takes precedence over a derived one; then the policy decides. Keeps at most three systems in memory.
 */
export class IdGroup<C extends IdClaim> {
  readonly #policy: DuplicatePolicy;
  /** The system that is kept. */
  kept: C;
  /** The first system with an explicit id, or the first of all if there is none. */
  first: C;
  /** The first system with the same precedence as `first` that differs from it. */
  rival: C | undefined;

  constructor(first: C, policy: DuplicatePolicy) {
    this.#policy = policy;
    this.kept = first;
    this.first = first;
  }

  /** True if different systems have the same precedence and the policy is `error`. */
  get isConflict(): boolean {
    return this.rival !== undefined && this.#policy === 'error';
  }

  /** Gives the systems another `content`, all being identical so far. */
  setContent(content: string): void {
    this.kept = { ...this.kept, content };
    this.first = { ...this.first, content };
  }

  /**
   * Adds the next system. Returns the dropped one (the next, or the one kept so far), and whether both are identical.
   */
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
