/** The REST API of the migration guide over a chunk set, in Node and in edge workers. */

export { type LatestOptions, latestGeneration } from './latest-generation.ts';
export { type RestApi, type RestOptions, restApi } from './rest-api.ts';
