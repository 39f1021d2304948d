/** Buckets of a real S3-compatible server, for the tests of one file. */
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import type { S3StoreOptions } from '#pipeline/index.ts';
import { S3_CREDENTIALS, startS3 } from './servers.ts';
import { temporaryFolder } from './temporary.ts';

export interface Buckets {
  /** URL of the server; known once the tests run. */
  readonly endpoint: string;
  /** Options of stores in its buckets. */
  readonly access: S3StoreOptions;
  /** A new empty place in the bucket: its location, and the URL by which everyone may read it. */
  newSet(): { readonly location: string; readonly url: string };
}

const BUCKET = 'my-bucket';
const POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${BUCKET}/*` },
  ],
};

/** Registers the hooks that start and stop the server; its credentials are in the environment in the meantime. */
export function buckets(): Buckets {
  const folder = temporaryFolder();
  let endpoint = '';
  let sets = 0;
  let stop = () => {};
  const before = Object.keys(S3_CREDENTIALS).map(name => [name, process.env[name]] as const);
  beforeAll(async () => {
    const server = await startS3(folder.path);
    stop = server.stop;
    endpoint = server.url;
    Object.assign(process.env, S3_CREDENTIALS);
    const client = new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1' });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await client.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: JSON.stringify(POLICY) }));
    client.destroy();
  });
  afterAll(() => {
    stop();
    folder.remove();
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  return {
    get endpoint() {
      return endpoint;
    },
    get access() {
      return { endpoint };
    },
    newSet() {
      const path = `${BUCKET}/set-${sets++}`;
      return { location: `s3://${path}`, url: `${endpoint}${path}/` };
    },
  };
}
