import { describe, expect, it } from 'vitest';
import { type Host, HOST_NAME_MOST, parseHostName } from '../../src/domain/hosts/host.ts';
import { type Bench, CHAT, codeOf, failure, fileOf, GROUP, hash, openBench } from './setup.ts';

const HOUR_MS = 3_600_000;
const COMMIT = hash('c', 40);
const NEWS = { version: '0.2.0', freeBytes: 5, totalBytes: 10 };

const invite = ({ store, clock }: Bench, name = 'nas', codeHash = hash('1')): Host =>
  store.hosts.inviteHost({ name, createdBy: 7, codeHash, codeEndsAt: clock.iso(HOUR_MS) });

describe('a host', () => {
  it('is this machine alone until another is invited', () => {
    const { store } = openBench();
    expect(store.hosts.listHosts()).toMatchObject([{ id: 1, name: 'this machine', state: 'joined', seenAt: null }]);
    expect(store.hosts.letHostGo(1)).toBe(false);
  });

  it('joins once, with the code that was made for it, while that counts', () => {
    const bench = openBench();
    const { store, clock } = bench;
    expect(invite(bench)).toMatchObject({
      name: 'nas',
      state: 'invited',
      createdBy: 7,
      codeEndsAt: clock.iso(HOUR_MS),
    });
    expect(store.hosts.joinHost(hash('2'))).toBeUndefined();
    clock.move(HOUR_MS - 1);
    const joined = store.hosts.joinHost(hash('1'));
    expect(joined).toMatchObject({ name: 'nas', state: 'joined', joinedAt: clock.iso(), codeEndsAt: null });
    expect(store.hosts.joinHost(hash('1'))).toBeUndefined();
    invite(bench, 'gpu', hash('3'));
    clock.move(HOUR_MS);
    expect(store.hosts.joinHost(hash('3'))).toBeUndefined();
    expect(store.hosts.listHosts().map(({ name }) => name)).toEqual(['this machine', 'nas', 'gpu']);
  });

  it('is invited anew with another code until it has joined, and is the same again once it was let go', () => {
    const bench = openBench();
    const { store } = bench;
    const { id } = invite(bench);
    expect(invite(bench, 'NAS ', hash('2'))).toMatchObject({ id, name: 'nas' });
    expect(store.hosts.joinHost(hash('1'))).toBeUndefined();
    store.hosts.joinHost(hash('2'));
    expect(failure(() => invite(bench, 'nas', hash('4')))).toMatchObject({
      code: 'integrity',
      message: 'nas has joined already. Choose another name, or let it go first.',
    });
    expect([store.hosts.letHostGo(id), store.hosts.letHostGo(id)]).toEqual([true, false]);
    expect(store.hosts.listHosts()).toHaveLength(1);
    expect(store.hosts.noteSeen(id, NEWS)).toBe(false);
    expect(invite(bench, 'nas', hash('5'))).toMatchObject({ id, state: 'invited' });
  });

  it('has its password when it was let go until Redis was told, and not once it is invited again', () => {
    const bench = openBench();
    const { store } = bench;
    const { id } = invite(bench);
    store.hosts.joinHost(hash('1'));
    store.hosts.setPasswordHash(id, hash('9'));
    expect(store.hosts.goneWithPassword()).toEqual([]);
    store.hosts.letHostGo(id);
    expect([store.hosts.goneWithPassword(), store.hosts.passwordHashOf(id)]).toEqual([['nas'], hash('9')]);
    invite(bench);
    expect([store.hosts.goneWithPassword(), store.hosts.passwordHashOf(id)]).toEqual([[], null]);
    store.hosts.setPasswordHash(id, hash('8'));
    store.hosts.letHostGo(id);
    store.hosts.setPasswordHash(id, null);
    expect(store.hosts.goneWithPassword()).toEqual([]);
  });

  it('is read anew only when one has changed, and what was undone is forgotten', () => {
    const bench = openBench();
    const { store } = bench;
    const { id } = invite(bench);
    const namesIn = (): string[] => store.hosts.listHosts().map(({ name }) => name);
    expect(namesIn()).toEqual(['this machine', 'nas']);
    expect(store.hosts.listHosts()).toBe(store.hosts.listHosts());
    const undone = (): never =>
      store.atomically(() => {
        store.hosts.letHostGo(id);
        expect(namesIn()).toEqual(['this machine']);
        throw new Error('no');
      });
    expect(undone).toThrow('no');
    expect(namesIn()).toEqual(['this machine', 'nas']);
    store.hosts.joinHost(hash('1'));
    expect(store.hosts.listHosts().at(-1)).toMatchObject({ state: 'joined', version: null });
    store.hosts.noteSeen(id, NEWS);
    expect(store.hosts.listHosts().at(-1)).toMatchObject(NEWS);
    store.hosts.letHostGo(id);
    expect(namesIn()).toEqual(['this machine']);
  });

  it('says when it was last heard of, and what it has', () => {
    const bench = openBench();
    const { store, clock } = bench;
    const { id } = invite(bench);
    expect(store.hosts.noteSeen(id, NEWS)).toBe(false);
    store.hosts.joinHost(hash('1'));
    clock.move(5000);
    const memory = { totalBytes: 64, freeBytes: 32, gpus: [] };
    expect(store.hosts.noteSeen(id, { ...NEWS, memory })).toBe(true);
    expect(store.hosts.getHost(id)).toMatchObject({ ...NEWS, memory, seenAt: clock.iso() });
  });

  it('has a name of its own kind, and says which that is', () => {
    const longest = 'n'.repeat(HOST_NAME_MOST);
    expect([' GPU-1', '9', longest].map(parseHostName)).toEqual(['gpu-1', '9', longest]);
    for (const name of ['', '-nas', 'the nas', 'näs', `${longest}n`, 'a:b'])
      expect(failure(() => parseHostName(name))).toMatchObject({ code: 'validation' });
    const bench = openBench();
    expect(failure(() => invite(bench, 'the nas')).message).toContain('nas would be one');
    const insert = bench.raw.prepare('INSERT INTO hosts (name) VALUES (?)');
    for (const name of ['-nas', 'the nas', `${longest}n`]) expect(() => insert.run(name)).toThrow('name_is_short');
  });
});

describe('a model on another host', () => {
  const wants = ({ add }: Bench, hostId: number, chatId = CHAT) =>
    add('gpt2', { chatId, files: [fileOf('a')], commitSha: COMMIT, sizeBytes: 100, hostId });

  it('is another entry of the library, and wants another copy than the one here', () => {
    const bench = openBench();
    const { store } = bench;
    const { id: nas } = invite(bench);
    const [here, there, also] = [wants(bench, 1), wants(bench, nas), wants(bench, nas, GROUP)];
    expect(there.wantsCopyId).not.toBe(here.wantsCopyId);
    expect(also.wantsCopyId).toBe(there.wantsCopyId);
    expect([here, there].map(({ wantsCopyId }) => store.copies.getCopy(wantsCopyId ?? 0)?.hostId)).toEqual([1, nas]);
    expect(codeOf(() => wants(bench, nas))).toBe('integrity');
    expect([store.hosts.countOnHost(nas), store.hosts.bytesOnHost(nas)]).toEqual([2, 0]);
    store.copies.setComplete(there.wantsCopyId ?? 0, '/cache/s');
    expect([store.hosts.countOnHost(nas), store.hosts.bytesOnHost(nas)]).toEqual([2, 100]);
    expect([store.hosts.countOnHost(1), store.hosts.bytesOnHost(1)]).toEqual([1, 0]);
  });

  it('is in the way of nothing that was removed on this one', () => {
    const bench = openBench();
    const { store } = bench;
    const { id: nas } = invite(bench);
    const { id } = wants(bench, 1);
    store.removedModels.removeAndKeep(id, { taking: 'ours', freedBytes: 0 });
    wants(bench, nas);
    expect(store.removedModels.bringBack(id)).toBe('undone');
    expect(bench.model(id)).toMatchObject({ hostId: 1, name: 'gpt2' });
  });

  it('moves with its group, beside the one here', () => {
    const bench = openBench();
    const { store } = bench;
    const { id: nas } = invite(bench);
    const NOW_GROUP = -1004001;
    const [before, now] = [wants(bench, 1, GROUP), wants(bench, nas, NOW_GROUP)];
    store.chats.migrateChat(GROUP, NOW_GROUP);
    expect(store.models.listModels(NOW_GROUP).map(({ id }) => id)).toEqual([now.id, before.id]);
  });
});
