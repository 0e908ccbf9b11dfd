import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const CHILD = fileURLToPath(new URL('./absurd-child.ts', import.meta.url));

/** In a process with hardly more memory for its own than it begins with: whoever believes a count takes more. */
const HEAP_MOST_MB = 96;

it('files that say absurd things of themselves, of a terabyte too, are told what they are, in little memory', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [`--max-old-space-size=${HEAP_MOST_MB}`, CHILD]);
  expect(JSON.parse(stdout)).toEqual({
    'a.gguf': 'fault: holds a count of 9223372036854775808 at byte 8',
    'b.gguf': 'unread: says that it has 34359738368 tensors, more than a check looks at',
    'c.gguf': 'unread: says that it has 68719476736 values, more than a check looks at',
    'd.gguf': 'unread: has lists of more texts than a check looks at',
    'e.gguf': 'unread: has lists of more texts than a check looks at',
    'f.gguf': 'fault: holds a count of 4611686018427387904 at byte 24',
    'g.gguf': expect.stringMatching(/^fault: ends at byte 1000000000000, but what it says of itself needs \d+$/),
    'h.gguf': expect.stringMatching(/^fault: has 1000000000000 bytes, but its tensors end at byte \d+$/),
    'i.safetensors': 'fault: holds a count of 18446744073709551615 at byte 0',
    'j.safetensors': 'fault: has a header that is no JSON',
    'k.safetensors': 'fault: has a header that is no JSON',
    'l.onnx': 'unread: has graphs within graphs beyond what a check follows',
    'm.onnx': 'fault: has something at byte 0 that is no field',
    'n.pt': 'unread: holds “m/data.pkl” packed, and larger than a check unpacks',
    'o.pt': 'fault: is an archive that gives “m/data.pkl” two sizes',
    'p.pt': 'unread: holds more that is packed than a check unpacks',
    'q.bin': 'unread: is of no form that a check knows',
    'r.pkl': expect.stringMatching(/^fault: ends at byte 1000000000000, but what it says of itself needs \d+$/),
    's.json': 'unread: is larger than a check reads of such files',
    't.npy': expect.stringMatching(/^fault: has no pickle’s opcode at byte 0$/),
    'u.keras': 'unread: holds “config.json”, which is larger than a check reads of such files',
  });
});
