import { ANN, type World } from '../../helpers/world.ts';
import { NAMES, type Run, S3_QUERY, SIZE } from './run.ts';

/** The Hub says where a file lies, as it did with S3. */
const sentOn = ({ hub }: World, name: string, place: string) => {
  const { id, files } = hub.commitOf(`sample/${name}`);
  const file = files.find(({ path }) => path === 'model.safetensors');
  const headers = {
    'X-Repo-Commit': id,
    'X-Linked-Etag': `"${file?.etag()}"`,
    'X-Linked-Size': String(SIZE),
    Location: `${place}/x?${S3_QUERY}`,
  };
  return { kind: 'status', status: 302, headers } as const;
};

/** Downloads that fail in every way in which an error may carry a URL. */
export const download = async ({ world }: Run): Promise<void> => {
  const { hub, telegram } = world;
  const times = { times: 1 } as const;
  hub.setFault({ kind: 'expired', path: 'sample/expired/model', host: 'cdn', ...times });
  hub.setFault({
    kind: 'status',
    status: 403,
    body: `no: ${S3_QUERY}`,
    path: 'sample/refused/model',
    host: 'cdn',
    ...times,
  });
  hub.setFault({ kind: 'reset', path: 'sample/reset/model', host: 'cdn', ...times });
  hub.setFault({ kind: 'reset_after', bytes: SIZE / 2, path: 'sample/broken/model', host: 'cdn', ...times });
  for (const [name, place] of [
    ['elsewhere', hub.cdnUrl],
    ['nowhere', 'http://127.0.0.1:1'],
  ] as const)
    hub.setFault({ ...sentOn(world, name, place), path: `sample/${name}/resolve`, method: 'GET', ...times });
  const said = `Bad ${hub.tokens.bob} for ${hub.cdnUrl}/x?${S3_QUERY}`;
  hub.setFault({
    kind: 'status',
    status: 400,
    body: JSON.stringify({ error: said }),
    headers: { 'X-Error-Message': said },
    path: 'sample/talkative/resolve',
  });
  for (const method of ['sendMessage', 'editMessageText'])
    telegram.setFault({
      method,
      kind: '400',
      times: 1,
      description: `Bad Request: ${telegram.apiRoot}/bot${telegram.token}/${method} is wrong`,
    });
  telegram.setFault({ kind: 'reset', times: 2 });
  for (const name of NAMES.filter((one) => one !== 'killed')) telegram.say(ANN, ANN, `/add sample/${name}`);
  for (const name of ['expired', 'refused', 'reset', 'broken', 'elsewhere'])
    await world.sees(ANN, new RegExp(`^sample/${name} · completed`));
  for (const name of ['nowhere', 'talkative']) await world.sees(ANN, new RegExp(`^sample/${name} · failed`));
};

/** With a token that may read what is gated, and with one that may not yet. */
export const passGates = async ({ world }: Run): Promise<void> => {
  const { hub, telegram } = world;
  telegram.say(ANN, ANN, '/add sample/gated-llama');
  await world.sees(ANN, /^sample\/gated-llama · completed/);
  for (const token of [hub.tokens.ann, hub.tokens.bob]) hub.setGate('sample/terms-llama', token, 'none');
  telegram.say(ANN, ANN, '/add sample/terms-llama');
  const gated = await world.sees(ANN, /^sample\/terms-llama · waits for access/);
  for (const token of [hub.tokens.ann, hub.tokens.bob]) hub.setGate('sample/terms-llama', token, 'granted');
  telegram.press(ANN, ANN, gated.message_id, 'I accepted, try again');
  await world.sees(ANN, /^sample\/terms-llama · completed/);
};
