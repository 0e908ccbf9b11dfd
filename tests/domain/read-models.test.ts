import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { readModelsApart } from '../../src/domain/moving/reading-thread.ts';
import { SEED } from '../helpers/seed-example.ts';
import { readModels } from '../../src/domain/moving/read-models.ts';

const read = (text: string) => readModels(text, []);

/** The sentence with which a file is refused. */
const refusal = (text: string): string => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
  throw new Error('It was expected to be refused');
};

const withModels = (...models: unknown[]): string => JSON.stringify({ models });

/** What is said of the only model of a file, which is refused. */
const reasonFor = (model: unknown): string | undefined => {
  const { entries, refused } = read(withModels(model));
  expect(entries).toEqual([]);
  return refused[0]?.reason;
};

describe('a secret in a file', () => {
  const secrets = [
    'hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567',
    '1234567890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-',
    'deadbeef',
  ];
  const [token = '', bot = ''] = secrets;
  const signed = 'https://cdn.example/x?X-Amz-Signature=deadbeef';

  it.each([
    [
      'a file',
      withModels({ name: token }, { name: 'gpt2', description: `by ${token}`, tags: [bot] }, { name: signed }),
    ],
    ['a list', ['gpt2', token, `bert ${token}`, `token: ${bot}`, signed].join('\n')],
  ])('goes no further: %s', (_, text) => {
    const said = JSON.stringify(read(text));
    expect(said).toContain('gpt2');
    for (const secret of secrets) expect(said).not.toContain(secret);
  });

  it.each([
    [
      'a file',
      withModels(
        { name: 'gpt2' },
        { name: 'https://a.test/x?token=of-ann' },
        { name: 'bert', description: 'https://a.test/x?token=of-ann' },
      ),
    ],
    [
      'a list',
      'gpt2\nhttps://a.test/x?token=of-ann\nsee https://a.test/x?token=of-ann there\nhttps://ann:of-ann@a.test/x',
    ],
  ])('goes no further where it is the key of an address that nothing is fetched from: %s', (_, text) => {
    const said = JSON.stringify(read(text));
    expect(said).toContain('https://a.test/x?token=•••');
    expect(said).not.toContain('of-ann');
  });

  it('leaves the key of an address that something is fetched from, which is sealed before it is written down', () => {
    const entry = { name: 'files/text/x.gguf', source_url: 'https://a.test/x?token=of-ann' };
    expect(read(withModels(entry)).entries[0]?.entry.sourceUrl).toBe(entry.source_url);
  });

  it('is not said again where the file is refused', () => {
    expect(refusal(`{"models": [{"name": ${token}}]}`)).not.toContain(token.slice(0, 12));
  });
});

describe('the complete example', () => {
  it('is read whole, each model with its line', () => {
    const file = read(SEED);
    expect(file.refused).toEqual([]);
    expect(file.entries[0]).toEqual({
      line: 3,
      entry: {
        type: 'model',
        name: 'facebook/bart-large-cnn',
        details: {
          description: 'BART model for text summarization tasks',
          sizeEstimate: '1.6GB',
          priority: 'high',
          tags: ['summarization', 'nlp', 'text-generation'],
          enabled: true,
        },
      },
    });
    expect(file.entries.map(({ line, entry }) => [line, entry.name, entry.details.enabled])).toEqual([
      [3, 'facebook/bart-large-cnn', true],
      [11, 'bert-base-uncased', true],
      [19, 'gpt2', false],
    ]);
    expect(file.settings).toEqual({
      autoCleanup: true,
      cleanupAgeDays: 30,
      maxTotalSize: '100GB',
      checkFrequency: 'weekly',
    });
    expect(file.created).toBe('2025-01-01T00:00:00Z');
  });

  it.each([
    ['with the mark of Windows before it', `\uFEFF${SEED}`],
    ['with the line ends of Windows', SEED.replaceAll('\n', '\r\n')],
    ['on one line', JSON.stringify(JSON.parse(SEED))],
  ])('says the same %s', (_, text) => {
    expect(read(text).entries.map(({ entry }) => entry)).toEqual(read(SEED).entries.map(({ entry }) => entry));
  });
});

describe('a model', () => {
  it('is told apart by its revision and its files, in one spelling for what means the same', () => {
    const { entries } = read(
      withModels(
        { name: 'org/name', revision: 'v1', quantize: 'q8_0' },
        { name: 'org/name:Q8_0' },
        { name: 'datasets/org/name', include: ['b', 'a', 'a'] },
      ),
    );
    expect(entries.map(({ entry }) => [entry.type, entry.revision, entry.selection])).toEqual([
      ['model', 'v1', '{"quantize":"Q8_0","include":[],"exclude":[]}'],
      ['model', undefined, '{"quantize":"Q8_0","include":[],"exclude":[]}'],
      ['dataset', undefined, '{"quantize":"auto","include":["a","b"],"exclude":[]}'],
    ]);
  });

  it.each([
    [{}, 'it has no name'],
    ['gpt2', 'a model is an object: {"name": "gpt2", "enabled": true}'],
    [null, 'a model is an object: {"name": "gpt2", "enabled": true}'],
    [[], 'a model is an object: {"name": "gpt2", "enabled": true}'],
    [{ name: 7 }, 'it has no name'],
    [{ name: 'gpt2', enabled: 'yes' }, 'enabled is true or false, not “yes”'],
    [{ name: 'gpt2', status: 'done' }, 'status is pending, downloading, completed, failed or paused, not “done”'],
    [{ name: 'gpt2', priority: 'urgent' }, 'priority is high, medium or low, not “urgent”'],
    [{ name: 'gpt2', priority: `a\n${'x'.repeat(99)}` }, `priority is high, medium or low, not “a ${'x'.repeat(37)}…”`],
    [{ name: 'gpt2', enabled: 1 }, 'enabled is true or false'],
    [{ name: 'gpt2', tags: 'nlp' }, 'tags is a list of texts: ["one", "another"]'],
    [{ name: 'gpt2', tags: [1] }, 'tags is a list of texts: ["one", "another"]'],
    [{ name: 'gpt2', tags: ['a,b'] }, '“a,b” holds a comma, which parts tags: make two of it.'],
    [{ name: 'gpt2', size_estimate: 'big' }, 'size_estimate is a number with KB, MB or GB behind it: "1.6GB"'],
    [{ name: 'gpt2', size_estimate: 1.6 }, 'size_estimate is a number with KB, MB or GB behind it: "1.6GB"'],
    [{ name: 'gpt2', max_retries: 1.5 }, 'max_retries is a whole number from 0 to 100'],
    [{ name: 'gpt2', description: 'x'.repeat(4001) }, 'description is a text of 4000 characters at most'],
    [{ name: 'gpt2', title: 'x'.repeat(121) }, 'title is a text of 120 characters at most'],
  ])('is refused with what would be right: %j', (model, reason) => {
    expect(reasonFor(model)).toBe(reason);
  });

  it.each(['../../etc/passwd', 'org/../name', '/etc/passwd', 'C:\\models', 'org/name/../../x', 'a\u202Eb', ''])(
    'is refused for a name that leads elsewhere: “%s”',
    (name) => {
      expect(reasonFor({ name })).toBeDefined();
    },
  );

  it('is taken once, and told where it stands already', () => {
    const { entries, refused } = read('{"models": [\n{"name": "gpt2"},\n{"name": "gpt2", "priority": "low"}]}');
    expect(entries).toHaveLength(1);
    expect(refused).toEqual([{ line: 3, name: 'gpt2', reason: 'it stands in line 2 already' }]);
  });

  it('cannot bring in what objects have by themselves', () => {
    const file = read(
      '{"models": [{"name": "gpt2", "__proto__": {"enabled": false}}], "__proto__": {"settings": {"auto_cleanup": true}}}',
    );
    expect(file.entries.map(({ entry }) => entry.details)).toEqual([{}]);
    expect(file.settings).toEqual({});
    expect(Object.prototype).not.toHaveProperty('enabled');
  });

  it('is not kept from coming by a setting that is none, or by keys that nobody knows', () => {
    const file = read(
      JSON.stringify({
        models: [{ name: 'gpt2', colour: 'red' }],
        settings: { cleanup_age_days: 0, max_total_size: 5 },
      }),
    );
    expect(file.entries).toHaveLength(1);
    expect(file.refused.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      'settings: cleanup_age_days is a whole number from 1 to 3650',
      'settings: max_total_size is a size above zero: "100GB"',
    ]);
  });
});

describe('a file that is no models.json', () => {
  it.each([
    ['{"models": [\n{"name": "gpt2"},\n]}', 'Line 3 is no JSON: there is a comma too many before “]”.'],
    ['{"models": [{"name": "gpt2",\n\n}]}', 'Line 3 is no JSON: there is a comma too many before “}”.'],
    [
      '{"models": [\n{"enabled": True}]}',
      'Line 2 is no JSON: “True” is nothing that JSON has. Texts stand in double quotes.',
    ],
    ["{\n'models': []}", "Line 2 is no JSON: “'models'” is nothing that JSON has. Texts stand in double quotes."],
    ['{"models": [\n// mine\n]}', 'Line 2 is no JSON: “//” is nothing that JSON has. Texts stand in double quotes.'],
    [
      '{"models": [\n{"name": "gpt2"}\n{"name": "b"}]}',
      'Line 3 is no JSON: a sign is missing, or there is one too many.',
    ],
    ['{"models": [\n{"name": "gpt2"}', 'Line 2 is no JSON: the file ends before all that was opened is closed.'],
    ['{"models": [\n{"name": "gpt2}]}', 'Line 2 is no JSON: a quote is opened there and not closed.'],
    ['{"model": []}', 'This is no models.json: it has no list of models.'],
    ['{"models": {}}', 'This is no models.json: it has no list of models.'],
    ['[{"name": "gpt2"}]', 'This is no models.json: it has no list of models.'],
    ['{}', 'This is no models.json: it has no list of models.'],
    ['What a day!', 'This is no models.json: it has no list of models.'],
    [' \n', 'The file is empty.'],
    [`{"models": ${'['.repeat(50)}`, 'Line 1 is more than 40 levels deep: that is no models.json.'],
  ])('is refused with where and why: %j', (text, sentence) => {
    expect(refusal(text)).toContain(sentence);
  });

  it.each([
    ['of a million models', `{"models": [${'"a",'.repeat(1_000_000)}"a"]}`, 'The file has more than 20000 models.'],
    ['of ten megabytes of brackets', '['.repeat(10_000_000), 'levels deep'],
    ['of a million lines', 'org/name\n'.repeat(1_000_000), 'The list has more than 100000 lines.'],
    [
      'of a million lines that end as on an old Mac',
      'org/name\r'.repeat(1_000_000),
      'The list has more than 100000 lines.',
    ],
    ['of millions of words on one line', 'a1 '.repeat(3_000_000), 'The list has more than 1000000 words.'],
    [
      'of many models on one line',
      Array.from({ length: 300_000 }, (_, at) => `org/m${at}`).join(' '),
      'The list has more than 20000 models.',
    ],
  ])('%s is refused, and nobody else has to wait', async (_, text, sentence) => {
    let turns = 0;
    let isRead = false;
    const count = (): void => {
      turns += 1;
      if (!isRead) setImmediate(count);
    };
    setImmediate(count);
    const reading = readModelsApart({ text, hosts: [] }, new AbortController().signal);
    await expect(reading).rejects.toThrow(sentence);
    isRead = true;
    expect(turns).toBeGreaterThan(10);
  });
});

describe('a plain list', () => {
  it('is read as /add reads one, with what is not understood', () => {
    const { entries, refused } = read('# mine\ngpt2\n- org/name:Q4_K_M\n');
    expect(entries.map(({ entry }) => [entry.name, entry.selection !== undefined])).toEqual([
      ['gpt2', false],
      ['org/name', true],
    ]);
    expect(refused).toEqual([]);
    expect(read('gpt2\nwhat a nice day\n').refused).toEqual([
      { line: 2, name: 'what a nice day', reason: 'it is not understood' },
    ]);
  });

  it('takes no markup for a name, as /add does not', () => {
    const { entries, refused } = read('gpt2\n<b>\n<https://huggingface.co/org/name>\n');
    expect(entries.map(({ entry }) => entry.name)).toEqual(['gpt2', 'org/name']);
    expect(refused).toEqual([{ line: 2, name: '<b>', reason: 'it is not understood' }]);
  });

  it('of thousands comes back whole from the thread that reads it', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `org/model-${index}`);
    const { entries } = await readModelsApart({ text: names.join('\n'), hosts: [] }, new AbortController().signal);
    expect(entries.map(({ entry }) => entry.name)).toEqual(names);
  });
});

it('reading is given up when the program ends', async () => {
  const stop = new AbortController();
  const text = `{"models": [${Array.from({ length: 9000 }, (_, index) => `{"name": "org/model-${index}"}`).join()}]}`;
  const reading = readModelsApart({ text, hosts: [] }, stop.signal);
  stop.abort(new Error('shutdown'));
  await expect(reading).rejects.toThrow('shutdown');
});

it('only models count as models: what else stands in the file may have as many keys as it likes', () => {
  const settings = Object.fromEntries(Array.from({ length: 25_000 }, (_, index) => [`key${index}`, index]));
  expect(read(JSON.stringify({ models: [{ name: 'gpt2' }], settings })).entries).toHaveLength(1);
});
