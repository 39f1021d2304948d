/** A worker thread: runs the tasks that it receives, one after another. `Workers` starts it and passes its stores. */
import { parentPort, workerData } from 'node:worker_threads';
import { folderStore } from '#pipeline/store/folder-store.ts';
import { errorMessage, type FromWorker, type ToWorker, type WorkerData } from './messages.ts';
import { executeOver } from './perform.ts';

const { run, set } = workerData as WorkerData;
const execute = executeOver(folderStore(run), folderStore(set));
const send = (message: FromWorker) => parentPort!.postMessage(message);

parentPort!.on('message', async ({ task }: ToWorker) => {
  try {
    const result = await execute(task, { onProgress: work => send({ kind: 'progress', ...work }) });
    send({ kind: 'done', result });
  } catch (error) {
    send({ kind: 'failed', error: errorMessage(error) });
  }
});
