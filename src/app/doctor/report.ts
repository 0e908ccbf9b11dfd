import { redact } from '../../lib/text/redact.ts';
import type { Finding } from './finding.ts';

/** Of a terminal. */
const COLUMNS = 80;
const STATES: Readonly<Record<Finding['state'], string>> = {
  fine: 'fine',
  warning: 'warning',
  wrong: 'WRONG',
  left_out: 'left out',
};
const STATE_WIDTH = 10;
const ABOUT_WIDTH = 13;
const INDENT = STATE_WIDTH + ABOUT_WIDTH;

/** Breaks a text between words; a word that is longer than a line, such as a path, stays whole. */
const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

const entry = ({ about, state, says, remedy }: Finding): string => {
  const head = STATES[state].padEnd(STATE_WIDTH) + about.padEnd(ABOUT_WIDTH);
  const lines = [
    ...wrap(says, COLUMNS - INDENT),
    ...(remedy === undefined ? [] : wrap(`Remedy: ${remedy}`, COLUMNS - INDENT)),
  ];
  return lines.map((line, at) => (at === 0 ? head : ' '.repeat(INDENT)) + line).join('\n');
};

const sumOf = (findings: readonly Finding[]): string => {
  const count = (state: Finding['state']): number => findings.filter((one) => one.state === state).length;
  const [bad, odd] = [count('wrong'), count('warning')];
  const warnings = `${odd} ${odd === 1 ? 'warning' : 'warnings'}`;
  if (bad === 0) return odd === 0 ? 'All is well.' : `Nothing is wrong; ${warnings}.`;
  return `${bad} ${bad === 1 ? 'thing is' : 'things are'} wrong; ${warnings}.`;
};

/** Whether something does not work. */
export const isWrong = (findings: readonly Finding[]): boolean => findings.some(({ state }) => state === 'wrong');

/** All of it for people, 80 columns wide, without a secret. */
export const reportText = (findings: readonly Finding[]): string =>
  redact([...findings.map(entry), '', sumOf(findings)].join('\n'));

/** The same for programs. */
export const reportJson = (findings: readonly Finding[]): string =>
  redact(JSON.stringify({ ok: !isWrong(findings), findings }, undefined, 2));
