/** Worker thread that verifies one set. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorMessage } from '#pipeline/run/messages.ts';
import { verifySet } from '#pipeline/verify/index.ts';
import { sourceOf } from './set-location.ts';
import type { FromVerify, ToVerify, VerifyThreadData } from './verify-thread.ts';

const { location, endpoint, canonical, temp } = workerData as VerifyThreadData;
const controller = new AbortController();
const send = (message: FromVerify) => parentPort!.postMessage(message);

parentPort!.on('message', (_: ToVerify) => controller.abort());
try {
  const onProgress = (systems: number, total: number) => send({ kind: 'progress', systems, total });
  const options = { canonical, temp, onProgress };
  const report = await verifySet(sourceOf(location, { endpoint }), options, controller.signal);
  send({ kind: 'done', report });
} catch (error) {
  send({ kind: 'failed', error: errorMessage(error) });
}
