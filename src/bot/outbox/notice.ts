import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import type { RunEnd } from '../../store/schedules/schedule-runs.ts';
import { isOwner } from '../../people/may.ts';
import { newcomerOf } from '../../people/newcomers.ts';
import type { Store } from '../../store/store.ts';
import { roundFor, verificationIn, verificationView } from '../../library/verifying/verification-view.ts';
import { verificationReport } from '../board/verification/card.ts';
import { withClearingNote } from '../ui/clearing/greeting.ts';
import { titleLine } from '../ui/label.ts';
import { accessRequest } from './people/access-request.ts';
import { foreign, lines, plain, type Rendering } from '../ui/text.ts';
import { renderBackup } from './upkeep/backup.ts';
import { renderCleanupNotice } from './upkeep/cleanup.ts';
import { renderHostAway, renderHostBack, renderHostJoined, renderRedisBack, renderRedisLost } from './upkeep/hosts.ts';
import { renderReached, renderUnreached } from './upkeep/webhook.ts';
import { renderDisk, renderGoOn, renderStalled } from './upkeep/watch.ts';
import { renderAccessNeeded } from './gates/access-needed.ts';
import { renderTokenRefused } from './gates/hub-token.ts';
import { renderNotGiven } from './gates/access-not-given.ts';
import { renderCameIn } from './people/came-in.ts';
import { renderRoleGiven } from './people/role-given.ts';
import { renderCheckFailed } from './check-failed.ts';
import { renderEnd } from './download-ended.ts';
import { renderLinkLost } from './link-lost.ts';
import { isLinkOffer, renderLinkOffer } from './link-offers.ts';
import { renderNewer, renderRenamed, renderTrouble } from './newer-commit.ts';
import { renderLookedUp } from './renewals-looked-up.ts';
import { renderSetAside } from './set-aside.ts';
import { renderTokenChecked } from './tokens/token-checked.ts';
import { renderGivenUp, renderLeftOut, renderTooFast } from './unanswered.ts';

const NOT_WAITED_FOR: readonly Notice['kind'][] = ['newer_commit', 'branch_trouble', 'repo_renamed', 'set_aside'];

/** Whether a notice comes without a sound: what nobody waits for. */
export const isQuiet = (notice: Notice): boolean =>
  isLinkOffer(notice) ||
  (notice.kind === 'backup' && notice.payload.isNightly === true) ||
  NOT_WAITED_FOR.includes(notice.kind);

type Of<Kind extends Notice['kind']> = Extract<Notice, { readonly kind: Kind }>;

const isGroup = (chatId: number): boolean => chatId < 0;

/** Who is no owner any more is told nothing. */
const requestNotice = (store: Store, { chatId, payload }: Of<'access_request'>): Rendering | undefined =>
  isOwner(store, chatId) ? accessRequest(store, 'groupId' in payload ? payload.groupId : payload.userId) : undefined;

/** Told once, and only while it holds. */
const refusal = (store: Store, { chatId }: Notice): Rendering | undefined => {
  const who = isGroup(chatId) ? 'this group' : 'you';
  return newcomerOf(store, chatId)?.standing === 'out'
    ? { text: plain(`The owner of this bot has not let ${who} in. If that is a mistake, ask them: they can undo it.`) }
    : undefined;
};

const RUN_ENDS: Readonly<Record<RunEnd, string>> = {
  window_closed: 'time is over',
  done: 'all done',
  disabled: 'switched off',
  next: 'began anew',
};

/** What a schedule's run has done. */
const runNotice = (store: Store, { payload }: Of<'schedule_run'>): Rendering | undefined => {
  const run = store.schedules.getRun(payload.runId);
  if (!run || run.completed === null || run.failed === null || run.leftOver === null) return undefined;
  const parts = [
    `${run.completed} done`,
    run.failed > 0 ? `${run.failed} failed` : '',
    run.leftOver > 0 ? `${run.leftOver} left for next time` : '',
  ];
  const ms = Date.parse(run.workedUntil ?? run.startedAt) - Date.parse(run.startedAt);
  const bytes = run.bytes ?? 0;
  const speed =
    bytes > 0 && ms >= 1000 ? ` in ${formatDuration(ms)}, ${formatBytes((bytes / ms) * 1000)}/s on average` : '';
  return {
    text: lines(
      titleLine(`Schedule ${foreign(run.scheduleName, 64)}`, RUN_ENDS[run.endReason ?? 'done']),
      parts.filter((part) => part !== '').join(' · '),
      bytes > 0 ? `${formatBytes(bytes)}${speed}` : undefined,
    ),
  };
};

/** What was read again, and is to be heard. */
const renderVerified = (store: Store, { payload, chatId }: Of<'verified'>): Rendering | undefined => {
  const { verificationId: id } = payload;
  const verification = verificationIn(store, chatId, id) ?? roundFor(store, chatId, id);
  // It has ended: nothing of it is under way.
  const verifying = { progress: () => undefined, awaits: () => [] };
  return verification && verificationReport(verificationView({ store, verifying }, verification));
};

const letIn = (store: Store, { chatId }: Notice): Rendering => {
  const who = isGroup(chatId) ? 'this group' : 'you';
  return withClearingNote(store, chatId, `The owner of this bot let ${who} in. Try /add gpt2, or /help.`);
};

type Renderer<Kind extends Notice['kind']> = (
  store: Store,
  notice: Of<Kind>,
  ownHub: string | undefined,
) => Rendering | undefined;

/** What each kind says. */
const RENDERERS: { readonly [Kind in Notice['kind']]: Renderer<Kind> } = {
  completed: renderEnd,
  failed: renderEnd,
  verified: renderVerified,
  schedule_run: runNotice,
  newer_commit: renderNewer,
  branch_trouble: renderTrouble,
  repo_renamed: renderRenamed,
  renewals_looked_up: renderLookedUp,
  cleanup: renderCleanupNotice,
  cleanup_done: renderCleanupNotice,
  access_request: requestNotice,
  access_granted: letIn,
  access_denied: refusal,
  hub_token_refused: renderTokenRefused,
  access_needed: renderAccessNeeded,
  access_not_given: renderNotGiven,
  role_given: renderRoleGiven,
  came_in: (store, { payload }) => renderCameIn(store, ['groupId' in payload ? payload.groupId : payload.userId]),
  link_offer: renderLinkOffer,
  check_failed: renderCheckFailed,
  link_lost: renderLinkLost,
  set_aside: renderSetAside,
  answers_left_out: (_, notice) => renderLeftOut([notice]),
  backup: renderBackup,
  downloads_stalled: renderStalled,
  downloads_go_on: renderGoOn,
  disk_filling: renderDisk,
  webhook_unreached: renderUnreached,
  webhook_reached: renderReached,
  host_joined: renderHostJoined,
  host_away: renderHostAway,
  host_back: renderHostBack,
  redis_lost: renderRedisLost,
  redis_back: renderRedisBack,
  token_checked: (_, notice) => renderTokenChecked(notice),
  update_given_up: (_, notice) => renderGivenUp(notice),
  too_fast: (_, notice) => renderTooFast(notice),
  unreadable: () => undefined,
};

/**
 * What a notice says, or undefined if there is nothing left to say.
 * @param ownHub the address of the Hub that is asked, if not the usual one
 */
export const renderNotice = (store: Store, notice: Notice, ownHub?: string): Rendering | undefined =>
  (RENDERERS[notice.kind] as Renderer<Notice['kind']>)(store, notice, ownHub);
