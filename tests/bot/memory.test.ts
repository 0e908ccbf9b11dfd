import { expect, it } from 'vitest';
import { createMemory } from '../../src/bot/board/memory.ts';
import type { Slot } from '../../src/bot/board/slots.ts';
import { AppError } from '../../src/domain/errors.ts';
import { silentLog } from '../../src/lib/log.ts';

const slotOf = (key: string, sent: Slot['sent']): Slot => ({
  key,
  chatId: 1,
  threadId: null,
  messageId: null,
  replyTo: null,
  drawn: null,
  state: '',
  hurry: 'new',
  render: () => undefined,
  sent,
  leaveThread: () => undefined,
});

it('what can never be written down keeps nothing else from it', () => {
  const memory = createMemory(silentLog);
  const broken = slotOf('model 1', () => {
    throw new Error('FOREIGN KEY constraint failed');
  });
  let isFull = true;
  const written: (number | null)[] = [];
  const whole = slotOf('model 2', (messageId) => {
    if (isFull) throw new AppError('no_space', 'The disk is full.');
    written.push(messageId);
  });
  memory.note(broken, { messageId: 11 });
  memory.note(whole, { messageId: 12 });
  memory.writeDown();
  expect(written).toEqual([]);
  isFull = false;
  memory.writeDown();
  memory.writeDown();
  expect(written).toEqual([12]);
  // It is not sent again meanwhile.
  expect(memory.correct([broken])).toMatchObject([{ key: 'model 1', messageId: 11 }]);
});
