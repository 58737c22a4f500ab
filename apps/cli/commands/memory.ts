import type { Verb } from '../verb.js';
import { memoryDelete } from './memory-delete.js';
import { memoryGet } from './memory-get.js';
import { memoryList } from './memory-list.js';
import { memoryPut } from './memory-put.js';

export const memory: Verb = (program, verbs) => {
  const group = program
    .command('memory')
    .description('what your session remembers: its own, and nobody else’s');
  memoryGet(group, verbs);
  memoryPut(group, verbs);
  memoryDelete(group, verbs);
  memoryList(group, verbs);
};
