/* library/adding/insertion: what a looked-up request becomes, or what it does with what is there. */

import type { RepoFile, RepoListing } from '../../../domain/listing.ts';
import type { Loads } from '../../../domain/files/loads/loads.ts';
import type { Selection } from '../../../domain/files/selection.ts';
import type { RepoRef } from '../../../domain/repo/repo.ts';
import type { AddRequestState } from '../../../domain/states/add-request.ts';
import type { Log } from '../../../lib/log.ts';
import type { Quotas } from '../../../people/quotas.ts';
import type { Queue } from '../../../queue/queue.ts';
import type { Space } from '../../../queue/space-forecast.ts';
import type { AddRequest } from '../../../store/downloads/add-requests.ts';
import type { Store } from '../../../store/store.ts';
import type { TargetHost } from '../../hosts/target-host.ts';

/** A request that was looked up, with all that makes a model of it. */
export interface Insertion {
  readonly request: AddRequest;
  /** The state the request must still be in. */
  readonly from: AddRequestState;
  readonly listing: Omit<RepoListing, 'files'>;
  readonly selection: Selection;
  readonly files: readonly RepoFile[];
  /** Of them all; what several paths share counts once. */
  readonly sizeBytes: number;
  /** What loads them, if that has been found out. */
  readonly loads?: Loads;
  readonly ref: RepoRef;
  readonly space: Space;
  readonly target: TargetHost;
  /** The quantization that is usual in the chat, where the repository has nothing of that kind. */
  readonly lacks?: string | undefined;
}

export interface InsertDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'retry' | 'resume' | 'startNow' | 'renew' | 'change' | 'setEnabled'>;
  readonly limits: { readonly quotas: Pick<Quotas, 'checkModel'> };
  readonly log: Log;
}
