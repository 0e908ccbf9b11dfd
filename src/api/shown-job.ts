import { isPreferredQuantized } from '../domain/pulls/pull-job.ts';
import { shownStack } from '../lib/text/stack.ts';
import { redact } from '../lib/text/redact.ts';
import type { SeenJob } from '../library/pulling/pulling.ts';

/** How much of a job is there, from 0 to 1; null before it is known what there is to come. */
const progressOf = ({ status, downloadedBytes, totalBytes }: SeenJob): number | null => {
  if (status === 'succeeded') return 1;
  if (totalBytes === null) return null;
  return totalBytes === 0 ? 0 : Math.min(1, downloadedBytes / totalBytes);
};

/** A job as the inference server gets it. */
export const shownJob = (job: SeenJob) => ({
  id: job.id,
  model: job.model,
  quantize: job.quantize,
  init: job.init,
  status: job.status,
  created_at: job.createdAt,
  started_at: job.startedAt,
  finished_at: job.finishedAt,
  error: job.error === null ? null : redact(job.error),
  traceback: job.traceback === null ? null : shownStack(job.traceback),
  local_path: job.localPath,
  size_bytes: job.sizeBytes,
  downloaded_bytes: job.downloadedBytes,
  progress: progressOf(job),
  total_bytes: job.totalBytes,
  preferred_quantized: isPreferredQuantized(job),
  api_call_count: job.apiCallCount,
  last_api_call: job.lastApiCall,
});
