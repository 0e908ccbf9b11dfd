import { expect, it } from 'vitest';
import { forgetTorrents } from '../../src/library/seeding/known-torrents.ts';
import { CHAT, openBench } from '../store/setup.ts';

const [WHOLE = '', PART = '', ASKED = '', LATER = '', LOOKED_UP = ''] = ['a', 'b', 'c', 'd', 'e'].map((digit) =>
  digit.repeat(40),
);
const magnet = (infoHash: string): string =>
  `magnet:?xt=urn:btih:${infoHash}&dn=a&tr=http%3A%2F%2Fexample.org%2Fannounce`;

it('of torrents is forgotten what no copy names, whole or in part, and nothing that was asked for', async () => {
  const { store } = openBench();
  const copyOf = (name: string, infoHash: string, commitSha: string) =>
    store.models.createModel({ chatId: CHAT, name, commitSha, sourceUrl: magnet(infoHash), sizeBytes: 5, files: [] });
  const ask = (messageId: number, url?: string) =>
    store.addRequests.createAddRequest({
      chatId: CHAT,
      userId: 1,
      threadId: null,
      messageId,
      ref: 'torrent',
      options: url === undefined ? {} : { url },
    });
  copyOf('files/custom/a', WHOLE, WHOLE);
  copyOf('files/custom/b', PART, '1'.repeat(40));
  ask(1, magnet(ASKED.toUpperCase()));
  ask(2, 'https://example.org/model.gguf');
  // More than are looked at in one go.
  store.atomically(() => {
    for (let at = 3; at < 1100; at += 1) ask(at);
  });
  ask(1100, magnet(LATER));
  const known = [WHOLE, PART, ASKED, LATER, LOOKED_UP];
  const forgotten = await forgetTorrents({
    store,
    torrents: {
      forget: async (isNamed) => {
        expect(known.filter((infoHash) => !isNamed(infoHash))).toStrictEqual([LOOKED_UP]);
        return 1;
      },
    },
  });
  expect(forgotten).toBe(1);
});
