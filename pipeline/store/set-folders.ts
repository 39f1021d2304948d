import { FILE_KINDS } from '#format/file-ref.ts';

/** Folders of a set: its files by kind, kept generations, and the history. */
export const SET_FOLDERS: readonly string[] = [...FILE_KINDS, 'generations', 'history'];
