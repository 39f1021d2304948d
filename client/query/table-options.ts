/** The options of queries that tables answer. */
import { type OptionNames, QUERY_OPTIONS, ROWS_OPTIONS } from './options.ts';
import type {
  FacetQuery,
  ListQuery,
  NameOptions,
  NamesQuery,
  PageQuery,
  ResultBound,
  SearchOptions,
  SystemOptions,
} from './types.ts';

const NAME_OPTIONS: OptionNames<NameOptions> = { ...QUERY_OPTIONS, ignoreCase: 1 };

export const SYSTEM_OPTIONS: OptionNames<SystemOptions> = { ...NAME_OPTIONS, first: 1 };
export const SYSTEMS_BY_NAME_OPTIONS: OptionNames<NameOptions & ResultBound> = {
  ...NAME_OPTIONS,
  ...ROWS_OPTIONS,
};
export const NAMES_OPTIONS: OptionNames<NamesQuery> = { ...NAME_OPTIONS, prefix: 1, limit: 1 };
export const PAGE_OPTIONS: OptionNames<PageQuery> = {
  ...QUERY_OPTIONS,
  region: 1,
  page: 1,
  perPage: 1,
  after: 1,
};
export const LIST_OPTIONS: OptionNames<ListQuery> = {
  ...QUERY_OPTIONS,
  page: 1,
  perPage: 1,
  after: 1,
  order: 1,
};
export const FACET_OPTIONS: OptionNames<FacetQuery> = { ...QUERY_OPTIONS, prefix: 1, limit: 1, after: 1 };
export const SEARCH_OPTIONS: OptionNames<SearchOptions> = { ...QUERY_OPTIONS, limit: 1 };
