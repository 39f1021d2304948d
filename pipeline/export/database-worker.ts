/** Worker thread that writes one database. A step of SQLite blocks its thread and may take minutes. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorMessage } from '#pipeline/run/messages.ts';
import type { DatabaseThreadData, FromDatabase, ToDatabase } from './database-messages.ts';
import { DatabaseRows } from './database-rows.ts';

const send = (message: FromDatabase) => parentPort!.postMessage(message);

let rows: DatabaseRows | undefined;

parentPort!.on('message', (systems: ToDatabase) => {
  try {
    // Opened here, so that a failure is the answer to a message.
    rows ??= new DatabaseRows((workerData as DatabaseThreadData).file);
    for (const system of systems) rows.addSystem(system);
    send(systems.length > 0 ? { kind: 'added' } : { kind: 'done', losses: rows.finish() });
  } catch (error) {
    send({ kind: 'failed', error: errorMessage(error) });
  }
});
