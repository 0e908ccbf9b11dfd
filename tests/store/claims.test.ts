import { expect, it } from 'vitest';
import { standing } from '../../src/store/downloads/order/standing.ts';
import { createDice } from '../helpers/dice.ts';
import { plansOf, statementsOf } from './plans.ts';
import { type Bench, fileOf, GROUP, hash, openBench } from './setup.ts';

/** What the order says, read of all that waits: slow, and in one piece. */
const BY_ALL = `${standing('AND gates.host_id IN (SELECT value FROM json_each(:on))')}
  SELECT id FROM standing WHERE is_ready AND has_place
  ORDER BY urgency, has_begun DESC, chat_downloads, chat_served_at, by_size, queued_at, id LIMIT 1`;

const OTHER_HOSTS = [2, 3];
const CHATS = [1, 2, 3, 4, 5, 6];

/** A queue as it may be: chats that want the smallest first, schedules that are open or not, what has begun, what waits, what runs. */
const scatter = ({ raw, clock }: Bench, dice: (limit: number) => number): void => {
  const one = <T>(of: readonly T[]): T => of[dice(of.length)] as T;
  raw.exec('DELETE FROM models; DELETE FROM chat_turns; DELETE FROM schedule_runs; DELETE FROM chat_sessions');
  for (const chatId of CHATS) {
    raw
      .prepare("INSERT INTO chat_sessions (chat_id, kind, start_order) VALUES (?, 'private', ?)")
      .run(chatId, one(['added', 'added', 'smallest']));
    if (dice(2) === 0)
      raw.prepare('INSERT INTO chat_turns VALUES (?, ?)').run(chatId, clock.iso(-1000 * (1 + dice(3))));
    if (dice(2) === 0)
      raw
        .prepare(
          `INSERT INTO schedule_runs (chat_id, schedule_name, opened_at, started_at, closes_at, max_concurrent_downloads, baseline)
           VALUES (?, 'night', ?, ?, ?, 1, '{}')`,
        )
        .run(chatId, clock.iso(-5000), clock.iso(-5000), clock.iso(one([-1, 5000])));
  }
  const put =
    raw.prepare(`INSERT INTO models (chat_id, name, selection, host_id, status, priority, enabled, size_bytes, queued_at, scheduled,
      on_demand, run_now, status_reason, not_before)
    VALUES (:chatId, :name, '{}', :hostId, :status, :priority, :enabled, :size, :queued, :scheduled, :onDemand, :runNow, :reason, :wait)`);
  for (let at = 0; at < 24; at += 1) {
    const status = one(['pending', 'pending', 'pending', 'downloading', 'paused']);
    put.run({
      chatId: one(CHATS),
      name: `org/model-${at}`,
      hostId: one([1, 1, ...OTHER_HOSTS]),
      status,
      priority: one(['high', 'medium', 'medium', 'low']),
      enabled: dice(6) === 0 ? 0 : 1,
      size: one([null, 1, 2, 3]),
      queued: clock.iso(-1000 * dice(4)),
      scheduled: dice(3) === 0 ? 1 : 0,
      onDemand: dice(5) === 0 ? 1 : 0,
      runNow: dice(4) === 0 ? 1 : 0,
      reason: status === 'pending' ? one([null, null, 'interrupted', 'backoff', 'schedule']) : null,
      wait: status === 'pending' ? one([null, null, clock.iso(-1), clock.iso(1)]) : null,
    });
  }
};

it('what starts next is what the order of all that waits says, however it is found', () => {
  const bench = openBench();
  const { raw, store, clock } = bench;
  const dice = createDice(20_261_129);
  for (const id of OTHER_HOSTS) raw.prepare('INSERT INTO hosts (id, name) VALUES (?, ?)').run(id, `host-${id}`);
  const started = new Set<boolean>();
  for (let round = 0; round < 100; round += 1) {
    raw.transaction(() => scatter(bench, dice))();
    const ids = raw.prepare('SELECT id FROM models').pluck().all() as number[];
    const held = ids.filter(() => dice(8) === 0);
    const hosts = [1, ...OTHER_HOSTS.filter(() => dice(2) === 0)];
    const on = hosts.filter(() => dice(4) > 0);
    store.models.holdBack({ bytes: held, running: [] });
    store.models.setHosts(hosts);
    const asked = { at: clock.iso(), held: JSON.stringify(held), hosts: JSON.stringify(hosts), on: JSON.stringify(on) };
    const expected = raw.prepare(BY_ALL).pluck().get(asked);
    expect(store.models.mayClaim(clock.iso(), on)).toBe(expected !== undefined);
    expect(store.models.claimNext(clock.iso(), on)?.id).toBe(expected);
    started.add(expected === undefined);
  }
  expect(started).toEqual(new Set([true, false]));
});

const OPEN = 'SEARCH nexts USING INDEX idx_models_turns (<expr>=? AND <expr>=? AND <expr>=? AND host_id=?)';
const IN_CHAT =
  'SEARCH nexts USING INDEX idx_models_turns (<expr>=? AND <expr>=? AND <expr>=? AND host_id=? AND chat_id=?)';
const RUNNING = 'SEARCH models USING INDEX idx_models_host_status (host_id=? AND status=?)';

it.each([
  [
    'claimed',
    (store: Bench['store']) => store.models.claimNext('2126-11-21T12:00:00.000Z'),
    [
      'SEARCH nexts USING INDEX idx_models_turns (<expr>=? AND <expr>=? AND <expr>=? AND host_id=? AND chat_id>?)',
      'SEARCH nexts USING INDEX idx_models_turns_by_size (<expr>=? AND <expr>=? AND <expr>=? AND host_id=? AND chat_id=?)',
    ],
  ],
  ['known to be there', (store: Bench['store']) => store.models.mayClaim('2126-11-21T12:00:00.000Z'), []],
])(
  'what starts next is %s without reading what waits: on each host with a place from chat to chat, the first of each',
  (_, work, further) => {
    const bench = openBench();
    bench.add('gpt2');
    const plans = plansOf(bench, (store) => expect(work(store)).toBeTruthy());
    const ofModels = plans.filter(
      (step) => /^(?:SEARCH|SCAN) (?:models|nexts)\b/.test(step) && !step.includes('rowid=?'),
    );
    expect(new Set(ofModels)).toEqual(new Set([RUNNING, OPEN, IN_CHAT, ...further]));
  },
);

it('nothing is claimed, nor sought with the lock of the writer, while nothing may start or join', () => {
  const bench = openBench();
  const { id, wantsCopyId } = bench.add('gpt2', { files: [fileOf('a')], commitSha: hash('c', 40) });
  const updates = (work: (store: Bench['store']) => unknown): number =>
    statementsOf(bench, work).filter((text) => /^\s*(?:WITH[^]*)?UPDATE models/.test(text)).length;
  const claim = (store: Bench['store']): unknown => store.models.claimNext(bench.clock.iso(), [1]);
  const join = (store: Bench['store']): unknown => store.models.claimShared([wantsCopyId ?? 0], bench.clock.iso());
  expect(updates(claim)).toBe(1);
  expect(bench.model(id).status).toBe('downloading');
  expect([updates(claim), updates(join)]).toEqual([0, 0]);
  bench.add('gpt2', { chatId: GROUP, files: [fileOf('a')], commitSha: hash('c', 40) });
  expect(updates(join)).toBe(1);
});
