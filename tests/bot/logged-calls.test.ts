import { expect, it, onTestFinished } from 'vitest';
import { createLog } from '../../src/log/log.ts';
import { ANN, openBot } from './setup.ts';

type Line = Readonly<Record<string, unknown>>;

it('what Telegram was asked for an update, and what it was, are joined by its id; nothing of what was said is logged', async () => {
  const lines: Line[] = [];
  const log = createLog({
    level: 'debug',
    readable: false,
    write: (line) => void lines.push(JSON.parse(line) as Line),
  });
  const bot = await openBot({ log });
  onTestFinished(() => bot.close());
  const [help] = await bot.say('/help backups');
  const handled = lines.find(({ action }) => action === 'help');
  expect(lines.filter(({ update }) => update === handled?.['update'])).toMatchObject([
    { level: 'debug', method: 'sendMessage', chat: ANN, message: help?.message_id, msg: 'Telegram was asked' },
    { level: 'info', user: ANN, chat: ANN, by: 'command', result: 'done', msg: 'A message or tap is handled' },
  ]);
  await bot.say('/add sample/tiny-llama');
  await bot.sees('verified and ready');
  await expect.poll(() => lines.map(({ msg }) => msg)).toContain('A notice is sent');
  const sent = lines.find(({ msg }) => msg === 'A notice is sent');
  expect(sent).toMatchObject({ model: bot.store.models.findModels(ANN, 'sample/tiny-llama')[0]?.id, chat: ANN });
  const about = lines.filter(({ notice }) => notice === sent?.['notice']);
  expect(about.map(({ msg, method }) => method ?? msg)).toEqual(['sendMessage', 'A notice is sent']);
  expect(JSON.stringify(lines)).not.toMatch(/What I understand|verified and ready|\/help backups|\/add /);
});
