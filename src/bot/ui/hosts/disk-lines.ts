import { FormattedString } from '@grammyjs/parse-mode';
import { formatBytes } from '../../../lib/text/bytes.ts';
import type { HostDisk } from '../../../library/hosts/hosts-view.ts';
import { diskBar } from '../storage/disk-bar.ts';

/** The disk of a machine as a bar and in words; the bar says nothing that the words do not. @param was known from before */
export const hostDiskLines = (
  { modelBytes, floorBytes, totalBytes, freeBytes }: HostDisk,
  was = false,
): readonly (FormattedString | string)[] => {
  const cacheBytes = Math.min(modelBytes, Math.max(0, totalBytes - freeBytes));
  const otherBytes = Math.max(0, totalBytes - freeBytes - cacheBytes);
  const bar = diskBar({ cacheBytes, otherBytes, freeBytes, floorBytes: Math.min(floorBytes, freeBytes) });
  const parts = [
    `${formatBytes(modelBytes)} models`,
    `${formatBytes(otherBytes)} other files`,
    `${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}`,
  ];
  return [FormattedString.code(bar), `${parts.join(', ')}${was ? ' then' : ''}.`];
};
