import { FormattedString } from '@grammyjs/parse-mode';
import { kindOf } from '../../lib/net/addresses.ts';
import type { Invited } from '../../library/hosts/joining.ts';
import type { Times } from '../../library/model-view.ts';
import { sinceText } from '../ui/hosts/words.ts';
import { titleLine } from '../ui/label.ts';
import { lines } from '../ui/text.ts';

/** What is run on the other machine, in the folder of hubgram. */
export const commandFor = ({ host, code, address, hub }: Invited): string =>
  `HUBGRAM_REDIS_URL=${address} ${hub === undefined ? '' : `HF_ENDPOINT=${hub} `}HUBGRAM_HOST_NAME=${host.name} npm start -- host --join ${code}`;

/** A machine may join: what has to be done there for that. */
export const invitedText = (invited: Invited, times: Times): FormattedString => {
  const { host, isLocal, hasOwnCa, byHand, hub } = invited;
  const until = host.codeEndsAt === null ? '' : `, until ${sinceText(Date.parse(host.codeEndsAt), times)}`;
  const toRun = lines(
    titleLine(host.name, 'may join'),
    byHand !== undefined &&
      'The user that I have in Redis may make no others. Have this run in redis-cli first, with a password in place of PASSWORD:',
    byHand !== undefined && FormattedString.code(byHand),
    byHand !== undefined && `And put hubgram-${host.name}, a colon, that password and @ before the address below.`,
    `Run this on ${host.name}, in the folder of hubgram:`,
    FormattedString.code(commandFor(invited)),
  );
  const atFirst = [
    isLocal &&
      `The address by which I know Redis leads to this machine alone. Have Redis listen where ${host.name} reaches it (bind and port in redis.conf; with TLS, if others use that network too), and put that name or address in place of REDIS.`,
    hub !== undefined &&
      kindOf(new URL(hub).hostname) === 'loopback' &&
      'The Hub that I ask is on this machine alone: only a host that runs here as well, from another folder, reaches it.',
    hasOwnCa && 'HUBGRAM_REDIS_CA has to name a copy of the certificate there that it names here.',
  ].filter((part) => typeof part === 'string');
  const afterwards = lines(
    FormattedString.join([
      `The code in it counts once${until}. From then on `,
      FormattedString.code(`${hub === undefined ? '' : `HF_ENDPOINT=${hub} `}npm start -- host`),
      ' is enough there. I say here when it has joined.',
    ]),
    'HF_HOME says there where models go, HF_TOKEN is its own.',
  );
  return FormattedString.join([toRun, ...atFirst, afterwards], '\n\n');
};
