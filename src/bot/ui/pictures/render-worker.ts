import { parentPort, workerData } from 'node:worker_threads';
import { Resvg } from '@resvg/resvg-js';

// No text stands in the pictures: looking for the fonts of a machine would take longer than drawing.
const png = new Resvg(String(workerData), { font: { loadSystemFonts: false } }).render().asPng();
parentPort?.postMessage(new Uint8Array(png));
