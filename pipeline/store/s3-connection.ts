/** Sends requests to an S3-compatible server: loads the SDK with the first one, and repeats failures that may pass. */
import { setTimeout as delay } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { retryDelay } from '#client/fetch/http-source.ts';
import { UsageError } from '#pipeline/errors.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** One request, sent through the SDK with `options`, which contain the signal. */
export type S3Request<T> = (
  sdk: Sdk,
  client: S3Client,
  options: { readonly abortSignal?: AbortSignal },
) => Promise<T>;

/** The fields of the SDK's errors that are used here. */
export interface S3Failure {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}

const PACKAGE = '@aws-sdk/client-s3';
const RETRIES = 5;
/** Milliseconds for a connection. */
const CONNECT_MS = 10_000;

export class S3Connection {
  readonly #endpoint: string | undefined;
  readonly #timeout: number;
  #loaded: Promise<{ sdk: Sdk; client: S3Client }> | undefined;

  /**
   * @param endpoint URL of the server; by default that of the SDK's configuration, else Amazon S3
   * @param timeout milliseconds without a byte of a response
   */
  constructor(endpoint: string | undefined, timeout: number) {
    this.#endpoint = endpoint;
    this.#timeout = timeout;
  }

  /**
   * Sends a request until it succeeds, with exponential backoff and full jitter, at most six times. Only lost
   * connections, time-outs and the statuses 408, 429 and 5xx are repeated: an attempt that failed in this way may have
   * been carried out.
   * @param onRepeat called before a request is sent again
   * @throws the error of the SDK for the last attempt; UsageError if the SDK is not installed
   */
  async send<T>(
    request: S3Request<T>,
    signal: AbortSignal | undefined,
    onRepeat: () => void = () => {},
  ): Promise<T> {
    signal?.throwIfAborted();
    this.#loaded ??= load(this.#endpoint, this.#timeout);
    const { sdk, client } = await this.#loaded;
    for (let failed = 0; ; failed++) {
      signal?.throwIfAborted();
      try {
        return await request(sdk, client, signal ? { abortSignal: signal } : {});
      } catch (error) {
        signal?.throwIfAborted();
        if (failed === RETRIES || !mayPass(error)) throw error;
        await delay(retryDelay(failed, retryAfterOf(error)), undefined, { signal }).catch(() => {});
        onRepeat();
      }
    }
  }
}

/** Name, message and status of an error of the SDK. */
export function failureOf(error: unknown): S3Failure {
  const { name = 'Error', message = String(error), $metadata } = error as S3Failure & Metadata;
  const status = $metadata?.httpStatusCode;
  // Where a response has no text, the SDK names the error after itself.
  return { name, message: message === 'UnknownError' ? name : message, status };
}

interface Metadata {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** The SDK's own repetition is off: it cannot report that an attempt may have been carried out. */
async function load(endpoint: string | undefined, timeout: number): Promise<{ sdk: Sdk; client: S3Client }> {
  const sdk = await loadSdk();
  const address = endpoint ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  const options = {
    maxAttempts: 1,
    followRegionRedirects: true,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      // The first counts until a response begins, the second in its body as well.
      requestTimeout: timeout,
      socketTimeout: timeout,
      throwOnRequestTimeout: true,
    },
    // Other servers than Amazon's refuse the checksums that the SDK adds by default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // A server of another name has no subdomain for each bucket.
    ...(address ? { endpoint: address, forcePathStyle: true } : {}),
  } as const;
  const client = new sdk.S3Client(options);
  try {
    await client.config.region();
    return { sdk, client };
  } catch {
    // The SDK does not read the variable of the AWS command line, and other servers have only one region.
    client.destroy();
    const region = process.env['AWS_DEFAULT_REGION'] || 'us-east-1';
    return { sdk, client: new sdk.S3Client({ ...options, region }) };
  }
}

async function loadSdk(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new UsageError(
      `s3:// needs the package ${PACKAGE}, which is not installed: npm install ${PACKAGE}`,
      {
        reason: (cause as Error).message,
        cause,
      },
    );
  }
}

/** Amazon reports 409 if two conditional writes meet. */
const TEMPORARY_STATUS = [408, 409, 429];
const TEMPORARY_NAMES = ['TimeoutError', 'RequestTimeout', 'SlowDown', 'NetworkingError'];
const TEMPORARY_CODES = [
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
];

function mayPass(error: unknown): boolean {
  const { name, status } = failureOf(error);
  const { code = '' } = error as { code?: string };
  if (TEMPORARY_NAMES.includes(name) || TEMPORARY_CODES.includes(code)) return true;
  return status !== undefined && (TEMPORARY_STATUS.includes(status) || (status >= 500 && status !== 501));
}

function retryAfterOf(error: unknown): string | null {
  return (error as Metadata).$response?.headers?.['retry-after'] ?? null;
}
