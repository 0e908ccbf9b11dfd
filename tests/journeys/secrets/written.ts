import { BOB } from '../../helpers/stand-ins.ts';
import { ANN, type World } from '../../helpers/world.ts';
import { GROUP, OFFERED_TOKEN, type Run, S3_QUERY, WRONG_TOKEN } from './run.ts';

/** Has Ann do something, and waits for what the bot says: of more at once than Telegram takes, answers are left out. */
const answered = async ({ telegram, shown }: World, act: () => void): Promise<void> => {
  const before = shown(ANN).length;
  act();
  await telegram.waitFor(() => shown(ANN).length > before);
};

/** Writes tokens wherever a person could. */
export const typeTokens = async ({ world }: Run): Promise<void> => {
  const { telegram, hub } = world;
  const { ann } = hub.tokens;
  const say = (text: string): void => void telegram.say(ANN, ANN, text);
  say('/token');
  const question = await world.sees(ANN, 'https://huggingface.co/settings/tokens');
  if (!question.text?.includes(`${hub.url}/settings/tokens`))
    throw new Error('The Hub that was named has its own page of tokens');
  telegram.say(ANN, ANN, ann, { replyTo: question.message_id });
  await world.sees(ANN, /^The Hub knows your token/);
  say(`/token ${WRONG_TOKEN}`);
  await world.sees(ANN, /^The Hub does not accept the token/);
  say(`look: ${OFFERED_TOKEN}`);
  await world.sees(ANN, /^That is a token of the Hub/);
  for (const line of [
    `/add ${ann}`,
    `/add sample/tiny-llama description="${ann}"`,
    `/add https://user:${ann}@huggingface.co/gpt2`,
    `/search ${ann}`,
    `/categories add ${ann}`,
    `/schedule add daily 23:00 name=${ann}`,
    `/config set ${ann} 1`,
    `/activity person=${ann}`,
    `/add ${telegram.token}`,
    `/${telegram.token}`,
    `/add ${hub.cdnUrl}/file?${S3_QUERY}`,
    `${hub.cdnUrl}/file?${S3_QUERY}`,
  ])
    await answered(world, () => say(line));
  await answered(world, () => say('/add'));
  await answered(world, () => say(telegram.token));
  telegram.say(ANN, GROUP, `/token@${telegram.bot.username} ${ann}`);
  telegram.say(ANN, GROUP, `/add ${ann}`);
  telegram.say(BOB, BOB, `/start ${ann}`);
  telegram.say(BOB, BOB, ann);
  const typed = telegram.say(ANN, ANN, 'nothing');
  telegram.editMessage(ANN, ANN, typed.message_id, `/add ${ann}`);
  telegram.askInline(ANN, ann);
  telegram.askInline(ANN, telegram.token);
  telegram.pressForged(ANN, ANN, question.message_id, `token:${ann}`);
  say('/help');
  await world.sees(ANN, /^What I understand/);
};

/** Documents with tokens in their names, under them, and within them. */
export const sendDocuments = async ({ world }: Run): Promise<void> => {
  const { telegram, hub } = world;
  const { ann } = hub.tokens;
  const signed = `${hub.cdnUrl}/file?${S3_QUERY}`;
  const list = ['sample/tiny-llama', ann, `gpt2 ${ann}`, `token: ${telegram.token}`, signed].join('\n');
  const models = [
    { name: ann },
    { name: 'sample/tiny-llama', tags: [ann], description: `by ${ann}` },
    { name: signed },
  ];
  for (const document of [
    { name: 'list.txt', data: list, caption: '/import' },
    { name: 'models.json', data: JSON.stringify({ models }) },
    { name: 'models.json', data: `{"models": [{"name": ${ann}}]}` },
    { name: `${ann}.txt`, data: 'gpt2', caption: '/import' },
    { name: 'list.txt', data: 'gpt2', caption: `/import ${ann}` },
    { name: 'list.txt', data: 'gpt2', caption: `/token ${ann}` },
    // Its address has the bot's token in it.
    { name: `${ann}.bin`, data: 'kept', caption: '/keep' },
    { name: `song.mp3`, data: 'kept too', caption: '/keep', as: 'audio', title: ann } as const,
  ])
    await answered(world, () => void telegram.sendDocument(ANN, ANN, document));
};

/** Everything that shows or sends something. */
export const look = async ({ world }: Run): Promise<void> => {
  const { telegram } = world;
  const documents = () => world.shown(ANN).filter(({ document }) => document).length;
  for (const line of [
    '/activity',
    '/activity export',
    '/export',
    '/config export json',
    '/config all',
    '/backup',
    '/history',
    '/model sample/talkative',
    '/queue',
    // More than a message holds: it comes as a file too.
    '/logs 200',
  ])
    await answered(world, () => void telegram.say(ANN, ANN, line));
  await telegram.waitFor(() => documents() >= 5);
};
