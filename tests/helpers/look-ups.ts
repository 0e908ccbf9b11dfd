import type { AddRequest } from '../../src/store/downloads/add-requests.ts';
import type { Store } from '../../src/store/store.ts';

/** What has become of a request once its look-up has ended. */
export const lookedUp = async ({ addRequests }: Pick<Store, 'addRequests'>, id: number): Promise<AddRequest> => {
  for (;;) {
    const request = addRequests.getAddRequest(id);
    if (!request) throw new Error('It is gone');
    if (request.state !== 'looking_up') return request;
    await new Promise((resolve) => setImmediate(resolve));
  }
};
