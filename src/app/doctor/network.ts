import { z } from 'zod';
import type { Config } from '../../config/config.ts';
import { tokensPage } from '../../domain/repo/hub-pages.ts';
import { unreachable } from '../../domain/failures/network-failure.ts';
import type { WallClock } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { isPlayground } from '../folders.ts';
import { userAgent } from '../version.ts';
import { type Finding, fine, leftOut, warning, wrong } from './finding.ts';

/** What there is to say of somebody who was asked, and by how much our clock is ahead of theirs. */
interface Asked {
  readonly findings: readonly Finding[];
  /** In milliseconds; undefined: they have not said the time. */
  readonly aheadMs?: number | undefined;
}

const ANSWER_MS = 15_000;
const WAY_OUT = 'Look at the network, the name server, and HTTPS_PROXY, HTTP_PROXY and NO_PROXY if a proxy is needed.';

/** Asks without following anywhere. @throws AppError: no answer, with a sentence that names the host alone: the address may hold a token */
export const ask = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> => {
  try {
    return await fetch(url, {
      redirect: 'manual',
      headers: { 'user-agent': userAgent, ...headers },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (error) {
    throw unreachable(error, new URL(url).host);
  }
};

const aheadOf = (answer: Response, clock: WallClock): number | undefined => {
  const said = Date.parse(answer.headers.get('date') ?? '');
  return Number.isNaN(said) ? undefined : clock.now() - said;
};

/** @param meanwhile what is used in its place, in a sentence; without it, nothing works */
const notReached = (about: string, error: unknown, meanwhile?: string): Asked => {
  const says = error instanceof Error ? error.message : String(error);
  return {
    findings: [meanwhile === undefined ? wrong(about, says, WAY_OUT) : warning(about, `${says} ${meanwhile}`, WAY_OUT)],
  };
};

const meSchema = z.object({
  result: z.object({ username: z.string(), supports_inline_queries: z.boolean().optional() }),
});

/** Whether Telegram answers, and knows the token. */
export const askTelegram = async ({ botToken, telegramApiRoot: root }: Config, clock: WallClock): Promise<Asked> => {
  const about = 'Telegram';
  if (botToken === undefined) {
    const remedy = 'Get a token from @BotFather and set BOT_TOKEN.';
    return { findings: [warning(about, 'There is no bot token: hubgram would open the playground.', remedy)] };
  }
  try {
    const answer = await ask(`${root}/bot${botToken}/getMe`);
    const aheadMs = aheadOf(answer, clock);
    if (answer.status === 401 || answer.status === 404) {
      const remedy = 'Get the right one from @BotFather (/mybots, API Token) and set BOT_TOKEN.';
      return { findings: [wrong(about, 'It refused the bot token.', remedy)], aheadMs };
    }
    const me = meSchema.safeParse(await answer.json().catch(() => undefined));
    if (!me.success) {
      const says = `${new URL(root).host} answered with ${answer.status}, and not as a Bot API server does.`;
      return { findings: [wrong(about, says, 'Look at TELEGRAM_API_ROOT, or try again later.')], aheadMs };
    }
    const { username, supports_inline_queries: isInline = false } = me.data.result;
    const inline = isInline ? '' : ' Searching from any chat is off: /setinline at @BotFather switches it on.';
    return { findings: [fine(about, `It knows the token: the bot is @${username}.${inline}`)], aheadMs };
  } catch (error) {
    return notReached(about, error);
  }
};

const SAMPLE_MEANWHILE = 'The playground uses a sample Hub then.';

/** Whoever named a Hub gets that one, also in the playground. */
const usesSample = (config: Config): boolean => isPlayground(config) && config.origins.hfEndpoint === 'default';

const accountSchema = z.object({ name: z.string() });

/** Whether the Hub answers, and knows the token if there is one. */
export const askHub = async (config: Config, clock: WallClock): Promise<Asked> => {
  const { hfEndpoint: endpoint, hfToken } = config;
  const about = 'Hub';
  const { host } = new URL(endpoint);
  try {
    const answer =
      hfToken === undefined
        ? await ask(`${endpoint}/api/models?limit=1`)
        : await ask(`${endpoint}/api/whoami-v2`, { authorization: `Bearer ${hfToken}` });
    const aheadMs = aheadOf(answer, clock);
    if (answer.status === 401 && hfToken !== undefined) {
      const remedy = `Make a new one (reading is enough) and set HF_TOKEN. They are made at ${tokensPage(endpoint)}.`;
      return { findings: [wrong(about, `${host} refused the token.`, remedy)], aheadMs };
    }
    if (!answer.ok) {
      const says = `${host} answered with ${answer.status}.`;
      return { findings: [wrong(about, says, 'Look at HF_ENDPOINT, or try again later.')], aheadMs };
    }
    if (hfToken === undefined) {
      await answer.body?.cancel();
      return {
        findings: [fine(about, `${host} answers. There is no token: gated and private ones cannot be had.`)],
        aheadMs,
      };
    }
    const account = accountSchema.safeParse(await answer.json().catch(() => undefined));
    const name = account.success ? account.data.name : 'somebody';
    return { findings: [fine(about, `${host} knows the token: it is ${name}’s.`)], aheadMs };
  } catch (error) {
    return notReached(about, error, usesSample(config) ? SAMPLE_MEANWHILE : undefined);
  }
};

/** Answers take a while, and say whole seconds. */
const CLOCK_MOST_MS = 60_000;

/** Whether our clock is right, by what others said. */
export const clockFinding = (asked: readonly Asked[]): Finding => {
  const about = 'Clock';
  const known = asked.flatMap(({ aheadMs }) => aheadMs ?? []);
  const [first] = known.toSorted((left, right) => Math.abs(left) - Math.abs(right));
  if (first === undefined) return leftOut(about, 'Nobody was reached who could say what time it is.');
  if (Math.abs(first) < CLOCK_MOST_MS) return fine(about, 'It is right.');
  const by = formatDuration(Math.abs(first));
  const says = `It is ${by} ${first > 0 ? 'fast' : 'slow'}: schedules open at the wrong time, and certificates may be refused.`;
  return wrong(about, says, 'Let the machine set it by itself: timedatectl set-ntp true.');
};
