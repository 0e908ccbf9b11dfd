import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROSE } from '../../scripts/commands.ts';
import { FEATURES } from '../../src/bot/features.ts';

const ROOT = join(import.meta.dirname, '../..');

export const KNOWN = FEATURES.flatMap(({ commands }) =>
  Object.entries(commands).flatMap(([name, { aliases = [] }]) => [name, ...aliases]),
);

/** An example as it stands somewhere, and what to write to try it. */
export interface Example {
  readonly place: string;
  readonly line: string;
}

/** Where the sentence goes on that a command stands in. */
const GOES_ON = new RegExp(String.raw`\s+(?:${PROSE})\b(?!=).*$`, 's');

/** Commands in a text, each up to where its sentence goes on. Those with a gap to fill in are no examples. */
const commandsIn = (text: string): string[] =>
  [...text.matchAll(/(?<=^|[\s“"(`:])\/[A-Za-z_]+(?![\w/])(?:[^\n”·;`]*)/gm)]
    .map(([found]) =>
      found
        .replace(/(?:, |\. |: |\.$|\)).*$/s, '')
        .replace(GOES_ON, '')
        .trim(),
    )
    .filter((line) => !/[<[…$]|\{/.test(line) && KNOWN.includes((line.slice(1).split(' ')[0] ?? '').toLowerCase()));

/** What stands in quotes in a program, comments left out. */
const literalsOf = (source: string): string[] => {
  const code = source.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)].map(
    ([, single, template]) => single ?? template?.replaceAll(/\$\{[^}]*\}/g, '…') ?? '',
  );
};

/** What a piece of a command looks like, and what to write to try it: the first that fits. */
const TRIED: readonly (readonly [RegExp, (piece: string) => string])[] = [
  [/^\d{1,2}:\d\d$/, (time) => `/schedule add daily ${time}`],
  [/^\d\d:\d\d-\d\d:\d\d$/, (times) => `/settings quiet_hours=${times}`],
  [/^until \d/, (until) => `/schedule add daily 12:30 ${until}`],
  [/^(?:[\d*/,-]+ ){4}[\d*/,-]+$/, (cron) => `/schedule add custom ${cron}`],
  [/^\d+ ?[kMG]B$/, (size) => `/schedule add daily 23:00 limit=${size}`],
  [/^quantize=u?int8$/, (option) => `/add org/name-ONNX ${option}`],
  [/^quantize=./, (option) => `/add org/name ${option}`],
  [/^(?:include|exclude|revision|priority|description|init)=./, (option) => `/add gpt2 ${option}`],
  [/^context=./, (option) => `/check #12 ${option}`],
  [/^(?:sort|task|author)=./, (option) => `/search llama ${option}`],
  [/^(?:type|time|day|until|limit|max|name|cron)=./, (option) => `/schedule edit nightly ${option}`],
  [/^(?:category|name)=./, (option) => `/add https://example.org/model.gguf ${option}`],
  [/^as=file/, () => '/add https://example.org/model.torrent as=file'],
  [/^sha256=./, () => `/add https://example.org/model.gguf sha256=${'0'.repeat(64)}`],
  [/^(?:now|later)$/, (word) => `/add gpt2 ${word}`],
  [/^(?:high|medium|low)$/, (word) => `/add gpt2 priority=${word}`],
  [/^(?:q4|fp16|no|all|ask)$/, (word) => `/add org/name quantize=${word}`],
  [/^(?:mon|tue|wed|thu|fri|sat|sun|weekend)/i, (day) => `/schedule add ${day} 10:00`],
  [/^#\d+$/, (number) => `/model ${number}`],
  [/^\p{Extended_Pictographic}$/u, (icon) => `/categories edit image icon=${icon}`],
  [/^\*/, (pattern) => `/add gpt2 include=${pattern}`],
  [/^[A-Z]+\d\w*$/, (quant) => `/add org/name:${quant}`],
  [/^[A-Z][a-z]+(?:\/[A-Z][a-z]+)?$/, (place) => `/timezone ${place}`],
  [/^[a-z][\w/@:.-]*$/, (name) => `/add ${name}`],
];

/** @throws Error for what nobody knows how to try */
const asCommand = (piece: string): string => {
  const [, command] = TRIED.find(([form]) => form.test(piece)) ?? [];
  if (command) return command(piece);
  throw new Error(`Nobody knows how to try “${piece}”: say it so that it can be tried, or teach this test.`);
};

/** What follows “for example” and its like, up to where the sentence goes on. */
const piecesIn = (text: string): string[] =>
  [...text.matchAll(/(?:for example|such as) “?([^“”;\n]+)/gi)]
    .map(([, said = '']) => said.replace(/(?:, |: |\. |\.$| for ).*$/s, '').trim())
    // Several plain words are told about, not typed.
    .filter((piece) => !/^$|^\/|…|^[a-z]+(?: [a-z]+)+$/.test(piece));

const from = (place: string, lines: readonly string[]): Example[] =>
  [...new Set(lines)].map((line) => ({ place, line }));

/** What tells people what to write, besides what the features say themselves. */
const PAGES = ['README', ...['operating', 'people', 'schedules', 'sources', 'storage'].map((name) => `docs/${name}`)];

/** Everything that the README and its pages say can be written. */
export const readmeExamples = (): Example[] => {
  const readme = PAGES.map((page) => readFileSync(join(ROOT, `${page}.md`), 'utf8'))
    .join('\n\n')
    .replaceAll('\\|', '|');
  const blocks = [...readme.matchAll(/^```\n([^]*?)^```/gm)].flatMap(([, block = '']) => block.trim().split('\n'));
  const inline = [...readme.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map(([, code = '']) => code);
  const paragraph = (begin: string): string[] => {
    const text = readme.slice(readme.indexOf(`\n${begin}`)).split('\n\n')[0] ?? '';
    return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code).filter((code) => !/^[/#]|[… "]|=$/.test(code));
  };
  return from('README', [
    ...blocks.filter((line) => line.startsWith('/')),
    ...inline.flatMap(commandsIn),
    ...[...paragraph('A name is'), ...paragraph('Behind `/add`')].map(asCommand),
  ]);
};

/** Everything that the bot says can be written: help, answers, errors. */
export const spokenExamples = (): Example[] =>
  globSync('src/{bot,domain,library,schedule}/**/*.ts', { cwd: ROOT }).flatMap((file) => {
    const said = literalsOf(readFileSync(join(ROOT, file), 'utf8'));
    return from(file, [...said.flatMap(commandsIn), ...said.flatMap(piecesIn).map(asCommand)]);
  });
