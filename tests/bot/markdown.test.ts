import { describe, expect, it } from 'vitest';
import { NO_FACTS } from '../../src/bot/readme/facts.ts';
import { readCard } from '../../src/bot/readme/front-matter.ts';
import { layOutApart } from '../../src/bot/readme/markdown/apart.ts';
import { layOut } from '../../src/bot/readme/markdown/lay-out.ts';
import { asPlain, pagesOf } from '../../src/bot/readme/markdown/pages.ts';

const BASES = {
  page: 'https://hub.test/a/b/blob/c0ffee/README.md',
  raw: 'https://hub.test/a/b/resolve/c0ffee/README.md',
};
/** Goes between a slash and what would be a command, and takes no room. */
const JOINER = '\u2060';

/** Each entity as what it is and what it is of. */
const shown = (markdown: string) => {
  const { text, entities } = layOut(markdown, BASES);
  const named = entities.map(({ type, offset, length, ...rest }) => {
    const detail = 'url' in rest ? rest.url : 'language' in rest ? rest.language : undefined;
    return [type, text.slice(offset, offset + length), ...(detail === undefined ? [] : [detail])];
  });
  return { text, entities: named };
};

describe('Markdown as text with entities', () => {
  it('has headings, emphasis, code and quotes as what they are', () => {
    expect(shown('# A *b*\none\ntwo **c `d` e** ~~f~~\n\n> g\n\n`h`')).toEqual({
      text: 'A b\n\none two c d e f\n\ng\n\nh',
      entities: [
        ['bold', 'A b'],
        ['italic', 'b'],
        ['bold', 'c'],
        ['code', 'd'],
        ['bold', 'e'],
        ['strikethrough', 'f'],
        ['blockquote', 'g'],
        ['code', 'h'],
      ],
    });
  });

  it('keeps code as it is written, with its language', () => {
    const { text, entities } = shown('```python\nif a:\n\n    /start\n```\nend');
    expect(text).toBe('if a:\n\n    /start\n\nend');
    expect(entities).toEqual([['pre', 'if a:\n\n    /start', 'python']]);
  });

  it('has bullets, numbers, boxes and what lies in them on lines of their own', () => {
    expect(shown('- a\n- b\n  1. c\n  2. d\n\n     e\n- [x] f\n- [ ] g\n\n7. h').text).toBe(
      '• a\n• b\n   1. c\n   2. d\ne\n• ☑ f\n• ☐ g\n\n7. h',
    );
  });

  it('links to the web alone, from the place that the text lies at', () => {
    const { entities } = shown(
      '[a](https://x.test/) [b](docs/c.md) [d](#e) [f](/g) [h](javascript:alert(1)) [i](tg://resolve?domain=j) [k](mailto:l@m.test) [n](data:text/html,o) ![p](q.png) ![](r.png) ![s](file:///etc/passwd)',
    );
    expect(entities).toEqual([
      ['text_link', 'a', 'https://x.test/'],
      ['text_link', 'b', 'https://hub.test/a/b/blob/c0ffee/docs/c.md'],
      ['text_link', 'd', 'https://hub.test/a/b/blob/c0ffee/README.md#e'],
      ['text_link', 'f', 'https://hub.test/g'],
      ['text_link', 'p', 'https://hub.test/a/b/resolve/c0ffee/q.png'],
      ['text_link', 'picture', 'https://hub.test/a/b/resolve/c0ffee/r.png'],
    ]);
  });

  it('takes a table apart: in columns where a phone is wide enough, otherwise in lines that keep their links', () => {
    expect(shown('|a|bb|\n|-|-|\n|11|2|\n\nx').entities).toEqual([['pre', 'a   bb\n11  2']]);
    expect(shown('|File|Size|\n|-|-|\n|[q4](q4.gguf)|2 GB|')).toEqual({
      text: 'File · Size\nq4 · 2 GB',
      entities: [
        ['bold', 'File · Size'],
        ['text_link', 'q4', 'https://hub.test/a/b/blob/c0ffee/q4.gguf'],
      ],
    });
  });

  it('reads HTML as what it means, and leaves out what is no text', () => {
    const html =
      '<div align="center"><p>A <b>b</b>&nbsp;&amp; c<br>d</p><script>e()</script><style>f{}</style><!-- g -->' +
      '<a href="https://h.test/"><img src="i.png" alt="j"></a></div><details><summary>k</summary>l</details>';
    expect(shown(html)).toEqual({
      text: 'A b & c\nd\n\nj\n\nk\nl',
      entities: [
        ['bold', 'b'],
        ['text_link', 'j', 'https://h.test/'],
        ['bold', 'k'],
      ],
    });
  });

  it('puts nothing under a finger that a tap would send to a bot or open in Telegram', () => {
    expect(shown('/remove all, x/y, https://a.test/b tg://c').text).toBe(
      `/${JOINER}remove all, x/y, https://a.test/b tg:${JOINER}//c`,
    );
  });

  it('calls nobody, and has code as it is copied', () => {
    expect(shown('by @bob, <i>@eve</i>, a@b.test').text).toBe(`by @${JOINER}bob, @${JOINER}eve, a@b.test`);
    expect(shown('Run `cat /etc/hosts @bob tg://c`')).toEqual({
      text: 'Run cat /etc/hosts @bob tg://c',
      entities: [['code', 'cat /etc/hosts @bob tg://c']],
    });
  });

  it('leaves out what turns the writing around or cannot be seen, and half characters', () => {
    expect(shown('a\u202eb\u2066c\u200bd\ufeffe\u0007f \ud800g').text).toBe('abcdef \ufffdg');
    expect(shown('`h\u202ei`').text).toBe('hi');
  });
});

describe('the metadata of a card', () => {
  it('is told in brief, and left out of the text', () => {
    const card = readCard(
      '---\nlicense: other\nlicense_name: llama3\nlanguage:\n- en\n- 3\n- no\nbase_model: a/b\npipeline_tag: text-generation\n---\n# T',
    );
    expect(card).toEqual({
      facts: { licence: 'llama3', task: 'text-generation', baseModels: ['a/b'], languages: ['en', 'no'] },
      body: '# T',
    });
  });

  it.each([
    ['is no YAML', '---\na: [b\n---\nT', 'T'],
    ['is a list', '---\n- a\n---\nT', 'T'],
    ['names itself without end', `---\na: &a [${'*a,'.repeat(1000)}]\nlicense: *a\n---\nT`, 'T'],
    ['has no end', '---\nlicense: mit\nT', '---\nlicense: mit\nT'],
    ['is not there', 'T\n---\nU', 'T\n---\nU'],
  ])('says nothing where it %s', (_, text, body) => {
    expect(readCard(text)).toEqual({ facts: NO_FACTS, body });
  });
});

/** What holds for all pages that may be sent. */
const check = ({ pages }: Pick<ReturnType<typeof pagesOf>, 'pages'>): void => {
  for (const { text, entities } of pages) {
    expect(text.length).toBeLessThanOrEqual(3200);
    expect(text.trim()).not.toBe('');
    expect(text.isWellFormed()).toBe(true);
    expect(entities.length).toBeLessThanOrEqual(85);
    // Telegram takes some 9,500 bytes of them, and the names above a page need some.
    expect(Buffer.byteLength(entities.map((entity) => ('url' in entity ? entity.url : '')).join(''))).toBeLessThan(
      8000,
    );
    for (const { offset, length } of entities) {
      expect(length).toBeGreaterThan(0);
      expect(offset + length).toBeLessThanOrEqual(text.length);
    }
  }
};

describe('pages', () => {
  it('end before a heading where that leaves none half empty, otherwise between blocks, lines, words', () => {
    const block = 'word '.repeat(200).trim();
    const markdown = `${block}\n\n${block}\n\n# Next\n\n${block}\n\n${block}`;
    const { pages, isWhole } = pagesOf(layOut(markdown, BASES));
    expect(isWhole).toBe(true);
    expect(pages.map(({ text }) => text.slice(0, 4))).toEqual(['word', 'Next']);
    const { pages: ofLines } = pagesOf(asPlain(`${'a'.repeat(3000)}\n${'b '.repeat(3000)}`));
    expect(ofLines.map(({ text }) => [text.length, text.at(0), text.at(-1)])).toEqual([
      [3000, 'a', 'a'],
      [3199, 'b', 'b'],
      [2799, 'b', 'b'],
    ]);
  });

  it('divide what has no place to divide, but no character', () => {
    const laid = asPlain('x' + '😀'.repeat(5000));
    const divided = pagesOf(laid);
    check(divided);
    expect(divided.pages.map(({ text }) => text).join('')).toBe(laid.text);
  });

  it('carry what goes over their end on to the next one, and have no more of it than Telegram takes', () => {
    const long = pagesOf(layOut(`**${'a '.repeat(3000)}b**`, BASES));
    check(long);
    expect(long.pages.map(({ entities }) => entities.map(({ type }) => type))).toEqual([['bold'], ['bold']]);
    const many = pagesOf(layOut('**a** b '.repeat(300), BASES));
    check(many);
    expect(many.pages.map(({ entities }) => entities.length)).toEqual([85, 85, 85, 45]);
    expect(many.pages.map(({ text }) => text).join(' ')).toBe('a b '.repeat(300).trim());
  });

  it('have no longer addresses than Telegram takes, and all of them', () => {
    const links = Array.from({ length: 90 }, (_, at) => `[Q${at}](https://x.test/${'a'.repeat(300)}/${at})`);
    const divided = pagesOf(layOut(links.join(' '), BASES));
    check(divided);
    expect(divided.pages.map(({ text }) => text).join(' ')).toBe(links.map((_, at) => `Q${at}`).join(' '));
    expect(divided.pages.flatMap(({ entities }) => entities)).toHaveLength(90);
    const longest = pagesOf(layOut(`[a](https://x.test/${'b'.repeat(1980)})`.repeat(5), BASES));
    check(longest);
    expect(longest.pages.map(({ entities }) => entities.length)).toEqual([3, 2]);
  });

  it('are four hundred at most', () => {
    const { pages, isWhole } = pagesOf(asPlain('x'.repeat(3200 * 400)));
    expect([pages.length, isWhole]).toEqual([400, true]);
    expect(pagesOf(asPlain('x'.repeat(3200 * 400 + 1)))).toMatchObject({ pages: { length: 400 }, isWhole: false });
  });
});

/** What takes a quarter of a megabyte too long takes a whole one no less. */
const MUCH = 2 ** 18;
/** Nobody ends it from outside. */
const GOES_ON = new AbortController().signal;

describe('what somebody has written to keep a reader busy', () => {
  it.each([
    ['brackets', '['.repeat(MUCH)],
    ['underscores', '_a_'.repeat(MUCH / 3)],
    ['quotes in quotes', '> '.repeat(MUCH / 2)],
    ['tags in tags', '<b><div>'.repeat(MUCH / 8)],
    ['tables in tables', '<table><tr><td>a'.repeat(MUCH / 16)],
    ['bold words', '**a** '.repeat(MUCH / 6)],
    ['one line', 'x'.repeat(MUCH)],
    ['marks without width', '\u200b\u202e\u0301'.repeat(MUCH / 7)],
    ['metadata without end', `---\n${'a: [{'.repeat(MUCH / 5)}\n---\nb`],
  ])('comes to an end in pages that can be sent: %s', async (_, text) => {
    // With a word at its end: there is a page of it both as it was written and, on a machine that is through with it in time, laid out.
    const laidOut = await layOutApart({ text: `${text} word`, bases: BASES }, GOES_ON, 200);
    check(laidOut);
    expect(laidOut.pages.length).toBeGreaterThan(0);
  });

  it('is shown as it was written when its time is over, and nobody waits for it', async () => {
    const text = '> '.repeat(MUCH / 2);
    const laidOut = await layOutApart({ text, bases: BASES }, GOES_ON, 1);
    expect(laidOut.facts).toEqual(NO_FACTS);
    expect(laidOut.pages[0]).toMatchObject({ text: expect.stringMatching(/^> > > /), entities: [] });
  });

  it('takes nobody down with it who is out of memory, and is shown as it was written', async () => {
    // A thread that may have so much memory ended the whole program here, in three seconds of a processor's time.
    const text = `---\na: [${'a,'.repeat(2 ** 19)}]\n---\nb`;
    const laidOut = await layOutApart({ text, bases: BASES }, GOES_ON, 60_000);
    expect(laidOut.facts).toEqual(NO_FACTS);
    expect(laidOut.pages[0]).toMatchObject({ text: expect.stringMatching(/^---\na: \[a,a,/), entities: [] });
  });

  it('is broken off when the bot ends', async () => {
    const ending = new AbortController();
    const laidOut = layOutApart({ text: '> '.repeat(MUCH / 2), bases: BASES }, ending.signal, 60_000);
    ending.abort(new Error('ending'));
    await expect(laidOut).rejects.toThrow('ending');
  });
});
