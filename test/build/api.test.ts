import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { type PublicApi, readPublicApi } from '#build/api-model.ts';
import { referenceText, signatureText } from '#build/api-text.ts';

const CURE = 'run `npm run api`, and read what changed: users meet it';

const textOf = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the public interface', () => {
  let api: PublicApi;

  beforeAll(async () => {
    api = await readPublicApi();
  });

  test('has the signatures that were reviewed', async () => {
    expect(signatureText(api), CURE).toBe(await textOf('test/build/api.txt'));
  });

  test('is described by client/API.md, of at most 160 kB', async () => {
    const reference = referenceText(api);
    expect(reference, CURE).toBe(await textOf('client/API.md'));
    expect(Buffer.byteLength(reference)).toBeLessThanOrEqual(160_000);
  });

  test('exports every type that a caller can meet', () => {
    expect(api.unnamed).toEqual([]);
  });

  test('describes every function, class and type', () => {
    const bare = api.entries.flatMap(({ specifier, declarations }) =>
      declarations.filter(({ comment }) => comment === '').map(({ name }) => `${specifier}: ${name}`),
    );
    expect(bare).toEqual([]);
  });

  test('of Node has all that the client has, and replaces functions by ones of the same name', () => {
    const [client, node] = api.entries;
    const names = new Set(node!.declarations.map(({ name }) => name));
    expect(client!.declarations.map(({ name }) => name).filter(name => !names.has(name))).toEqual([]);
  });
});
