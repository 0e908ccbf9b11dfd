import { Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';

// A thread of a process that the bot has started (own-process.ts). The other end of its standard input is the bot's, and closes with it.
// This is JavaScript: nothing has to be made of it, which takes a fifth of the processor's time of a small check.

const end = () => process.kill(process.pid, 'SIGKILL');

new Socket({ fd: 0, readable: true, writable: false })
  .on('error', () => undefined)
  .on('close', end)
  .resume();

const LOOK_MS = 100;

// So much of a processor's time this process may take from now on, in milliseconds: a machine that has much else to do only makes it wait.
parentPort?.on('message', (mostMs) => {
  const before = process.cpuUsage();
  setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 > mostMs) end();
  }, LOOK_MS);
});
