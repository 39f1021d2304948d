/** Prints the peak of memory of a process in bytes as it ends, from each of its threads. Load it with `node --import`. */
import { peakMemory } from '#pipeline/run/peak-memory.ts';

process.on('exit', () => console.error(peakMemory()));
