/* store: SQLite, and the only room that speaks SQL: a call is one statement or one transaction. */

import type Database from 'better-sqlite3';
import { toIso, type WallClock } from '../lib/clock.ts';
import { type Log, silentLog } from '../lib/log.ts';
import { type AccessRequests, createAccessRequests } from './people/access.ts';
import { type ActivityLog, createActivityLog } from './people/activity-log.ts';
import { type ActivityLists, createActivityLists } from './people/activity-lists.ts';
import { type AppLinks, createAppLinks } from './apps/app-links.ts';
import { createModelApps, type ModelApps } from './apps/model-apps.ts';
import { createPullJobs, type PullJobs } from './pulls/pull-jobs.ts';
import { type BackupFiles, createBackupFiles } from './backups/backup-files.ts';
import { type Backups, createBackups } from './backups/backups.ts';
import { type AccessLooks, createAccessLooks } from './downloads/access-looks.ts';
import { type AddRequests, createAddRequests } from './downloads/add-requests.ts';
import { createRetention, type Retention } from './keeping/retention.ts';
import { type Categories, createCategories } from './downloads/categories.ts';
import { type Cards, createCards } from './messages/cards.ts';
import { type ChatSettings, createChatSettings } from './people/chat-settings.ts';
import { type Chats, createChats } from './people/chats.ts';
import { type Clearing, createClearing } from './messages/clearing.ts';
import { type Conversations, createConversations } from './people/conversations.ts';
import { type Copies, createCopies } from './downloads/copies.ts';
import { createOldAddresses, type OldAddresses } from './web-files/old-addresses.ts';
import { createTorrentSeeds, type TorrentSeeds } from './web-files/torrent-seeds.ts';
import { createWebFiles, type WebFiles } from './web-files/web-files.ts';
import { type CopyFiles, createCopyFiles } from './downloads/copy-files.ts';
import { createDownloadFiles, type DownloadFiles } from './downloads/download-files.ts';
import { createFileSends, type FileSends } from './messages/file-sends.ts';
import { createReadings, type Readings } from './messages/readings.ts';
import { createFollowers, type Followers } from './messages/followers.ts';
import { type Albums, createAlbums } from './messages/albums.ts';
import { createKeptFiles, type KeptFiles } from './messages/kept-files.ts';
import { createTalks, type Talks } from './messages/talks.ts';
import { createStartOrder, type StartOrder } from './downloads/start-order.ts';
import { migrate } from './database/migrate.ts';
import { createModelFiles, type ModelFiles } from './downloads/model-files.ts';
import { createModelMoves, type ModelMoves } from './downloads/model-moves.ts';
import { createModels, type Models } from './downloads/models.ts';
import { createHostCounts, type HostCounts } from './hosts/host-counts.ts';
import { createHostRows, type HostRows } from './hosts/hosts.ts';
import { createHistory, type History } from './downloads/history.ts';
import { createImportLines, type ImportLines } from './moving/import-lines.ts';
import { createImports, type Imports } from './moving/imports.ts';
import { createInvitations, type Invitations } from './people/invitations.ts';
import { createLibraryLists, type LibraryLists } from './downloads/library-lists.ts';
import { createLibraryViews, type LibraryViews } from './downloads/library-views.ts';
import { createFlush, type Flush } from './database/flush.ts';
import { openDatabase } from './database/open.ts';
import { createOutboxRows, type OutboxRows } from './messages/outbox.ts';
import { createPersonalTokenRows, type PersonalTokenRows } from './people/personal-tokens.ts';
import { createPreferences, type Preferences } from './people/preferences.ts';
import { createQuotas, type Quotas } from './people/quotas.ts';
import { type Asks, createAsks } from './renewals/asks.ts';
import { type Branches, createBranches } from './renewals/branches.ts';
import { createRenewals, type Renewals } from './renewals/renewals.ts';
import { createScheduleRuns, type ScheduleRuns } from './schedules/schedule-runs.ts';
import { createPeopleLists, type PeopleLists } from './people/people-lists.ts';
import { createRoleGrants, type RoleGrants } from './people/role-grants.ts';
import { createRemovedModels, type RemovedModels } from './removals/removed-models.ts';
import { createSchedules, type Schedules } from './schedules/schedules.ts';
import { createSearches, type Searches } from './downloads/searches.ts';
import { createSessions, type Sessions } from './downloads/sessions.ts';
import { createSql, type Sql } from './database/sql.ts';
import { createWriteCheck, type WriteCheck } from './database/write-check.ts';
import { type Candidates, createCandidates } from './storage/candidates.ts';
import { type Cleanups, createCleanups } from './storage/cleanups.ts';
import { createStorageSums, type StorageSums } from './storage/storage-sums.ts';
import { createSummaries, type Summaries } from './messages/summaries.ts';
import { createSystemConfigurations, type SystemConfigurations } from './system-configurations.ts';
import { createUpdates, type Updates } from './messages/updates.ts';
import { createTokenRefusals, type TokenRefusals } from './people/token-refusals.ts';
import { createUsers, type Users } from './people/users.ts';
import { createWatching, type Watching } from './watching/watching.ts';
import { type Adoptions, createAdoptions } from './verifying/adoptions.ts';
import { createRounds, type Rounds } from './verifying/rounds.ts';
import { type CopyChecks, createCopyChecks } from './verifying/copy-checks.ts';
import { createVerifications, type Verifications } from './verifying/verifications.ts';

/** Everything hubgram keeps, by noun. All calls are synchronous, save for the one that waits for the disk. */
export interface Store extends Flush, WriteCheck {
  readonly models: Models & ModelMoves & ModelFiles & StartOrder & LibraryLists;
  readonly libraryViews: LibraryViews;
  readonly categories: Categories;
  readonly backups: Backups & BackupFiles;
  readonly retention: Retention;
  readonly copies: Copies & CopyFiles;
  readonly hosts: HostRows & HostCounts;
  readonly webFiles: WebFiles & TorrentSeeds;
  readonly oldAddresses: OldAddresses;
  readonly storage: StorageSums;
  readonly removedModels: RemovedModels;
  readonly renewals: Branches & Renewals & Asks;
  readonly candidates: Candidates;
  readonly cleanups: Cleanups;
  readonly sessions: Sessions & History;
  readonly schedules: Schedules & ScheduleRuns;
  readonly watching: Watching;
  readonly config: SystemConfigurations;
  readonly files: DownloadFiles;
  readonly accessRequests: AccessRequests;
  readonly accessLooks: AccessLooks;
  readonly tokenRefusals: TokenRefusals;
  readonly addRequests: AddRequests;
  readonly searches: Searches & Readings;
  readonly imports: Imports & ImportLines;
  readonly verifications: Verifications & Adoptions & Rounds;
  readonly checks: CopyChecks;
  readonly pullJobs: PullJobs;
  readonly cards: Cards;
  readonly summaries: Summaries;
  readonly followers: Followers;
  readonly fileSends: FileSends;
  readonly keptFiles: KeptFiles & Albums;
  readonly talks: Talks;
  readonly outbox: OutboxRows;
  readonly users: Users & RoleGrants & PeopleLists;
  readonly invitations: Invitations;
  readonly chats: Chats;
  readonly chatSettings: ChatSettings;
  readonly preferences: Preferences;
  readonly quotas: Quotas;
  readonly personalTokens: PersonalTokenRows;
  readonly activity: ActivityLog & ActivityLists;
  readonly updates: Updates;
  readonly clearing: Clearing;
  readonly conversations: Conversations;
  readonly apps: ModelApps & AppLinks;
  /** Runs `work`, which must not wait for anything, as one transaction: all of it or nothing. May be nested. */
  readonly atomically: <T>(work: () => T) => T;
  /** The program runs: from now on another program's lock is waited for so briefly that nobody notices. */
  readonly waitBriefly: () => void;
  readonly close: () => void;
}

interface StoreOptions {
  readonly clock: WallClock;
  readonly log?: Log;
  /** Where the numbered SQL files lie, if not at their usual place. */
  readonly migrationsDir?: string;
}

/**
 * Opens the database, brought to this version of the schema.
 * @throws AppError connection: it cannot be opened; operational: it is newer than this program
 */
export const openStore = (path: string, { clock, log = silentLog, migrationsDir }: StoreOptions): Store => {
  const db = openDatabase(path);
  const now = (): string => toIso(clock.now());
  try {
    const folder = migrationsDir === undefined ? {} : { folder: migrationsDir };
    const backup = migrate(db, { now: now(), ...folder });
    if (backup !== undefined) log.info({ database: path, backup }, 'The database was brought to a newer version');
  } catch (error) {
    db.close();
    throw error;
  }
  return createStore(db, createSql(db, log), now, log);
};

/** What the bot has said, is saying, and is still to say. */
const createMessageRows = (sql: Sql, now: () => string) => ({
  cards: createCards(sql),
  summaries: createSummaries(sql),
  followers: createFollowers(sql, now),
  fileSends: createFileSends(sql, now),
  keptFiles: { ...createKeptFiles(sql), ...createAlbums(sql, now) },
  talks: createTalks(sql, now),
  outbox: createOutboxRows(sql, now),
});

/** The store on an open database that has this version of the schema. */
export const createStore = (db: Database.Database, sql: Sql, now: () => string, log: Log = silentLog): Store => {
  const flush = createFlush(db, log);
  const copies = { ...createCopies(sql, now), ...createCopyFiles(sql) };
  const models = createModels(sql, now, copies);
  const sessions = createSessions(sql, now);
  const moves = createModelMoves(sql, now);
  return {
    models: {
      ...models,
      ...moves,
      ...createModelFiles(sql, copies),
      ...createStartOrder(sql, now),
      ...createLibraryLists(sql),
    },
    libraryViews: createLibraryViews(sql),
    categories: createCategories(sql),
    backups: { ...createBackups(sql, now), ...createBackupFiles(db, now) },
    retention: createRetention(sql),
    copies,
    hosts: { ...createHostRows(sql, now), ...createHostCounts(sql, now) },
    webFiles: { ...createWebFiles(sql), ...createTorrentSeeds(sql) },
    oldAddresses: createOldAddresses(sql, db),
    storage: createStorageSums(sql),
    removedModels: createRemovedModels({ sql, now, copies, models: { ...models, ...moves }, sessions }),
    sessions: { ...sessions, ...createHistory(sql) },
    renewals: { ...createBranches(sql), ...createRenewals(sql, now), ...createAsks(sql, now) },
    candidates: createCandidates(sql),
    cleanups: createCleanups(sql, now),
    schedules: { ...createSchedules(sql, now), ...createScheduleRuns(sql, now) },
    watching: createWatching(sql, now),
    config: createSystemConfigurations(sql, now),
    files: createDownloadFiles(sql),
    accessRequests: createAccessRequests(sql, now),
    accessLooks: createAccessLooks(sql, now),
    tokenRefusals: createTokenRefusals(sql, now),
    addRequests: createAddRequests(sql, now),
    searches: { ...createSearches(sql, now), ...createReadings(sql, now) },
    imports: { ...createImports(sql, now), ...createImportLines(sql) },
    verifications: { ...createVerifications(sql, now), ...createAdoptions(sql, now), ...createRounds(sql, now) },
    checks: createCopyChecks(sql, now),
    pullJobs: createPullJobs(sql, now),
    ...createMessageRows(sql, now),
    users: { ...createUsers(sql, now), ...createRoleGrants(sql, now), ...createPeopleLists(sql) },
    invitations: createInvitations(sql, now),
    chats: createChats(sql, now),
    chatSettings: createChatSettings(sql, now),
    preferences: createPreferences(sql, now),
    quotas: createQuotas(sql),
    personalTokens: createPersonalTokenRows(sql, now),
    activity: { ...createActivityLog(sql, now), ...createActivityLists(sql) },
    updates: createUpdates(sql, now),
    clearing: createClearing(sql, now),
    conversations: createConversations(sql, now),
    apps: { ...createModelApps(sql), ...createAppLinks(sql) },
    ...createWriteCheck(sql, now),
    atomically: sql.atomically,
    waitBriefly: sql.waitBriefly,
    flushApart: flush.flushApart,
    flushed: flush.flushed,
    close: () => {
      flush.close();
      db.close();
    },
  };
};
