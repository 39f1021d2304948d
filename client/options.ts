/** The options that each public call takes, so that a misspelt one is an error in plain JavaScript, too. */
import { ArgumentError } from './errors.ts';
import type { ProviderOptions } from './open-provider.ts';
import type { JsonProviderOptions } from './providers/json.ts';
import type {
  NameOptions,
  NamesQuery,
  NearestQuery,
  PageQuery,
  QueryOptions,
  ResultBound,
  SearchOptions,
  SphereQuery,
  SystemOptions,
} from './queries.ts';
import type { RecordsOptions } from './records.ts';
import type { HttpOptions } from './sources/http.ts';

type Known<T> = { readonly [Name in keyof Required<T>]: 1 };

const query: Known<QueryOptions> = { signal: 1, usage: 1 };
const rows: Known<QueryOptions & ResultBound> = { ...query, maxResults: 1 };
const around = { ...rows, center: 1, minRadius: 1, details: 1 } as const;
const sphere: Known<SphereQuery> = { ...around, radius: 1, limit: 1 };
const nearest: Known<NearestQuery> = { ...around, maxRadius: 1, count: 1 };
const name: Known<NameOptions> = { ...query, ignoreCase: 1 };
const system: Known<SystemOptions> = { ...name, first: 1 };
const names: Known<NamesQuery> = { ...name, prefix: 1, limit: 1 };
const page: Known<PageQuery> = { ...query, region: 1, page: 1, perPage: 1, after: 1 };
const search: Known<SearchOptions> = { ...query, limit: 1 };
const records: Known<RecordsOptions> = { ...query, details: 1 };
const http: Known<HttpOptions> = { fetch: 1, headers: 1, timeout: 1, retries: 1 };
const json: Known<JsonProviderOptions> = { fold: 1, searchFields: 1, location: 1 };
const open: Known<ProviderOptions> = {
  ...query,
  cacheBytes: 1,
  concurrency: 1,
  codec: 1,
  maxFileBytes: 1,
  http: 1,
  kind: 1,
  searchFields: 1,
};

const KNOWN = {
  ...{ sphere, nearest, system, names, page, search, records, open, http },
  systemsByName: { ...name, ...rows },
  provider: json,
  rows,
  query,
} satisfies Record<string, Readonly<Record<string, 1>>>;

/**
 * @param call names the options that are known
 * @throws ArgumentError for an option of another name, and for what is no object
 */
export function checkOptions(call: keyof typeof KNOWN, options: object): void {
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError(`the options are ${JSON.stringify(options)}; give an object`);
  }
  const known = Object.keys(KNOWN[call]);
  const plain = (name: string) => name.replace(/[\W_]/g, '').toLowerCase();
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    const meant = known.find(name => plain(name) === plain(option));
    throw new ArgumentError(
      `unknown option "${option}": ${meant ? `did you mean ${meant}?` : `expected ${known.join(', ')}`}`,
      { expected: meant ?? known, found: option },
    );
  }
}
