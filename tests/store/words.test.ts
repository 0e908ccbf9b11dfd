import { expect, it } from 'vitest';
import { ACTIVITY_RESULTS } from '../../src/domain/activity/activity.ts';
import type { LinkWay } from '../../src/domain/apps/link.ts';
import type { Copy, Removal, SourceName, Taking } from '../../src/domain/copy.ts';
import type { HostState } from '../../src/domain/hosts/host.ts';
import type { RepoType } from '../../src/domain/listing.ts';
import { PRIORITIES } from '../../src/domain/model.ts';
import type { PersonalToken, TokenKind } from '../../src/domain/people/personal-token.ts';
import { PULL_STATUSES } from '../../src/domain/pulls/pull-job.ts';
import { QUOTAS } from '../../src/domain/quotas/quota.ts';
import { CHECK_FREQUENCIES } from '../../src/domain/renewals/check-frequency.ts';
import { KEPT_KINDS } from '../../src/domain/repo/kept-file.ts';
import { SCHEDULE_TYPES } from '../../src/domain/schedule/schedule.ts';
import { ADD_REQUEST_STATES } from '../../src/domain/states/add-request.ts';
import { APP_LINK_STATES } from '../../src/domain/states/app-link.ts';
import { BACKUP_STATES } from '../../src/domain/states/backup.ts';
import { COPY_STATES } from '../../src/domain/states/copy.ts';
import { IMPORT_STATES } from '../../src/domain/states/import.ts';
import { MODEL_APP_STATES } from '../../src/domain/states/model-app.ts';
import { MODEL_STATUSES, PENDING_REASONS } from '../../src/domain/states/model.ts';
import { REMOVED_MODEL_STATES } from '../../src/domain/states/removed-model.ts';
import { RENEWAL_STATES } from '../../src/domain/states/renewal.ts';
import { SEARCH_STATES } from '../../src/domain/states/search.ts';
import { SESSION_STATUSES } from '../../src/domain/states/session.ts';
import { VERIFICATION_STATES } from '../../src/domain/states/verification.ts';
import { TROUBLE_CAUSES } from '../../src/domain/watching/trouble.ts';
import type { SeedRefusal } from '../../src/sources/port.ts';
import type { AddOutcome } from '../../src/store/downloads/add-requests.ts';
import type { SendFailure } from '../../src/store/messages/file-sends.ts';
import type { Talk } from '../../src/store/messages/talks.ts';
import type { ImportLine } from '../../src/store/moving/import-lines.ts';
import type { ChatSession } from '../../src/store/people/chats.ts';
import type { InvitedRole } from '../../src/store/people/invitations.ts';
import type { User } from '../../src/store/people/users.ts';
import type { RunEnd } from '../../src/store/schedules/schedule-runs.ts';
import type { Cleanup, CleanupModel } from '../../src/store/storage/cleanups.ts';
import type { CopyCheckState } from '../../src/store/verifying/copy-checks.ts';
import type { Verification, VerificationItem } from '../../src/store/verifying/verifications.ts';
import { openBench } from './setup.ts';

/** All words of a type: with one more, or one less, this does not compile. */
const all = <Word extends string>(words: Readonly<Record<Word, true>>): readonly string[] => Object.keys(words);

const REPO_TYPES = all<RepoType>({ model: true, dataset: true });
const SOURCES = all<SourceName>({ hub: true, url: true });

/** What the code knows that a column may say. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'activity_log.result': ACTIVITY_RESULTS,
  'add_requests.outcome': all<AddOutcome>({
    here: true,
    running: true,
    waits: true,
    started: true,
    resumed: true,
    anew: true,
    retried: true,
    renewed: true,
    refetched: true,
  }),
  'add_requests.state': ADD_REQUEST_STATES,
  'app_links.state': APP_LINK_STATES,
  'app_links.way': all<LinkWay>({ hard: true, symbolic: true }),
  'backups.state': BACKUP_STATES,
  'branches.repo_type': REPO_TYPES,
  'chat_sessions.access': all<ChatSession['access']>({ pending: true, approved: true, denied: true }),
  'chat_sessions.kind': all<ChatSession['kind']>({ private: true, group: true, supergroup: true, channel: true }),
  'chat_sessions.role': all<ChatSession['role']>({ member: true, viewer: true }),
  'chat_sessions.start_order': all<ChatSession['startOrder']>({ added: true, smallest: true }),
  'cleanup_models.fate': all<CleanupModel['fate']>({
    announced: true,
    kept: true,
    stays: true,
    going: true,
    removed: true,
  }),
  'cleanup_models.repo_type': REPO_TYPES,
  'cleanup_models.used_by': all<CleanupModel['usedBy']>({ read: true, change: true, people: true }),
  'cleanups.state': all<Cleanup['state']>({ announced: true, done: true, called_off: true }),
  'copies.made_by': all<NonNullable<Copy['madeBy']>>({ hubgram: true, other: true }),
  'copies.removal': all<Removal>({ arrived: true, files: true, list: true }),
  'copies.repo_type': REPO_TYPES,
  'copies.source': SOURCES,
  'copies.state': COPY_STATES,
  'copy_checks.state': all<CopyCheckState>({ waiting: true, done: true, refused: true, stale: true }),
  'download_sessions.status': SESSION_STATUSES,
  'file_sends.failure': all<SendFailure>({ gone: true, too_large: true, refused: true, not_through: true }),
  'hosts.state': all<HostState>({ invited: true, joined: true, gone: true }),
  'import_lines.kind': all<ImportLine['kind']>({ new: true, changed: true, refused: true }),
  'import_lines.state': all<ImportLine['state']>({ planned: true, asked: true, done: true, failed: true }),
  'imports.state': IMPORT_STATES,
  'invitations.role': all<InvitedRole>({ owner: true, member: true, viewer: true }),
  'kept_files.kind': KEPT_KINDS,
  'model_apps.state': MODEL_APP_STATES,
  'models.check_frequency': CHECK_FREQUENCIES,
  'models.priority': PRIORITIES,
  'models.repo_type': REPO_TYPES,
  'models.source': SOURCES,
  'models.status': MODEL_STATUSES,
  'models.status_reason': PENDING_REASONS,
  'personal_tokens.kind': all<TokenKind>({ read: true, write: true, fine_grained: true }),
  'personal_tokens.state': all<PersonalToken['state']>({ unchecked: true, valid: true, revoked: true }),
  'pull_jobs.status': PULL_STATUSES,
  'quotas.quota': QUOTAS,
  'readings.repo_type': REPO_TYPES,
  'removed_models.state': REMOVED_MODEL_STATES,
  'removed_models.taking': all<Taking>({ nothing: true, ours: true, all: true }),
  'renewals.state': RENEWAL_STATES,
  'schedule_configurations.type': SCHEDULE_TYPES,
  'schedule_runs.end_reason': all<RunEnd>({ window_closed: true, done: true, disabled: true, next: true }),
  'searches.state': SEARCH_STATES,
  'talks.state': all<Talk['state']>({ waiting: true, open: true }),
  'torrent_seeds.refusal': all<SeedRefusal>({ links: true, files: true, peers: true, aria2: true }),
  // And `host-3`, by a rule of its own.
  'troubles.cause': TROUBLE_CAUSES,
  'users.role': all<User['role']>({ owner: true, member: true, viewer: true, pending: true, denied: true }),
  'users.role_source': all<NonNullable<User['roleSource']>>({ configuration: true }),
  'verification_items.repo_type': REPO_TYPES,
  'verification_items.state': all<VerificationItem['state']>({
    waiting: true,
    right: true,
    mending: true,
    left_out: true,
    refused: true,
    adopted: true,
    incomplete: true,
  }),
  'verifications.purpose': all<Verification['purpose']>({ verify: true, adopt: true, round: true }),
  'verifications.state': VERIFICATION_STATES,
};

/** Columns of which no type of the code says more than the schema: a list that the schema alone works off. */
const OF_THE_SCHEMA = ['addresses_to_seal.kind'];

/** Of each column that may say some words only, the longest list: shorter ones are rules about several columns. */
const allowed = (): Map<string, readonly string[]> => {
  const { raw } = openBench();
  const tables = raw.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL").all();
  const found = new Map<string, readonly string[]>();
  for (const { name, sql } of tables as readonly { readonly name: string; readonly sql: string }[])
    for (const [, column, list = ''] of sql.matchAll(/(\w+)\s+IN\s*\(\s*('[^)]*')\s*\)/g)) {
      const words = [...list.matchAll(/'([^']*)'/g)].map(([, word = '']) => word);
      const key = `${name}.${column}`;
      if (words.length > (found.get(key)?.length ?? 0)) found.set(key, words);
    }
  return found;
};

it('a column takes the words that the code knows, and no others', () => {
  const columns = allowed();
  for (const column of OF_THE_SCHEMA) expect(columns.delete(column)).toBe(true);
  const sorted = (words: readonly string[]): readonly string[] => words.toSorted();
  expect(Object.fromEntries([...columns].map(([column, words]) => [column, sorted(words)]))).toEqual(
    Object.fromEntries(Object.entries(KNOWN).map(([column, words]) => [column, sorted(words)])),
  );
});
