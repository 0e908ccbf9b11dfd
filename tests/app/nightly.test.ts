import { expect, it, onTestFinished } from 'vitest';
import { keepHouse } from '../../src/app/nightly.ts';
import { silentLog as log } from '../../src/lib/log.ts';
import { createBackups } from '../../src/library/keeping/backups.ts';
import { createRetention } from '../../src/library/keeping/retention.ts';
import { createSettings } from '../../src/settings/settings.ts';
import { joinHost } from '../helpers/hosts.ts';
import { CHAT, openBench } from '../store/setup.ts';

const HOUR = 3_600_000;

it('a night makes a backup, takes out what is over, and has others do what they do by night, in order', async () => {
  const { store, clock, raw } = openBench();
  const settings = createSettings(store, { given: {}, log });
  settings.setSystem('verify_monthly', 'true');
  const backups = createBackups({ store, kept: () => 7, isSent: () => false, clock, log });
  const ages = { historyDays: 365, historyPerModel: 100, tracesDays: 30, activityDays: 90 };
  const retention = createRetention({ store, ages: () => ages, clock, log });
  store.updates.markHandled([1]);
  store.updates.noteRefused(1, 5);
  raw.exec("INSERT INTO outbox (chat_id, kind, created_at, sent_at) VALUES (1, 'access_denied', '2020', '2020')");
  raw.exec("INSERT INTO traffic (period, chat_id, bytes) VALUES ('2020-01-01T00:00:00.000Z', 0, 1)");
  raw.exec("INSERT INTO disk_levels (period, free_bytes) VALUES ('2020-01-01T00:00:00.000Z', 1)");
  store.watching.addTraffic(1);
  store.watching.noteDiskLevel(1);
  const nas = joinHost(store);
  store.models.createModel({ chatId: CHAT, name: 'org/left', hostId: nas });
  store.hosts.letHostGo(nas);
  const others: string[] = [];
  const house = keepHouse(
    {
      store,
      backups,
      retention,
      queue: {
        lookAfter: () => Promise.resolve(void others.push('looked after')),
        cancel: () => false,
        remove: (id) => {
          others.push('removed');
          return store.models.removeModel(id);
        },
      },
      cleanup: { announce: () => Promise.resolve(void others.push('announced')) },
      verifying: { beginRound: () => others.push('round') > 0 },
      torrents: { forget: async () => others.push('forgotten') },
    },
    { config: { timeZone: 'UTC' }, settings, clock, log },
  );
  onTestFinished(house.close);
  const left = (table: string): unknown => raw.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  await house.look();
  expect([others, left('handled_updates'), left('refused_messages'), store.backups.nextBackup()]).toEqual([
    [],
    1,
    1,
    undefined,
  ]);
  clock.move(72 * HOUR);
  await house.look();
  expect(others).toEqual(['removed', 'looked after', 'announced', 'round', 'forgotten']);
  expect([left('handled_updates'), left('refused_messages'), left('outbox')]).toEqual([0, 0, 0]);
  expect([left('traffic'), left('disk_levels')]).toEqual([1, 1]);
  await backups.look();
  expect(store.backups.listBackupFiles()).toHaveLength(1);
  await house.look();
  expect(others).toHaveLength(5);
});
