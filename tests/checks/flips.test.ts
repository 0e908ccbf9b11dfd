import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const CHILD = fileURLToPath(new URL('./flips-child.ts', import.meta.url));

describe('files with any bytes in their headers', () => {
  it('are judged, and take no more than 200 MB: 200 of each form', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [CHILD]);
    const { told, memoryMb } = JSON.parse(stdout) as { told: Readonly<Record<string, number>>; memoryMb: number };
    expect(memoryMb).toBeLessThan(200);
    // What is changed in a name, or in numbers between headers, is as good as what was there.
    expect(Object.entries(told).filter(([, count]) => count < 20)).toEqual([]);
    expect(Object.keys(told)).toHaveLength(7);
  });
});
