import { Socket } from 'node:net';

/* A thread of a process that the bot has started (own-process.ts). The other end of its standard input is the bot's, and closes with it. */

new Socket({ fd: 0, readable: true, writable: false })
  .on('error', () => undefined)
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
  .resume();
