import { describe, expect, it } from 'vitest';
import { renderAccessNeeded } from '../../src/bot/outbox/gates/access-needed.ts';
import { renderNotGiven } from '../../src/bot/outbox/gates/access-not-given.ts';
import type { AddRequest } from '../../src/store/downloads/add-requests.ts';
import { sampleModel, sampleRequest, sampleSession, shown } from './samples.ts';

const told = (request: AddRequest | undefined): string | undefined => {
  const store = { addRequests: { getAddRequest: () => request } } as unknown as Parameters<typeof renderNotGiven>[0];
  const notice = { kind: 'access_not_given', payload: { requestId: 3 } } as Parameters<typeof renderNotGiven>[1];
  const rendering = renderNotGiven(store, notice);
  return rendering && shown(rendering);
};

describe('the notice that a day has brought no access', () => {
  const gated = {
    ref: 'org/m',
    state: 'failed',
    looks: 17,
    errorMessage: 'The model org/m is gated. Accept its terms at https://hub.test/org/m and set HF_TOKEN.',
    choices: { kind: 'failure', code: 'gated', suggestions: [], page: 'https://hub.test/org/m' },
  } as const;

  it('says what was done, why it may not be read, and has the page and the tap that goes on', () => {
    expect(told(sampleRequest(gated))).toMatchInlineSnapshot(`
      "org/m · failed
      I have looked for a day, and may not read it yet. I do not look by myself any more.
      The model org/m is gated. Accept its terms at https://hub.test/org/m and set HF_TOKEN.
      [Open its page]
      [I accepted, try again (primary)]"
    `);
  });

  it('where its authors decide, has nothing that says “I accepted”', () => {
    const byHand = { ...gated, choices: { ...gated.choices, isByHand: true } };
    expect(told(sampleRequest(byHand))).toContain('[Try again (primary)]');
  });

  it('is not sent where somebody has tried it again, waits anew, or has left it', () => {
    expect(told(undefined)).toBeUndefined();
    expect(told(sampleRequest({ ...gated, state: 'looking_up' }))).toBeUndefined();
    expect(told(sampleRequest({ ...gated, state: 'cancelled' }))).toBeUndefined();
    expect(told(sampleRequest({ ...gated, notBefore: '2026-11-21T12:02:00.000Z' }))).toBeUndefined();
  });
});

describe('the notice that a download needs access', () => {
  const access = { code: 'gated', looks: 3, page: 'https://hub.test/gpt2' } as const;
  const needed = (status: 'pending' | 'paused', isWaiting = true): string | undefined => {
    const session = sampleSession({
      errorMessage: 'The model gpt2 is gated.',
      metadata: isWaiting ? { access } : null,
    });
    const store = {
      models: { getModel: () => sampleModel({ status }) },
      sessions: { getDownloadSession: () => session },
    } as unknown as Parameters<typeof renderAccessNeeded>[0];
    const notice = { kind: 'access_needed', modelId: 7, sessionId: 5 } as Parameters<typeof renderAccessNeeded>[1];
    const rendering = renderAccessNeeded(store, notice);
    return rendering && shown(rendering);
  };

  it('says why and what goes on by itself, with the page and the tap', () => {
    expect(needed('pending')).toMatchInlineSnapshot(`
      "gpt2 · waits for access
      The model gpt2 is gated.
      For a day I look by myself whether I may read it, and go on when I may.
      [Open its page]
      [I accepted, try again (primary)]"
    `);
  });

  it('is not sent once it waits for something else', () => {
    expect([needed('paused'), needed('pending', false)]).toEqual([undefined, undefined]);
  });
});
