import type { BotApi } from '../../playground/telegram/bot-api.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';

/** A document in a chat, fetched as a person's client would. */
export const bytesIn = async (telegram: BotApi, message: SimMessage | undefined): Promise<Buffer> => {
  const root = `${telegram.apiRoot}/bot${telegram.token}`;
  const asked = await fetch(`${root}/getFile?file_id=${message?.document?.file_id ?? ''}`);
  const { result } = (await asked.json()) as { result?: { file_path: string } };
  const response = await fetch(`${telegram.apiRoot}/file/bot${telegram.token}/${result?.file_path ?? ''}`);
  return Buffer.from(await response.arrayBuffer());
};

/** The text of one. */
export const textIn = async (telegram: BotApi, message: SimMessage | undefined): Promise<string> =>
  (await bytesIn(telegram, message)).toString('utf8');
