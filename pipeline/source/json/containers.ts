/** The token expected next in a document. */
export type Expect = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

/** The same in words, for messages. */
export const EXPECTED: Record<Expect, string> = {
  value: 'a value',
  'value or end': "a value or ']'",
  key: 'a key in double quotes',
  'key or end': "a key in double quotes or '}'",
  colon: "':'",
  'comma or end': "',' or the closing bracket",
  nothing: 'nothing after the end of the document',
};

export interface Key {
  /** As written in the input, with its quotes. */
  readonly text: string;
  readonly value: string;
  /** Fault of the key. */
  readonly flaw?: string;
}

/** A container that is being read; a series of top-level values counts as one. */
export interface Container {
  readonly kind: 'series' | 'list' | 'keyed';
  /** Path of its members, up to their own key or index. */
  readonly path: string;
  /** Key of a list of systems. */
  readonly region?: Key;
  /** Number of members begun. */
  count: number;
}

/** Path of a container's next member; `key` is that of a keyed one. */
export function memberPath({ kind, path, count }: Container, key: Key | undefined): string | undefined {
  if (kind === 'series') return undefined;
  return kind === 'list' ? `${path}[${count}]` : `${path}[${key!.text}]`;
}
