import { afterEach, describe, expect, it } from 'vitest';
import { renderPng } from '../../src/bot/ui/pictures/render.ts';
import { storageSvg } from '../../src/bot/ui/pictures/storage-svg.ts';
import { lettering } from '../../src/bot/ui/pictures/strokes.ts';
import { speedAxis, trafficSvg } from '../../src/bot/ui/pictures/traffic-svg.ts';
import { treemap } from '../../src/bot/ui/pictures/treemap.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const PNG = [0x89, 0x50, 0x4e, 0x47];

/** Takes a hundred times as long as what is drawn here. */
const NOISE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="500" height="500"><filter id="noise"><feTurbulence baseFrequency="0.05" numOctaves="8"/></filter><rect width="500" height="500" filter="url(#noise)"/></svg>';

describe('an area that is shared out by weight', () => {
  it.each([[[1]], [[5, 1, 1]], [[100, 1, 1, 1, 1, 1, 1]], [[3, 3, 2, 2, 1]]])(
    'is covered, and each has its share: %j',
    (weights) => {
      const area = { x: 10, y: 20, width: 300, height: 200 };
      const parts = treemap(weights, area);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      parts.forEach(({ x, y, width, height }, at) => {
        expect(width * height).toBeCloseTo((300 * 200 * (weights[at] ?? 0)) / total, 3);
        expect(x).toBeGreaterThanOrEqual(10);
        expect(y).toBeGreaterThanOrEqual(20);
        expect(x + width).toBeLessThanOrEqual(310.001);
        expect(y + height).toBeLessThanOrEqual(220.001);
      });
      expect(parts).toHaveLength(weights.length);
    },
  );
});

describe('a picture', () => {
  const picture = {
    tiles: [...[9, 5, 2, 1].map((bytes) => ({ bytes, isRest: false })), { bytes: 1, isRest: true }],
    days: Array.from({ length: 30 }, (_, at) => ({ day: at + 1, bytes: at % 3 === 0 ? at * 1e9 : 0 })),
  };

  it('has a tile for each, a number in all but the grey one, and a bar for each day on which something came', () => {
    const svg = storageSvg(picture);
    const fills = [...svg.matchAll(/<path [^>]*fill="#ffffff"/g)];
    expect(fills).toHaveLength(4);
    expect([...svg.matchAll(/<rect [^>]*rx="3" fill="#2f6fb0"/g)]).toHaveLength(1 + 9);
  });

  it('is drawn as a PNG, by a thread, without any font', async () => {
    const svg = storageSvg(picture);
    expect(svg).not.toContain('<text');
    const png = Buffer.from(await renderPng(svg));
    expect([...png.subarray(0, 4)]).toEqual(PNG);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([800, 760]);
    // More than one colour of paper: all of it was drawn.
    expect(png.length).toBeGreaterThan(2000);
  });

  it('that cannot be drawn, or takes too long, is told of in a sentence', async () => {
    for (const draw of [() => renderPng('<svg'), () => renderPng(NOISE, 0)])
      await expect(draw()).rejects.toMatchObject({ code: 'operational', message: /^The picture could not be drawn/ });
  });
});

describe('a picture of speeds', () => {
  it.each([
    [1, 1, 'B/s', ['0.5', '1']],
    [999, 1000, 'B/s', ['500', '1000']],
    [1000, 1000, 'kB/s', ['0.5', '1']],
    [46e6, 60e6, 'MB/s', ['30', '60']],
    [60e6, 60e6, 'MB/s', ['30', '60']],
    [60.1e6, 80e6, 'MB/s', ['40', '80']],
    [81e6, 100e6, 'MB/s', ['50', '100']],
    [1.2e9, 2e9, 'GB/s', ['1', '2']],
  ])('has an axis for %d bytes per second that ends at a round number', (fastest, top, unit, labels) => {
    expect(speedAxis(fastest)).toEqual({ top, unit, labels });
  });

  it('has a bar for each time in which something came, none higher than the axis, and letters without a font', () => {
    const svg = trafficSvg([{ bytesPerSecond: 0 }, { bytesPerSecond: 40e6, label: '18:00' }, { bytesPerSecond: 1 }]);
    const heights = [...svg.matchAll(/height="([\d.]+)" fill="#2f6fb0"/g)].map(([, height]) => Number(height));
    expect(heights).toEqual([294, 3]);
    expect(svg).not.toContain('<text');
    // 0, 20, 40, MB/s, 18:00.
    expect([...svg.matchAll(/<g /g)]).toHaveLength(5);
    expect([...svg.matchAll(/<path /g)]).toHaveLength(1 + 2 + 2 + 4 + 5);
    expect(lettering({ text: '<&é', x: 0, y: 0, height: 6, colour: '#000', anchor: 'end' })).not.toContain('path');
  });

  it('is drawn, also of a day in which nothing came', async () => {
    for (const bytesPerSecond of [0, 5e6]) {
      const png = Buffer.from(await renderPng(trafficSvg(Array.from({ length: 96 }, () => ({ bytesPerSecond })))));
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([800, 420]);
    }
  });
});

describe('/storage picture', () => {
  let bench: BotBench;
  afterEach(() => bench?.close());

  it('sends a picture with the same facts in words, of all chats to an owner alone and of their own to others', async () => {
    bench = await openBot({ concurrency: 0 });
    const { store } = bench;
    store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    store.users.setRole(BOB, 'member');
    store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
    expect(await bench.ask('/storage picture')).toBe('No model is here completely yet.');
    const id = bench.put('org/mine', 'completed');
    store.models.updateModelDetails(id, { title: '<b>&"' });
    for (let at = 0; at < 14; at += 1) bench.put(`org/${'n'.repeat(80)}${at}`, 'completed', BOB);
    const { sessions } = store;
    sessions.updateDownloadSession(sessions.startOrContinue(id, 551e6).id, 'completed', {
      bytesDownloaded: 551e6,
      receivedBytes: 551e6,
    });
    const [all] = await bench.say('/storage picture');
    expect(all?.photo?.at(-1)).toMatchObject({ width: 800, height: 760 });
    const caption = all?.caption ?? '';
    expect(caption.length).toBeLessThanOrEqual(1024);
    expect(caption).toMatch(/^Storage: models by size[^]*\n1\. <b>&": 5 B\n/);
    expect(caption).toMatch(/\nGrey: 3 other models, 15 B\nFetched: 551 MB; most on \d{4}-\d\d-\d\d, 551 MB\.$/);
    const [own] = await bench.say('/storage', { userId: BOB });
    await bench.press(own, 'Picture', { userId: BOB });
    const shown = bench.shown(BOB).at(-1);
    expect(shown?.photo).toBeDefined();
    expect(shown?.caption).toMatch(/Grey: 2 other models, 10 B\nNothing was fetched in these days\.$/);
    expect(shown?.caption).not.toContain('&');
    expect(bench.shown(ANN).some(({ photo }) => photo)).toBe(true);
  });
});
