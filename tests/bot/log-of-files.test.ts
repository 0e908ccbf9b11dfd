import { readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createLog } from '../../src/log/log.ts';
import { ANN, openBot } from './setup.ts';

const NAME = 'sample/tiny-llama';

type Line = Readonly<Record<string, unknown>>;

it('the log says that files were read again, were found missing, and were removed, with the ids of whose they are', async () => {
  const lines: Line[] = [];
  const log = createLog({ level: 'info', readable: false, write: (line) => void lines.push(JSON.parse(line) as Line) });
  const told = async (said: RegExp): Promise<Line | undefined> => {
    const find = (): Line | undefined => lines.find(({ msg }) => said.test(String(msg)));
    await expect.poll(() => find() !== undefined).toBe(true);
    return find();
  };
  const bot = await openBot({ log });
  onTestFinished(() => bot.close());
  await bot.say(`/add ${NAME}`);
  await bot.sees(/^sample\/tiny-llama · completed/);
  const { id: model, copyId: copy, downloadPath: folder } = bot.store.models.getModelByName(ANN, NAME) ?? {};
  await bot.say(`/verify ${NAME}`);
  expect(await told(/^A copy was read again, and is right$/)).toMatchObject({ level: 'info', copy, chat: ANN });
  const [missing = ''] = readdirSync(folder ?? '');
  rmSync(realpathSync(join(folder ?? '', missing)));
  await bot.say(`/verify ${NAME}`);
  const found = await told(/^A copy was read again: what is damaged or missing of it is fetched anew$/);
  expect(found).toMatchObject({ level: 'warn', copy, chat: ANN });
  expect(JSON.stringify(found)).toContain(missing);
  await expect.poll(() => lines.filter(({ msg }) => msg === 'A download is complete').length).toBe(2);
  const [question] = await bot.say(`/remove ${NAME}`);
  await bot.press(question, 'Files too · 3.02 MB');
  const asked = () => bot.shown().find(({ message_id: id }) => id === question?.message_id);
  await expect.poll(() => JSON.stringify(asked()?.reply_markup ?? '')).toContain('Free it now');
  await bot.press(asked(), 'Free it now');
  expect(await told(/^Files of a copy are removed$/)).toMatchObject({ level: 'info', copy, name: NAME });
  expect(lines.filter((line) => line['model'] === model).length).toBeGreaterThan(3);
});
