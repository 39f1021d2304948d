/** Opens the store at a location: a folder, or a bucket. */
import { isUrl, parseLocation, setFolder } from '#client/node/node-location.ts';
import { UsageError } from '#pipeline/errors.ts';
import { wrongArgument } from './check-options.ts';
import { folderStore } from './folder-store.ts';
import { isBucket, type S3StoreOptions, s3Store } from './s3-store.ts';
import type { Store } from './store.ts';

/**
 * Returns the store at a location. A folder need not exist.
 * @param location path of a folder or of its `index.json`, or `s3://bucket/prefix`
 * @throws UsageError for a URL of another scheme
 */
export function openStore(location: string, { endpoint, timeout }: S3StoreOptions = {}): Store {
  return isBucket(location) ? s3Store(location, { endpoint, timeout }) : folderStore(folderOf(location));
}

/**
 * The path of the folder in which a set is built or updated.
 * @param location path of the folder or of its `index.json`, or its `file:` URL
 * @throws UsageError for a URL of another scheme
 */
export function workingFolder(action: 'build' | 'update', location: string): string {
  if (typeof location !== 'string') throw wrongArgument('the folder of the set', location, 'a path');
  if (/^file:/i.test(location) || !isUrl(location)) return folderOf(location);
  throw new UsageError(
    `${location} is not a folder: ${action} a set in a folder, then publish the folder there`,
    { found: location },
  );
}

/** The path of the folder at a location. @throws UsageError for a URL */
export function folderOf(location: string): string {
  const path = parseLocation(location);
  if (typeof path === 'string') return setFolder(path);
  throw new UsageError(`${location} can only be read: give a folder or s3://bucket/prefix`);
}
