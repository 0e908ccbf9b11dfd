/**
 * Figures that others published of Xet's chunks and hashes, by which every reader and writer of them here is tried. Of a whole
 * xorb none is small enough to be kept here: the reference one (xet-team/xet-spec-reference-files, 63 MB) was not to be had.
 */

/** SplitMix64, the low byte first: how xet-core makes the data of its tests. */
export const splitMix64 = (length: number, seed: bigint): Buffer => {
  const bytes = Buffer.alloc(Math.ceil(length / 8) * 8);
  const cut = (value: bigint): bigint => BigInt.asUintN(64, value);
  let state = seed;
  for (let at = 0; at < bytes.length; at += 8) {
    state = cut(state + 0x9e3779b97f4a7c15n);
    const first = cut((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
    const second = cut((first ^ (first >> 27n)) * 0x94d049bb133111ebn);
    bytes.writeBigUInt64LE(second ^ (second >> 31n), at);
  }
  return bytes.subarray(0, length);
};

const xorshift32 = (length: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(length);
  let state = seed | 0;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
};

/** Ends in a place where the gear hash has its zeros. */
const TRIGGER = Buffer.from(
  '9a342a229f4b7ee046ec0cc44fecb27c7f3263b22cb0ae7efaebcdaefc7a230a1465d645c10873699ee4786f88a2c6fbd3b7fdfca4933f10baa27517aa24cdbb' +
    'ae4cd2aed3af0cad913b0246deb59fe3b69cbd33e26a1832b79d8c0a0817d4460aea1721dbfe27ec4631bf7409730f651a9fa5dc0faa387d5ca35eeb26283151',
  'hex',
);

const triggering = (padding: number): Buffer => {
  const bytes = Buffer.alloc(65_536);
  for (let at = 0; at < bytes.length; at += TRIGGER.length + padding) TRIGGER.copy(bytes, at);
  return bytes;
};

export interface CutVector {
  readonly name: string;
  readonly bytes: () => Buffer;
  /** SHA-256 of the bytes, where it was published. */
  readonly sha256?: string;
  /** Where each chunk ends. */
  readonly ends: readonly number[];
}

const TRIGGERED: readonly (readonly [number, readonly number[]])[] = [
  [0, [8256, 16_448, 24_640, 32_832, 41_024, 49_216, 57_408, 65_536]],
  [1, [8320, 16_576, 24_832, 33_088, 41_344, 49_600, 57_856, 65_536]],
  [10, [8206, 16_486, 24_766, 33_046, 41_326, 49_606, 57_886, 65_536]],
  [39, [8247, 16_597, 24_947, 33_297, 41_647, 49_997, 58_347, 65_536]],
  [45, [8195, 16_499, 24_803, 33_107, 41_411, 49_715, 58_019, 65_536]],
  [67, [8254, 16_639, 25_024, 33_409, 41_794, 50_179, 58_564, 65_536]],
];

/** Of the tests of xet-core (deduplication/chunking.rs), repeated in huggingface.js (xetchunk-wasm/tests/index.test.ts). */
export const CUTS: readonly CutVector[] = [
  {
    name: '1 MB of SplitMix64, seed 0',
    bytes: () => splitMix64(1_000_000, 0n),
    sha256: 'b3d0a1f7938cd4d8413a4dcffd4313e2e8ac0cb61cb1090eb140ea8e9154befb',
    ends: [
      84_493, 134_421, 144_853, 243_318, 271_793, 336_457, 467_529, 494_581, 582_000, 596_735, 616_815, 653_164,
      678_202, 724_510, 815_591, 827_760, 958_832, 991_092, 1_000_000,
    ],
  },
  {
    name: '1 MB of one byte',
    bytes: () => Buffer.alloc(1_000_000, 59),
    ends: [131_072, 262_144, 393_216, 524_288, 655_360, 786_432, 917_504, 1_000_000],
  },
  ...TRIGGERED.map(([padding, ends]) => ({
    name: `places that end a chunk, ${128 + padding} bytes apart`,
    bytes: () => triggering(padding),
    ends,
  })),
];

/** Of the first vector above. */
export const CHUNK_HASHES: readonly string[] = [
  '6eca1e7dadaf08cca5d82d318c800f07c2ddcec115a7e8627e5edd9605b94b8d',
  '624ea34d72a06e5d43a1b8dd10763f0d22f165992c397ed97563899b27fdd88a',
  '4411d2ec847c6e3f451a7451ff3933adb4f1c31587421b9f730b698a78313b47',
  '6342bde97433e29e0779ad33eb8040d986679040361b3cc3a06230fe60dd6c9b',
  '405253fcf15bba751adc4f507d3453273daff81ed4d8acd71c521aa1cbddc0b5',
  '4482374af7f8bebfdb5c5df0299f80128d6c58886ad7b218c562b1d74064e4cb',
  '80acc8d39c853b4b8a8c6ad7b63bf2ea68f62c2226b92f06349f92cc84d213cc',
  'a7076d7d343f711fb20fe6cd023248d8d051e8fe7d44172596cd5c7ea7edaf65',
  '44755217bbb4dadc81ea7695765230a34a2e6cb3b55f373f1de35aeba79ae92c',
  '001adc1d302d5f039278325dcbd5ec3b194f4794f1629d6f962f9f4bb78a7bff',
  'f8460a337c186f07c2e225bb287a1d3d3d686dc69d0828e99640f7d8852c5b90',
  'c9bc3da29025dc1ba562d303d815151d9a937367abb766ae842a165e8493d9fe',
  '5044339dfd65e8163bdfe642614a6be604b04d6aeacf222cf219ad287bfc5cf1',
  '163622db0fe0da93f2ef964eed4c485f3c7a9c312f8e8e8a312ab4bb8141f13e',
  'e1730534a858aa0258ad8904ef12b829b8a123a1c611250275c9ca9471e4c650',
  '1fbc6854f9185caba1e1f55393f41f83b895b18f9c99245c029025ca48f1e14b',
  '8a27b66ccf05b864b6bef6fb5c970fe894f73d2330e8e98fe7841dcdbd9e9576',
  'bc70a33e7a9ec820cac24b87023469a57bdae1bf91cc3961b95806c64a525221',
  '03e5b5f5a088269ec4b329f1e04debfac4cb54b9c0facf038f7e8e0f054be7e2',
];

/**
 * A place with the zeros comes shortly before the least length and must not end the chunk: made by xet-core of the same
 * bytes (xetchunk-wasm/tests/index.test.ts, "Minimum chunk size regression").
 */
export const EARLY_MATCH = {
  bytes: (): Buffer => xorshift32(3 * 1024 * 1024, 0x9e3779b9),
  chunks: 52,
  /** Of the 45th. */
  index: 44,
  length: 131_072,
  hash: '8ee1833ff616a01e187888865c8e22f403c860b7a6c347ba28c4511995875086',
} as const;

/** draft-denis-xet, appendix C: the hash of a chunk, and how 32 bytes are written. */
export const HELLO = {
  bytes: (): Buffer => Buffer.from('Hello World!'),
  raw: 'a29cfb08e608d4d8726dd8659a90b9134b3240d5d8e42d5fcb28e2a6e763a3e8',
  hash: 'd8d408e608fb9ca213b9909a65d86d725f2de4d8d540324be8a363e7a6e228cb',
} as const;

const NOTHING = '0'.repeat(64);
const ONE = ['cfc5d07f6f03c29bbf424132963fe08d19a37d5757aaf520bf08119f05cd56d6', 100] as const;
const TWO = ['c3e67584b5c4fc2a89837ec39e40f2c8a6bb0b2987ac94cd4b31e5fbdd210a72', 200] as const;
const THREE = ['0d2beb91b9196929a5ddec9f6e306924ddf4a24268e3e59fd8464738d525af37', 300] as const;
const FOUR = ['adf8773496a9b7319b2e50dc98093f344053b17d8ad37100b9c07d9805988784', 400] as const;
const NONE = [NOTHING, 0] as const;

export interface TreeVector {
  /** Hash and length of each. */
  readonly chunks: readonly (readonly [hash: string, length: number])[];
  readonly xorb: string;
  readonly file: string;
}

/** Of the tests of xet-core (merklehash/aggregated_hashes.rs, test_correctness), with the salt of zeros that files have. */
export const TREES: readonly TreeVector[] = [
  { chunks: [], xorb: NOTHING, file: NOTHING },
  { chunks: [NONE], xorb: NOTHING, file: '638a6bc391964a85939d48f008e8bdbae6a7975e7ca2d87a3ce2492f4e4d8a4c' },
  { chunks: [ONE], xorb: ONE[0], file: '8e16257caa3fe079d484d872a8975264b2ff683b0d6db9028cc7c0f968a45661' },
  {
    chunks: [ONE, TWO, THREE],
    xorb: '71ec1275fca074724e2dd666921b3277c7cee603e4d025bcab2d4050015be2bc',
    file: '54e55dccc6653c612bdb5576c5d3cb34bb31bc4e100248abccf4c908b3ef7715',
  },
  {
    chunks: [ONE, ONE, ONE, ONE],
    xorb: '89f2ada89ff8c96763c6b25010e6dd76a4c05b1466207633ea559acf2093211b',
    file: '2cdba690d0e09563596e0cda626d43eb4c96ef1e994fe72d9b2f5a83cfcd36dd',
  },
  {
    chunks: [ONE, TWO, ONE, TWO],
    xorb: '90f8313ef12df385d237a067aded02562c35ded12116e32eba401dbc86c38031',
    file: '284ea045e5a579e99c21ec597c20de1fc0c09e7168162aac00db8f61b3d82dbb',
  },
  {
    chunks: [ONE, TWO, ONE, TWO, THREE, FOUR],
    xorb: '52c826f99507aa05d0b45e9837fa1709e0485425cfbcb1e80db3905cf98b3ee9',
    file: '91d21684db364c8883ab8209fa5eb2e781cf07f37e1fa43e731c30839afe422f',
  },
  {
    chunks: [NONE, ONE, NONE, ONE],
    xorb: 'e1755c85be07fd6b7a8d7becc85e6d8c5f507f2a3d38b316bcb6f97855e72188',
    file: '207caf24fce045ac6d873b4c6186a5a435d600d103e1ae345e55ddf1f4b7f7ef',
  },
];

/** Of xet-core's test of the header (xorb_chunk_format.rs): lengths of 66,051 and 131,072 bytes, LZ4. */
export const HEADER = { packed: 66_051, unpacked: 131_072, scheme: 1, hex: '0003020101000002' } as const;

/** Made by lz4 1.9.4, the reference program, with --no-frame-crc. */
export const LZ4_FRAMES: readonly { readonly text: string; readonly hex: string }[] = [
  {
    text: 'Hello, hello, hello, hello, hello, hello!',
    hex: '04224d18604082120000008f48656c6c6f2c206807000950656c6c6f2100000000',
  },
  { text: 'abc', hex: '04224d186040820300008061626300000000' },
];
