import { categoryOf } from '../../../domain/category.ts';
import { aboutOf } from '../../../domain/files/loads/about.ts';
import type { FilesInBrief } from '../../../domain/files/loads/files-in-brief.ts';
import { selectionKey } from '../../../domain/files/selection.ts';
import type { Model } from '../../../domain/model.ts';
import type { ModelMetadata } from '../../../domain/model-metadata.ts';
import type { AddRequest } from '../../../store/downloads/add-requests.ts';
import type { Store } from '../../../store/store.ts';
import { applyDetails } from '../../moving/apply-details.ts';
import { optionsOf } from '../request-selection.ts';
import type { Insertion } from './insertion.ts';

/** What a model will wait for: a person's word, if it was added with `later`; else the schedule of its chat, if one is on. */
export const heldFor = (store: Store, request: AddRequest): { onDemand: boolean; scheduled: boolean } => {
  const { when } = optionsOf(request);
  return {
    onDemand: when === 'later',
    scheduled: when === undefined && store.schedules.getActiveSchedule(request.chatId) !== undefined,
  };
};

/** What is kept with a model of what the Hub and the disk said. */
export const metadataOf = ({ listing, files, sizeBytes, loads, space, lacks, ref }: Insertion): ModelMetadata => ({
  presentBytes: Math.max(0, sizeBytes - space.missingBytes),
  freeAfterBytes: space.freeBytes - space.missingBytes,
  gated: listing.gated !== false,
  private: listing.private,
  ...(listing.webFile
    ? { webFile: { hash: listing.webFile.hash, ...(ref.sha256 === undefined ? {} : { sha256: ref.sha256 }) } }
    : {}),
  ...(lacks === undefined ? {} : { lacks }),
  ...aboutOf(listing),
  ...(loads ? { filesInBrief: { commit: listing.commit, count: files.length, loads } satisfies FilesInBrief } : {}),
});

/** A model of a chat as it was asked for, with its files and the copy that it wants; one that is not there yet. */
export const createFrom = (store: Store, insertion: Insertion): Model => {
  const { request, listing, selection, files, sizeBytes, ref, target } = insertion;
  const { when, priority, description, category, details, init } = optionsOf(request);
  const held = heldFor(store, request);
  const model = store.models.createModel({
    chatId: request.chatId,
    name: ref.id,
    repoType: ref.type,
    sourceUrl: ref.url ?? null,
    revision: ref.revision ?? 'main',
    selection: selectionKey(selection),
    sizeBytes,
    hostId: target.hostId,
    commitSha: listing.commit,
    canonicalName: listing.canonicalId,
    requestedBy: request.userId,
    ...(listing.tokenOf === undefined ? {} : { tokenOf: listing.tokenOf }),
    category: category ?? categoryOf(listing.pipelineTag),
    ...held,
    runNow: when === 'now',
    init: init === true,
    metadata: metadataOf(insertion),
    ...(listing.license === undefined ? {} : { license: listing.license }),
    ...(priority === undefined ? {} : { priority }),
    ...(description === undefined ? {} : { description }),
    ...(held.scheduled || held.onDemand ? { statusReason: 'schedule' as const } : {}),
    ...(details?.enabled === undefined ? {} : { enabled: details.enabled }),
    files,
  });
  if (details) applyDetails(store, model, details);
  return model;
};
