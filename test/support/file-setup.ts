/** Set-up of each test file: the files of a worker share its process and modules, and no process outlives its file. */
import { afterAll } from 'vitest';
import { killGroups } from './run-command.ts';

afterAll(killGroups);
