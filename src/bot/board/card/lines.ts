import { isOfUnknownSize } from '../../../domain/repo/web-file.ts';
import { isEnded } from '../../../domain/states/session.ts';
import { formatBytes } from '../../../lib/text/bytes.ts';
import { count, foreign, percent } from '../../ui/text.ts';
import { waitingText } from '../../ui/waiting.ts';
import type { CardView } from './card-view.ts';

/** As repositories name their own. */
const LICENCE_LIMIT = 100;

const troubleLine = (trouble: string): string => `${trouble} It goes on by itself.`;

/** How large it is, and of how many files. */
export const sizeText = ({ model, brief }: CardView): string => {
  if (isOfUnknownSize(model)) return 'Its server does not say how large it is';
  return model.sizeBytes === null ? '' : `${formatBytes(model.sizeBytes)} in ${count(brief.count, 'file')}`;
};

const freeText = (bytes: number): string =>
  bytes >= 0 ? `leaves ${formatBytes(bytes)} free` : `${formatBytes(-bytes)} too little room with what comes before it`;

/** How large it is, what of it was here when it was added, and what stays free after all that comes before it. */
export const sizeAndRoomLine = (view: CardView): string => {
  const { model } = view;
  // The room there was when it was added is no news while there is none.
  if (model.statusReason === 'no_space') return sizeText(view);
  const present = model.metadata?.presentBytes ?? 0;
  // Less than a hundredth is a file or two that every repository has: it saves nothing that anybody would notice.
  const isNews = present > 0 && present * 100 >= (model.sizeBytes ?? 0);
  // Until the queue has looked, what was known when it was added.
  const free = view.freeAfterBytes ?? model.metadata?.freeAfterBytes;
  const parts = [
    sizeText(view),
    isNews ? `${formatBytes(present)} already on disk` : '',
    free === undefined ? '' : freeText(free),
  ].filter((part) => part !== '');
  return parts.join(' · ');
};

/** What binds whoever uses it. */
export const licenceLine = ({ model }: CardView): string | undefined => {
  const parts = [
    model.license ? `Licence ${foreign(model.license, LICENCE_LIMIT)}` : '',
    model.metadata?.gated === true ? (model.license ? 'gated' : 'Gated') : '',
    // Others here need not be able to see it on the Hub.
    model.tokenOf === null ? '' : 'by a personal token',
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(' · ') : undefined;
};

/** How much has come, while it waits to go on. */
export const hereLine = ({ model, session }: CardView): string | undefined => {
  const here = session === undefined || isEnded(session.status) ? 0 : session.bytesDownloaded;
  const total = model.sizeBytes ?? 0;
  if (here <= 0 || total <= 0) return undefined;
  return `${percent(here, total)} % is ${model.hostName ? 'there' : 'here'}: ${formatBytes(Math.min(here, total))} of ${formatBytes(total)}`;
};

/** Another machine that cannot reach something says so of itself. */
export const waitingLine = (view: CardView): string | undefined => {
  const said = view.waiting && waitingText(view.waiting, view);
  const { hostName } = view.model;
  return said !== undefined && hostName && view.waiting?.kind === 'backoff' ? `On ${hostName}: ${said}` : said;
};

/** What keeps it from going on while it runs. */
export const haltLine = (view: CardView): string | undefined =>
  view.trouble === undefined ? waitingLine(view) : troubleLine(view.trouble);

/** How much is here of what does not go on by itself. */
export const keptLine = ({ session, model }: CardView): string | undefined => {
  // What brought the copy that it has says nothing of what it is to become.
  const kept = session === undefined || session.status === 'completed' ? 0 : session.bytesDownloaded;
  const total = model.sizeBytes ?? 0;
  return kept > 0 && total > 0
    ? `${formatBytes(kept)} of ${formatBytes(total)} kept; it goes on from there.`
    : undefined;
};
