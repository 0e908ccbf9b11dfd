import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { machineOf } from '../../src/app/hosting/machine.ts';
import { presenceSchema } from '../../src/hosts/wire/presence.ts';

let root: string;
let data: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hubgram-machine-'));
  data = join(root, 'data');
  mkdirSync(data);
});
afterEach(() => rmSync(root, { recursive: true }));

it('a data folder is the same machine at each start, and its copy is another one', () => {
  const first = machineOf(data);
  expect(presenceSchema.shape.machine.parse(first)).toBe(first);
  expect(machineOf(data)).toBe(first);
  const copy = join(root, 'copy');
  cpSync(data, copy, { recursive: true });
  expect(machineOf(copy)).not.toBe(first);
  expect(machineOf(data)).toBe(first);
});

it('a copy of the whole machine is another one', () => {
  const [one, other] = [join(root, 'one'), join(root, 'other')];
  writeFileSync(one, '0f4c5b0e-0000-4000-8000-000000000001\n');
  writeFileSync(other, '0f4c5b0e-0000-4000-8000-000000000002\n');
  expect(machineOf(data, other)).not.toBe(machineOf(data, one));
  // Where nothing tells starts of the machine apart, its name does.
  expect(machineOf(data, join(root, 'none'))).toBe(machineOf(data, join(root, 'none')));
});

it.runIf(existsSync('/dev/full'))(
  'on a full disk the first start says what cannot be written, and leaves nothing half-written',
  () => {
    // Every byte that is written there finds no room (null(4)).
    symlinkSync('/dev/full', join(data, 'host.id.part'));
    expect(() => machineOf(data)).toThrow(
      expect.objectContaining({
        code: 'no_space',
        message: `What tells this host from others cannot be written to ${join(data, 'host.id')}. The disk is full. Mend that, and start me again.`,
      }) as Error,
    );
    expect(readdirSync(data)).toEqual([]);
    expect(machineOf(data)).toBe(machineOf(data));
    expect(readdirSync(data)).toEqual(['host.id']);
  },
);
