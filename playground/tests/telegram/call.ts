import type { BotApi } from '../../telegram/bot-api.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly ok: boolean;
  // oxlint-disable-next-line typescript/no-explicit-any -- the tests look into whatever the wire brought
  readonly result: any;
  readonly error_code: number | undefined;
  readonly description: string | undefined;
  readonly parameters: Readonly<Record<string, number>> | undefined;
}

/** Calls a method as a bot without any library would: JSON by POST. */
export const call = async (api: BotApi, method: string, payload: object = {}): Promise<Reply> => {
  const response = await fetch(`${api.apiRoot}/bot${api.token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
  });
  const body = (await response.json()) as Omit<Reply, 'status' | 'headers'>;
  return { ...body, status: response.status, headers: response.headers };
};

/** The description of the error a call must end with. */
export const errorOf = async (api: BotApi, method: string, payload: object = {}): Promise<string> => {
  const reply = await call(api, method, payload);
  if (reply.ok) throw new Error(`${method} was expected to fail and gave ${JSON.stringify(reply.result)}`);
  if (reply.status !== reply.error_code)
    throw new Error(`HTTP ${reply.status} does not match error_code ${reply.error_code}`);
  return `${reply.error_code} ${reply.description}`;
};
