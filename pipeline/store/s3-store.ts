/** A store in a bucket of Amazon S3, or of a server that is compatible with it. */
import { hash } from 'node:crypto';
import { NetworkError } from '#client/errors.ts';
import { checkPath } from '#client/fetch/source.ts';
import { ConflictError, StoreError, UsageError } from '#pipeline/errors.ts';
import { checkNames, type OptionNames } from './check-options.ts';
import { withCleanUp } from './clean-up.ts';
import { type Condition, type EtagForm, findEtagForm } from './s3-conditions.ts';
import { failureOf, S3Connection, type S3Request } from './s3-connection.ts';
import type {
  Content,
  DeleteOptions,
  ListOptions,
  PutOptions,
  Store,
  StoredFile,
  StoreGetOptions,
} from './store.ts';

/** Options of `s3Store`. */
export interface S3StoreOptions {
  /** URL of the server; by default that of the SDK's configuration (`AWS_ENDPOINT_URL`), else Amazon S3. */
  readonly endpoint?: string | undefined;
  /** Milliseconds for a response, and between any two parts of it; 60,000 by default. */
  readonly timeout?: number | undefined;
}

export const S3_STORE_OPTIONS: OptionNames<S3StoreOptions> = { endpoint: 1, timeout: 1 };

/**
 * Returns a store below a prefix of a bucket. It sends no request yet; the first one loads the package
 * `@aws-sdk/client-s3`, which finds credentials, region and endpoint in its usual places (environment, profile, role).
 *
 * Requests are repeated after failures that may pass. The first conditional `put` finds out whether the server supports
 * such a `put`, because some servers ignore the condition. A file is collected in memory before it is sent.
 * @param location `s3://bucket/prefix`; a path that ends in `index.json` means its folder
 * @throws UsageError for another location, or an invalid endpoint or timeout
 */
export function s3Store(location: string, options: S3StoreOptions = {}): Store {
  checkNames(options, S3_STORE_OPTIONS);
  const { endpoint, timeout = 60_000 } = options;
  const { bucket, prefix } = parseBucket(location);
  if (endpoint !== undefined && !/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : '')) {
    throw new UsageError(`the endpoint is "${endpoint}": expected a URL such as https://s3.example.org`);
  }
  if (!(timeout >= 1 && timeout < 2 ** 31))
    throw new UsageError(`the timeout is ${timeout}: expected milliseconds from 1 to 2^31 - 1`, {
      found: timeout,
    });
  return new S3Store(bucket, prefix, new S3Connection(endpoint, timeout));
}

/** True for the location of a bucket. */
export function isBucket(location: string): boolean {
  return /^s3:\/\//i.test(location);
}

function parseBucket(location: string): { bucket: string; prefix: string } {
  const [, bucket, path = ''] = /^s3:\/\/([^/?#]+)(?:\/([^?#]*))?$/i.exec(location) ?? [];
  if (bucket === undefined)
    throw new UsageError(`"${location}" is not a bucket: expected s3://bucket/prefix`);
  const folder = path.replace(/(^|\/)index\.json$/, '').replace(/\/+$/, '');
  return { bucket, prefix: folder === '' ? '' : `${folder}/` };
}

/** File of the test for conditional writes. The name begins with a dot: it is not part of a set. */
const TEST_FILE = '.haven-chunks-test';

class S3Store implements Store {
  readonly location: string;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #connection: S3Connection;
  #form: Promise<EtagForm> | undefined;

  constructor(bucket: string, prefix: string, connection: S3Connection) {
    this.location = `s3://${bucket}/${prefix}`.replace(/\/$/, '');
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#connection = connection;
  }

  async get(
    path: string,
    { signal, range, maxBytes = Infinity }: StoreGetOptions = {},
  ): Promise<Uint8Array | undefined> {
    checkPath(path);
    // A range of no bytes cannot be expressed: one byte is read, to see whether the file exists.
    const bytes = range && `bytes=${range.offset}-${range.offset + Math.max(1, range.length) - 1}`;
    try {
      return await this.#connection.send(async (sdk, client, options) => {
        const command = new sdk.GetObjectCommand({ ...this.#key(path), Range: bytes });
        const { Body } = await client.send(command, options);
        return await readBody(
          Body as AsyncIterable<Uint8Array>,
          Math.min(maxBytes, range?.length ?? Infinity),
        );
      }, signal);
    } catch (error) {
      if (isOwn(error, signal)) throw error;
      const { name, status } = failureOf(error);
      if (status === 404 && name !== 'NoSuchBucket') return undefined;
      if (status === 416) return new Uint8Array();
      const reason = this.#reasonOf(error);
      throw new NetworkError(`${path} of ${this.location} cannot be read: ${reason}`, {
        ...{ file: path, reason, status, cause: error },
      });
    }
  }

  async put(path: string, content: Content, options: PutOptions = {}): Promise<void> {
    checkPath(path);
    const { ifMatch, ifNoneMatch, signal } = options;
    signal?.throwIfAborted();
    const body = content instanceof Uint8Array ? content : await collect(content, signal);
    if (ifMatch === undefined && !ifNoneMatch) {
      if (options.renew !== undefined && (await this.#renew(path, body, options))) return;
      await this.#try('cannot write', path, signal, this.#putRequest(path, body, options));
      return;
    }
    const form = await this.#etagForm(signal);
    const condition = ifNoneMatch ? { IfNoneMatch: ifNoneMatch } : { IfMatch: form(ifMatch!) };
    let wasRepeated = false;
    const request = this.#putRequest(path, body, options, condition);
    const etag = await this.#try('cannot write', path, signal, unlessRefused(request), () => {
      wasRepeated = true;
    });
    if (etag !== undefined) return;
    // An attempt without a response may have been carried out: then the condition fails because of this very file.
    const found = wasRepeated ? await this.get(path, { signal }) : undefined;
    if (found && Buffer.compare(found, body) === 0) return;
    const reason = ifNoneMatch ? 'exists already' : 'was changed by another writer';
    throw new ConflictError(`${path} of ${this.location} ${reason}`, { file: path });
  }

  async *list(prefix: string, { signal }: ListOptions = {}): AsyncGenerator<StoredFile> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (folder !== '') checkPath(folder.slice(0, -1));
    let next: string | undefined;
    do {
      const input = { Bucket: this.#bucket, Prefix: this.#prefix + prefix, ContinuationToken: next };
      const page = await this.#try('cannot list', '', signal, (sdk, client, options) =>
        client.send(new sdk.ListObjectsV2Command(input), options),
      );
      for (const { Key = '', Size = 0, ETag = '', LastModified } of page.Contents ?? []) {
        const path = Key.slice(this.#prefix.length);
        // Names that begin with a dot belong to the driver, and a path that ends in a slash stands for a folder.
        if (/(^|\/)(\.|$)/.test(path)) continue;
        yield { path, size: Size, etag: unquoted(ETag), modified: LastModified?.getTime() ?? 0 };
      }
      next = page.NextContinuationToken;
    } while (next !== undefined);
  }

  async delete(path: string, { signal }: DeleteOptions = {}): Promise<void> {
    checkPath(path);
    signal?.throwIfAborted();
    await this.#delete(path, signal);
  }

  async #delete(path: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#try('cannot delete', path, signal, (sdk, client, options) =>
      client.send(new sdk.DeleteObjectCommand(this.#key(path)), options),
    );
  }

  #key(path: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + path };
  }

  #putRequest(
    path: string,
    body: Uint8Array,
    { headers = {} }: PutOptions,
    condition: Condition = {},
  ): S3Request<string> {
    const input = {
      ContentType: headers['Content-Type'],
      CacheControl: headers['Cache-Control'],
      ...condition,
    };
    return async (sdk, client, options) => {
      const command = new sdk.PutObjectCommand({ ...this.#key(path), Body: body, ...input });
      const { ETag = '' } = await client.send(command, options);
      return unquoted(ETag);
    };
  }

  /** Copies a file onto itself, if it has the given content. True if that was done, and the content is the same still. */
  async #renew(
    path: string,
    body: Uint8Array,
    { headers = {}, renew, signal }: PutOptions,
  ): Promise<boolean> {
    if (hash('md5', body, 'hex') !== renew) return false;
    const { Bucket, Key } = this.#key(path);
    const etag = await this.#try(
      'cannot write',
      path,
      signal,
      unlessRefused(async (sdk, client, options) => {
        const command = new sdk.CopyObjectCommand({
          ...{
            Bucket,
            Key,
            CopySource: [Bucket, ...Key.split('/')].map(encodeURIComponent).join('/'),
            MetadataDirective: 'REPLACE',
          },
          ...{ ContentType: headers['Content-Type'], CacheControl: headers['Cache-Control'] },
        });
        return (await client.send(command, options)).CopyObjectResult?.ETag ?? '';
      }),
    );
    return etag !== undefined && unquoted(etag) === renew;
  }

  /** Sends a request. @throws StoreError that names the failed action and the file; the signal's reason; UsageError */
  async #try<T>(
    action: string,
    path: string,
    signal: AbortSignal | undefined,
    request: S3Request<T>,
    onRepeat?: () => void,
  ): Promise<T> {
    try {
      return await this.#connection.send(request, signal, onRepeat);
    } catch (error) {
      if (isOwn(error, signal)) throw error;
      const reason = this.#reasonOf(error);
      const file = path === '' ? this.location : `${this.location}/${path}`;
      throw new StoreError(`${action} ${file}: ${reason}`, {
        ...{ file, reason, status: failureOf(error).status, cause: error },
      });
    }
  }

  /** The form of ETags, found out once. @throws StoreError if the server ignores conditions */
  #etagForm(signal: AbortSignal | undefined): Promise<EtagForm> {
    this.#form ??= this.#findEtagForm(signal).catch(error => {
      this.#form = undefined;
      throw error;
    });
    return this.#form;
  }

  async #findEtagForm(signal: AbortSignal | undefined): Promise<EtagForm> {
    const body = new TextEncoder().encode('test of conditional writes');
    const put = (condition: Condition) =>
      this.#try(
        'cannot write',
        TEST_FILE,
        signal,
        unlessRefused(this.#putRequest(TEST_FILE, body, {}, condition)),
      );
    const form = await withCleanUp(
      () => findEtagForm(put),
      () => this.#delete(TEST_FILE, signal),
    );
    if (form) return form;
    throw new StoreError(
      `the server of ${this.location} does not support conditional writes (If-Match, If-None-Match): two publishers could overwrite each other; use another server`,
      { file: this.location, reason: 'no conditional writes' },
    );
  }

  #reasonOf(error: unknown): string {
    const { name, message, status } = failureOf(error);
    if (name === 'NoSuchBucket') return `the bucket "${this.#bucket}" does not exist: create it first`;
    if (name === 'CredentialsProviderError') {
      // Other messages say why those that are configured cannot be used, such as an SSO session that has expired.
      if (!message.includes('any providers')) return `the credentials cannot be used: ${message}`;
      return 'no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE';
    }
    if (status === 403)
      return `access is denied (${name}): check the credentials and the policy of the bucket`;
    if (status === 301) return 'the bucket is in another region: set AWS_REGION';
    return status === undefined ? message : `${message} (status ${status})`;
  }
}

/** True for an error that is not one of the server: an abort, or a missing package. */
function isOwn(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true || error instanceof UsageError;
}

/** The request, with undefined as its result if its condition does not hold. */
function unlessRefused<T>(request: S3Request<T>): S3Request<T | undefined> {
  return async (...args) => {
    try {
      return await request(...args);
    } catch (error) {
      const { name, status } = failureOf(error);
      // Amazon reports status 404 if the file of an If-Match does not exist; 501 means that conditions are unknown.
      if (status === 412 || status === 501 || (status === 404 && name !== 'NoSuchBucket')) return undefined;
      throw error;
    }
  };
}

/** The body, or its first bytes. */
async function readBody(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    parts.push(part);
    length += part.length;
    if (length > maxBytes) break;
  }
  const bytes = Buffer.concat(parts, Math.min(length, maxBytes));
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

async function collect(
  parts: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const copies: Uint8Array[] = [];
  for await (const part of parts) {
    signal?.throwIfAborted();
    // The writer may reuse its buffer.
    copies.push(Uint8Array.from(part));
  }
  signal?.throwIfAborted();
  return Buffer.concat(copies);
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}
