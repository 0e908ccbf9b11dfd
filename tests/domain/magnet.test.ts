import { describe, expect, it } from 'vitest';
import { magnetAddress, readMagnet } from '../../src/domain/repo/magnet.ts';
import { shownAddress, webAddressIn } from '../../src/domain/repo/web-file.ts';

const HASH = '0123456789abcdef0123456789abcdef01234567';
const LINK = `magnet:?xt=urn:btih:${HASH}`;

describe('a magnet link', () => {
  it('says which torrent, what it is called and who knows its peers', () => {
    const link = `${LINK}&dn=My+Model&tr=udp%3A%2F%2Ftracker.example.org%3A6969&tr=https%3A%2F%2Ft.example.org%2Fkey%2Fannounce`;
    expect(readMagnet(link)).toStrictEqual({
      infoHash: HASH,
      name: 'My Model',
      trackers: ['udp://tracker.example.org:6969', 'https://t.example.org/key/announce'],
    });
    expect(readMagnet(magnetAddress(readMagnet(link)))).toStrictEqual(readMagnet(link));
  });

  it('may have its hash in base32, and in capitals', () => {
    // RFC 4648: 20 bytes are 32 characters without padding.
    expect(readMagnet('magnet:?xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH').infoHash).toBe(HASH);
    expect(readMagnet(`MAGNET:?xt=urn:btih:${HASH.toUpperCase()}`).infoHash).toBe(HASH);
  });

  it.each([
    ['magnet:?dn=x', /names no torrent/],
    [`magnet:?xt=urn:btih:${HASH.slice(1)}`, /names no torrent/],
    [`magnet:?xt=urn:btih:${HASH.slice(1)}g`, /names no torrent/],
    [`magnet:?xt=urn:btmh:1220${'a'.repeat(64)}`, /BitTorrent 2 only/],
    [`${LINK}&dn=${'x'.repeat(8000)}`, /too long/],
  ])('%s is refused', (link, sentence) => expect(() => webAddressIn(link)).toThrow(sentence));

  it('keeps no tracker that is none, none twice, and of very many those that there is room for', () => {
    const strange = ['file:///etc/passwd', 'javascript:alert(1)', 'http://a,b/', 'wss://t.example.org', '', 'http://'];
    const typed = [...strange, 'http://a.example.org/x', 'http://a.example.org/x'];
    const link = `${LINK}${typed.map((tracker) => `&tr=${encodeURIComponent(tracker)}`).join('')}`;
    expect(readMagnet(link).trackers).toStrictEqual(['http://a.example.org/x']);
    const many = Array.from({ length: 40 }, (_, at) => `http://${'t'.repeat(50)}.example.org/${at}/announce`);
    const address = magnetAddress({ infoHash: HASH, name: undefined, trackers: many });
    expect(address.length).toBeLessThanOrEqual(4000);
    expect(readMagnet(address).trackers).toStrictEqual(many.slice(0, readMagnet(address).trackers.length));
  });

  it('is shown without its trackers, which may know people by their addresses', () => {
    const address = webAddressIn(`${LINK}&dn=A%20B&tr=https%3A%2F%2Ft.example.org%2Fsecret%2Fannounce`)?.href ?? '';
    expect(address).toContain('secret');
    expect(shownAddress(address)).toBe(`${LINK}&dn=A%20B`);
  });
});
