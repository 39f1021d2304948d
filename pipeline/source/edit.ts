import type { JsonObject, JsonValue } from '#format/json.ts';
import type { System } from '#format/system.ts';
import type { SourceLocation } from './source-types.ts';

/** One edit of a set; `location` is undefined for an edit of a program. */
export type Edit = { readonly location?: SourceLocation | undefined } & (
  | {
      /** `add` claims that there is no system with the id, `change` that there is one. */
      readonly action: 'upsert' | 'add' | 'change';
      readonly system: System;
    }
  /** Merges fields into the record of a system. */
  | { readonly action: 'patch'; readonly id: string; readonly updates: JsonObject }
  | { readonly action: 'patch'; readonly name: string; readonly updates: JsonObject }
  | { readonly action: 'delete'; readonly id: string }
  | { readonly action: 'delete'; readonly name: string }
  /** `text` is an id, or else a name. */
  | { readonly action: 'delete'; readonly text: string }
  /** The `_meta` values after the edits. */
  | { readonly action: 'meta'; readonly meta: readonly JsonValue[] }
);
