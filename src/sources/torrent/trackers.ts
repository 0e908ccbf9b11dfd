import { type Egress, RefusedAddress } from '../../lib/net/egress.ts';

const lookUp = (egress: Pick<Egress, 'lookup'>, host: string): Promise<Error | null> =>
  new Promise((resolve) => egress.lookup(host, { all: true }, (error) => resolve(error)));

/** Why a tracker is not asked; empty: its name is not known here. */
const refusalOf = async (egress: Pick<Egress, 'refusal' | 'lookup'>, address: string): Promise<string | undefined> => {
  // Where it lies is the question, whatever is spoken there.
  const url = URL.parse(address.replace(/^udp:/i, 'http:'));
  if (!url) return '';
  const refusal = await egress.refusal(url);
  if (refusal !== undefined) return refusal;
  const error = await lookUp(egress, url.hostname.replace(/^\[|\]$/g, ''));
  if (error === null) return undefined;
  return error instanceof RefusedAddress ? error.message : '';
};

/**
 * Those of a torrent's trackers that may be asked: what strangers have written into it is not to reach private places.
 * @returns with why the first of the others may not, if that is for this
 */
export const allowedTrackers = async (
  egress: Pick<Egress, 'refusal' | 'lookup'>,
  trackers: readonly string[],
): Promise<{ readonly allowed: readonly string[]; readonly refusal: string | undefined }> => {
  const found = await Promise.all(
    trackers.map(async (address) => ({ address, refusal: await refusalOf(egress, address) })),
  );
  return {
    allowed: found.flatMap(({ address, refusal }) => (refusal === undefined ? [address] : [])),
    refusal: found.find(({ refusal = '' }) => refusal !== '')?.refusal,
  };
};
