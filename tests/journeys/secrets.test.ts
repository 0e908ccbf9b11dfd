import { expect, it } from 'vitest';
import { filesIn, leaksIn, type Places, type Secret, unpacked } from '../helpers/leaks.ts';
import { freePort } from '../helpers/free-port.ts';
import { bytesIn } from '../helpers/sent-document.ts';
import { ANN } from '../helpers/world.ts';
import { download, passGates } from './secrets/fetched.ts';
import { begin, GROUP, open, type Run, SIZE, startWrongly, toldOfSettings, WEBHOOK_SECRET } from './secrets/run.ts';
import { look, sendDocuments, typeTokens } from './secrets/written.ts';

const opsOf = (port: number): Promise<readonly (readonly [string, Buffer])[]> =>
  Promise.all(
    ['/metrics', '/healthz'].map(async (path) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return [path, Buffer.from(await answer.arrayBuffer())] as const;
    }),
  );

/** What people were sent, and all the bot has said to Telegram, save for the secret that Telegram is to show. */
const saidIn = async ({ world }: Run): Promise<Places> => {
  const { telegram } = world;
  const calls = telegram.calls.map(({ method, payload: { secret_token: _shown, ...payload } }) => [method, payload]);
  const said = JSON.stringify(calls);
  const sent = [ANN, GROUP].flatMap((chatId) => world.shown(chatId).filter(({ document }) => document));
  const documents = await Promise.all(
    sent.map(async (message) => [
      ...unpacked(`${message.document?.file_name} in ${message.message_id}`, await bytesIn(telegram, message)),
    ]),
  );
  return new Map([['what the bot said', Buffer.from(said)], ...documents.flat()]);
};

const printedBy = ({ runs }: Run): Places =>
  new Map(runs.map((one, at) => [`what process ${at} printed`, Buffer.from(one.output())]));

/** The signatures that were handed out. */
const signaturesOf = ({ world: { hub } }: Run): readonly Secret[] =>
  hub.requests
    .flatMap(({ host, query }) => {
      if (host !== 'cdn') return [];
      const said = new URLSearchParams(query);
      return ['Signature', 'Policy'].map((name) => ({ name: `${name} of a URL`, text: said.get(name) ?? '' }));
    })
    .filter(({ text }) => text.length > 8);

it('a whole run leaves no token, key, password or signed URL anywhere', async () => {
  const run = await open();
  const { world } = run;
  const first = begin(run);
  await first.printed('is running');
  await typeTokens(run);
  await sendDocuments(run);
  await download(run);
  await passGates(run);
  const letGo = world.hub.setFault({ kind: 'held', bytes: SIZE / 2, path: 'sample/killed/model' });
  world.telegram.say(ANN, ANN, '/add sample/killed');
  await world.sees(ANN, /^sample\/killed · downloading\n.*[3-9]\d %/);
  await first.kill('SIGKILL');
  const found = new Map([...filesIn(world.folder)].map(([path, bytes]) => [`${path}, after a kill`, bytes]));
  letGo();
  for (const token of [world.hub.tokens.ann, world.hub.tokens.bob]) world.hub.revokeToken(token);
  const port = await freePort();
  // What Telegram refuses is told with its reason, and tried again.
  world.telegram.setFault({ method: 'setWebhook', kind: '400', times: 1, description: 'Bad Request: bad webhook' });
  const second = begin(run, {
    HUBGRAM_HTTP_PORT: String(port),
    HUBGRAM_WEBHOOK_URL: `http://127.0.0.1:${port}/telegram`,
    HUBGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
  });
  await world.sees(ANN, /^sample\/killed · completed/);
  world.telegram.say(ANN, ANN, '/add sample-ann/private-llama');
  await world.sees(ANN, /^sample-ann\/private-llama · (?:failed|waits for access)/);
  await look(run);
  const shown = await opsOf(port);
  expect(await second.kill('SIGUSR2')).toBe(1);
  expect(second.output()).toContain('a fault that nobody caught');
  await begin(run, {}, ['doctor']).exited;
  const told = await toldOfSettings(run);
  const files = filesIn(world.folder);
  const refused = await startWrongly(run);
  const places = new Map([
    ...found,
    ...files,
    ...shown,
    ...told,
    ...refused,
    ...(await saidIn(run)),
    ...printedBy(run),
  ]);
  const leaks = leaksIn(places, [...run.secrets, ...signaturesOf(run)]);
  expect(leaks).toEqual([]);
  // It was there to be found: it was sent, received, thrown, and hidden where it was told.
  expect(signaturesOf(run).length).toBeGreaterThan(10);
  expect(JSON.stringify(world.hub.requests.map(({ headers }) => headers.authorization))).toContain(
    world.hub.tokens.ann,
  );
  expect(second.output()).toContain('bad webhook');
  expect(JSON.stringify(world.telegram.calls.map(({ payload }) => payload))).toContain(WEBHOOK_SECRET);
  for (const hidden of ['[bot token]', '[hf token]', '[signed]'])
    expect(run.runs.map((one) => one.output()).join('')).toContain(hidden);
  const names = [...places.keys()].join('\n');
  for (const place of [
    /hubgram\.db-wal, after a kill/,
    /hubgram\.db, its rows/,
    /\.db\.gz, unpacked, its rows/,
    /activity\.csv/,
    /logs\/hubgram\.log/,
    /hubgram\.log\.txt/,
  ])
    expect(names).toMatch(place);
});
