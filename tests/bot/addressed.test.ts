import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot();
});
afterAll(() => bench?.close());

describe('a command', () => {
  it.each(['/QUEUE', '/Queue', '/queue@HUBGRAM_BOT', '/Queue@hubgram_bot'])(
    'is understood in any case: %s',
    async (typed) => {
      expect(await bench.ask(typed)).toMatch(/Nothing is downloading/);
    },
  );

  it('keeps the case of what stands behind it', async () => {
    await bench.say('/ADD Sample/Nothing');
    await bench.sees(/^Sample\/Nothing · /);
  });

  it('for another bot is passed over in silence, also by the wait for a name', async () => {
    expect(await bench.say('/queue@other_bot')).toEqual([]);
    await bench.say('/add');
    expect(await bench.say('/cancel@other_bot')).toEqual([]);
    expect(await bench.ask('/Cancel')).toMatch(/^Left/);
  });

  it('that is only spoken about is no command', async () => {
    expect(await bench.ask('what does /queue do?')).toMatch(/^Write \/add and the name/);
  });
});

describe('a group that waits to be let in', () => {
  const GROUP = -1_001_000_000_001;

  it('hears nothing when somebody writes to another bot there', async () => {
    const place = { userId: BOB, chatId: GROUP };
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [BOB, ANN], type: 'supergroup', bot: 'left' });
    bench.telegram.addBot(BOB, GROUP, 'administrator');
    expect(await bench.say('/start@other_bot', place)).toEqual([]);
    expect(await bench.ask('/start', place)).toMatch(/private bot/);
  });
});
