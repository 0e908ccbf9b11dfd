import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { createMachineToken, type MachineToken } from '../../src/people/tokens/machine-token.ts';
import type { Store } from '../../src/store/store.ts';
import { createTestClock } from '../helpers/clock.ts';
import { openLibrary } from '../library/setup.ts';

const OWNERS = [1001, 1002];
const SECRET = 'hf_TheMachinesTokenThatNobodyMaySee00';

const open = (): Store => {
  const store = openLibrary(createTestClock());
  for (const userId of [...OWNERS, 1003])
    store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
  for (const userId of OWNERS) store.users.setRole(userId, 'owner');
  return store;
};

const tokenOn = (store: Store, token: string | undefined = SECRET): MachineToken =>
  createMachineToken({ store, token, log: silentLog });

const told = (store: Store): number[] =>
  store.outbox
    .dueNotices('9999-12-31T00:00:00.000Z', 100)
    .filter(({ kind }) => kind === 'hub_token_refused')
    .map(({ chatId }) => chatId);

describe('the machine’s token', () => {
  it('that the Hub does not accept any more is told to owners once, over restarts too', () => {
    const store = open();
    tokenOn(store).heard(true);
    tokenOn(store).heard(true);
    expect(told(store)).toEqual(OWNERS);
  });

  it('is another cause when it is another one, or when it was accepted in between', () => {
    const store = open();
    tokenOn(store).heard(true);
    tokenOn(store, 'hf_another').heard(true);
    tokenOn(store, 'hf_another').heard(false);
    tokenOn(store, 'hf_another').heard(true);
    expect(told(store)).toHaveLength(3 * OWNERS.length);
  });

  it('that is as before is told of to nobody', () => {
    const store = open();
    tokenOn(store).heard(false);
    expect(told(store)).toEqual([]);
  });

  it.each([
    ['a new one', 'hf_another', true],
    ['the one that was refused', SECRET, false],
    ['none', undefined, false],
  ])('at a start with %s', (_, token, looks) => {
    const store = open();
    tokenOn(store).heard(true);
    const asked = { chatId: 1, userId: 1001, threadId: null, messageId: 4, ref: 'org/m', options: {} };
    const { request } = store.addRequests.createAddRequest(asked);
    const choices = { kind: 'failure', code: 'unauthorized', suggestions: [] } as const;
    const later = '2030-01-01T00:00:00.000Z';
    store.addRequests.moveAddRequest(request.id, 'looking_up', 'failed', { choices, notBefore: later });
    createMachineToken({ store, token, log: silentLog }).start();
    expect(store.addRequests.getAddRequest(request.id)?.notBefore !== later).toBe(looks);
  });
});
