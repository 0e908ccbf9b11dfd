import { FormattedString } from '@grammyjs/parse-mode';
import type { Model } from '../../domain/model.ts';
import { PULL_STATUSES, type PullStatus } from '../../domain/pulls/pull-job.ts';
import { formatLocal } from '../../domain/schedule/timezone.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import type { PullPage, SeenJob } from '../../library/pulling/pulling.ts';
import type { Times } from '../../library/model-view.ts';
import type { RemovalPlan } from '../../library/remove.ts';
import type { Topic } from '../feature.ts';
import { modelLabel } from '../ui/label.ts';
import { count, lines, shorten } from '../ui/text.ts';

const NAME_LIMIT = 60;
const ERROR_LIMIT = 160;
const PATH_LIMIT = 200;

/** What the jobs feature says. */
export const text = {
  ownersOnly: 'Only the owner of this bot sees what an inference server asks for.',
  onlyAlone: 'What an inference server asks for is for the owner alone. Write /jobs to me in our own chat.',
  none: 'No inference server has asked for a model. One on this machine can, where HUBGRAM_API_PORT and HUBGRAM_API_TOKEN are set.',
  noneSo: (status: PullStatus): string => `No job has the status “${status}”.`,
  unknown: (word: string): string =>
    `“${shorten(word, 40)}” is no status of a job. There are ${PULL_STATUSES.join(', ')}: /jobs failed shows those that failed.`,
  removeWhich:
    'Which model? Its name stands behind it, as in /jobs remove gpt2; “files” behind that deletes the files too.',
  noSuchModel: (said: string): string => `No inference server has asked for “${said}”. /jobs shows what it has.`,
  severalModels: 'Which one?',
  remove: 'Remove it',
  withFiles: 'Remove it with its files',
  askRemove: (model: Model, { freedBytes, shared }: RemovalPlan, withFiles: boolean): string => {
    const question = `Remove ${modelLabel(model)} from what the inference server has?`;
    const undo = 'It can be undone for an hour.';
    if (model.status !== 'completed')
      return `${question} What has arrived of it is dropped, and jobs that wait for it fail. ${undo}`;
    if (!withFiles) return `${question} Its files stay where they are. ${undo}`;
    if (freedBytes === 0) return `${question} Its files stay all the same: something else needs them. ${undo}`;
    const others = shared ? ' Files that another model uses stay.' : '';
    return `${question} Its files are deleted with it; that frees ${formatBytes(freedBytes)}.${others} ${undo}`;
  },
  removed: (model: Model): string => `${modelLabel(model)} was removed.`,
  gone: 'It had been removed already.',
  back: (model: Model): string => `${modelLabel(model)} is back.`,
  again: (model: Model): string => `${modelLabel(model)} was asked for again meanwhile: it is there.`,
  over: 'It cannot be brought back any more.',
} as const;

/** How far it is. */
const comeText = ({ downloadedBytes, totalBytes, sizeBytes, status }: SeenJob): string => {
  if (totalBytes === null) return '';
  if (status === 'succeeded') return formatBytes(sizeBytes ?? totalBytes);
  return `${formatBytes(downloadedBytes)} of ${formatBytes(totalBytes)}`;
};

const jobText = (job: SeenJob, { timezone, now }: Times): (FormattedString | string)[] => {
  const { model, quantize, status, createdAt, finishedAt, error, localPath } = job;
  const when = formatLocal(Date.parse(finishedAt ?? createdAt), timezone, now);
  const name = quantize === null ? model : `${model} · ${quantize}`;
  const come = comeText(job);
  return [
    FormattedString.join([FormattedString.b(shorten(name, NAME_LIMIT)), ` · ${status} · ${when}`]),
    ...(come === '' ? [] : [come]),
    ...(error === null ? [] : [shorten(error.replace(/\s+/gu, ' '), ERROR_LIMIT)]),
    ...(localPath === null ? [] : [FormattedString.code(shorten(localPath, PATH_LIMIT))]),
  ];
};

/** The newest jobs. */
export const jobsText = ({ jobs, total }: PullPage, times: Times): FormattedString =>
  lines(
    FormattedString.b('Jobs of the inference server'),
    jobs.length < total ? `${count(total, 'job')}, the newest ${jobs.length} of them` : count(total, 'job'),
    ...jobs.flatMap((job) => jobText(job, times)),
  );

export const help: Topic = {
  name: 'jobs',
  lines: [
    'Jobs of an inference server',
    'For the owner, in our own chat. /jobs shows which models an inference server on this machine has asked for, how far they are and where they lie.',
    'One status alone: /jobs running, /jobs failed',
    '/jobs remove gpt2 asks, and takes a model out of what the server has; its files stay, unless you write “files” behind it: /jobs remove gpt2 files',
    'They are in nobody’s library. How a server asks stands in docs/operating.md.',
  ],
  words: ['inference', 'api', 'pull'],
};
