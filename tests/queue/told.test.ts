import { expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import type { Model } from '../../src/domain/model.ts';
import type { DownloadSession } from '../../src/domain/session.ts';
import { createMember } from '../../src/queue/run/member.ts';
import type { Settlement } from '../../src/queue/run/ending/settle.ts';
import { tellEndings } from '../../src/queue/run/ending/told.ts';

const IDS = { model: 7, name: 'gpt2', copy: 3, session: 'a-uuid' };

const told = (settlement: Settlement): unknown => {
  const lines: object[] = [];
  const log = {
    ...silentLog,
    info: (fields: object, said: string) => void lines.push({ ...fields, said, level: 'info' }),
    warn: (fields: object, said: string) => void lines.push({ ...fields, said, level: 'warn' }),
  };
  const member = createMember({ id: 7, name: 'gpt2', wantsCopyId: 3 } as Model);
  member.session = { uuid: 'a-uuid' } as DownloadSession;
  tellEndings(log, new Map([[member, settlement]]));
  return lines;
};

it('an end is told with its ids and its reason, and as a warning where a person may have to do something', () => {
  expect(told({ kind: 'completed', snapshotPath: '/x', sizeBytes: 5 })).toEqual([
    { ...IDS, bytes: 5, said: 'A download is complete', level: 'info' },
  ]);
  expect(told({ kind: 'backoff', delayMs: 1000, retryCount: 2, message: 'The Hub is busy.', code: undefined })).toEqual(
    [
      {
        ...IDS,
        retry: 2,
        waitMs: 1000,
        reason: 'The Hub is busy.',
        said: 'A download is tried again later',
        level: 'info',
      },
    ],
  );
  expect(told({ kind: 'no_space', message: 'The disk is full.' })).toEqual([
    { ...IDS, reason: 'The disk is full.', said: 'A download waits for room on the disk', level: 'warn' },
  ]);
  expect(told({ kind: 'failed', code: 'gone', message: 'It is gone.', stack: 'at x' })).toEqual([
    { ...IDS, code: 'gone', reason: 'It is gone.', said: 'A download has failed', level: 'warn' },
  ]);
});
