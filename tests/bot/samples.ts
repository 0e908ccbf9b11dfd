import type { InlineKeyboardButton } from 'grammy/types';
import { modelCard } from '../../src/bot/board/card/card.ts';
import type { CardView } from '../../src/bot/board/card/card-view.ts';
import type { Rendering } from '../../src/bot/ui/text.ts';
import { filesInBrief } from '../../src/domain/files/loads/files-in-brief.ts';
import type { RepoFile } from '../../src/domain/listing.ts';
import type { Model } from '../../src/domain/model.ts';
import type { DownloadSession } from '../../src/domain/session.ts';
import type { LiveSnapshot } from '../../src/queue/run/live.ts';
import type { AddRequest } from '../../src/store/downloads/add-requests.ts';

const AT = '2026-11-21T12:00:00.000Z';
export const NOW = Date.parse(AT);
const SIZE = 550_967_953;

export const sampleModel = (changes: Partial<Model> = {}): Model => ({
  id: 7,
  chatId: 1,
  source: 'hub',
  sourceUrl: null,
  repoType: 'model',
  name: 'gpt2',
  revision: 'main',
  selection: '{"quantize":"auto","include":[],"exclude":[]}',
  status: 'pending',
  statusReason: null,
  sizeBytes: SIZE,
  downloadPath: null,
  title: null,
  description: null,
  priority: 'medium',
  enabled: true,
  pinned: false,
  hostId: 1,
  category: 'text',
  maxRetries: null,
  checkFrequency: null,
  wantsCopyId: 1,
  copyId: null,
  filesGone: 0,
  filesBroken: 0,
  commitSha: '607a30d783dfa663caf39e06633721c8d4cfcd7e',
  canonicalName: 'gpt2',
  license: 'mit',
  requestedBy: 1,
  tokenOf: null,
  scheduled: false,
  onDemand: false,
  runNow: false,
  init: false,
  notBefore: null,
  queuedAt: AT,
  createdAt: AT,
  updatedAt: AT,
  metadata: { presentBytes: 0, freeAfterBytes: 80e9, gated: false, pipelineTag: 'text-generation' },
  ...changes,
});

export const sampleSession = (changes: Partial<DownloadSession> = {}): DownloadSession => ({
  id: 1,
  uuid: '00000000-0000-4000-8000-000000000000',
  modelId: 7,
  chatId: 1,
  modelName: 'gpt2',
  scheduleId: null,
  status: 'in_progress',
  startedAt: AT,
  completedAt: null,
  bytesDownloaded: 0,
  totalBytes: SIZE,
  errorMessage: null,
  errorStack: null,
  retryCount: 0,
  activeMs: 0,
  receivedBytes: SIZE,
  metadata: null,
  ...changes,
});

export const sampleSnapshot = (changes: Partial<LiveSnapshot> = {}): LiveSnapshot => ({
  phase: 'receiving',
  bytesTotal: SIZE,
  bytesReady: 341_000_000,
  bytesPerSecond: 48_200_000,
  etaMs: 4360,
  filesTotal: 8,
  filesDone: 4,
  currentFile: 'model.safetensors',
  idleMs: 0,
  connections: 16,
  note: undefined,
  ...changes,
});

export const sampleRequest = (changes: Partial<AddRequest> = {}): AddRequest => ({
  id: 3,
  part: 0,
  chatId: 1,
  userId: 1001,
  threadId: null,
  messageId: 10,
  cardMessageId: 11,
  ref: 'gpt2',
  options: {},
  state: 'looking_up',
  modelId: null,
  choices: null,
  errorMessage: null,
  outcome: null,
  drawn: null,
  settled: false,
  quiet: false,
  begun: 0,
  looks: 0,
  notBefore: null,
  waitsSince: null,
  begunAt: null,
  createdAt: AT,
  updatedAt: AT,
  ...changes,
});

export const sampleFile = (path: string): RepoFile => ({ path, size: 1, etag: 'a'.repeat(40) });

/** What comes of gpt2. */
const FILES = [
  'model.safetensors',
  'config.json',
  'generation_config.json',
  'merges.txt',
  'README.md',
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.json',
].map(sampleFile);

/** The card of a model with these files, or with those of gpt2. */
export const sampleCard = ({
  files = FILES,
  ...view
}: Partial<CardView> & { files?: readonly RepoFile[] }): Rendering => {
  const { model = sampleModel() } = view;
  return modelCard({
    model,
    brief: filesInBrief(model, files),
    session: undefined,
    snapshot: undefined,
    waiting: undefined,
    apps: [],
    appsLeft: [],
    now: NOW,
    timezone: 'UTC',
    ...view,
  });
};

const label = (button: InlineKeyboardButton): string => {
  const style = 'style' in button && button.style ? ` (${button.style})` : '';
  return `[${button.text}${style}]`;
};

/** What a person sees: the text, then a row of buttons in each line. */
export const shown = ({ text, keyboard }: Rendering): string =>
  [text.text, ...(keyboard?.inline_keyboard.map((row) => row.map(label).join(' ')) ?? [])].join('\n');
