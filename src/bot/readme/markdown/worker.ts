import { parentPort, workerData } from 'node:worker_threads';
import { NO_FACTS, readCard } from '../front-matter.ts';
import { layOut } from './lay-out.ts';
import type { LaidOut, ToRead } from './laid-out.ts';
import { asPlain, pagesOf } from './pages.ts';

const { text, bases, asWritten = false } = workerData as ToRead;
const { facts, body } = asWritten ? { facts: NO_FACTS, body: text } : readCard(text);
const laid = bases && !asWritten ? layOut(body, bases) : asPlain(body);
parentPort?.postMessage({ facts, ...pagesOf(laid) } satisfies LaidOut);
