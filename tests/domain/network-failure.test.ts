import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { networkFailure, unreachable } from '../../src/domain/failures/network-failure.ts';

const coded = (code: string): Error => Object.assign(new Error('x'), { code });
const codes = (error: unknown): unknown[] => [
  (networkFailure(error, 'cdn.test') as AppError).code,
  unreachable(error, 'hub.test').code,
];

describe('a failure of the network', () => {
  it.each(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])(
    'that is a time-out (%s) is one, whether bytes were asked for or an answer',
    (code) => {
      expect(codes(coded(code))).toEqual(['stalled', 'stalled']);
      expect(codes(new TypeError('fetch failed', { cause: coded(code) }))).toEqual(['stalled', 'stalled']);
    },
  );

  it('that a signal ended in time is a time-out as well', () => {
    expect(codes(new DOMException('late', 'TimeoutError'))).toEqual(['stalled', 'stalled']);
  });

  it.each(['ECONNRESET', 'ENOTFOUND', 'UND_ERR_SOCKET', 'HPE_INVALID_CONSTANT', 'CERT_HAS_EXPIRED'])(
    'such as %s may be over the next time',
    (code) => expect(codes(coded(code))).toEqual(['unreachable', 'unreachable']),
  );

  it.each([
    ['CERT_NOT_YET_VALID', 'its certificate does not hold yet, or the clock of the machine that asks is slow'],
    ['CERT_HAS_EXPIRED', 'its certificate has run out, or the clock of the machine that asks is fast'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)'],
  ])('names the clock where a certificate is refused for its time: %s', (code, why) => {
    expect(unreachable(coded(code), 'hub.test').message).toBe(`hub.test cannot be reached: ${why}.`);
  });

  it('says why, also where several addresses were tried', () => {
    const error = new TypeError('fetch failed', {
      cause: new AggregateError([coded('EHOSTUNREACH'), coded('ECONNREFUSED')]),
    });
    expect(unreachable(error, 'hub.test').message).toBe('hub.test cannot be reached: it refuses connections.');
    expect((networkFailure(error, 'cdn.test') as AppError).message).toBe(
      'cdn.test does not send the file: it refuses connections.',
    );
  });

  it('is nothing else: a fault of ours stays one, and what was sorted already stays as it is', () => {
    const [fault, sorted] = [new TypeError('x is not a function'), new AppError('changed', 'It changed.')];
    expect(networkFailure(fault, 'cdn.test')).toBe(fault);
    expect(networkFailure(sorted, 'cdn.test')).toBe(sorted);
  });
});
